"""What is asked of AWS, and what its refusals mean to the user of a command line."""

from __future__ import annotations

import json
import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
import click
from botocore import exceptions
from botocore.config import Config

from cdk_data_jobs_cli.texts import one_line

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

NOT_THERE, NOT_ASKED = 3, 4
ACTIONS = (
    "cloudformation:DescribeStacks",
    "cloudformation:DescribeStackEvents",
    "cloudformation:ListStackResources",
    "cloudformation:GetTemplate",
    "cloudformation:ListExports",
    "states:ListExecutions",
    "states:GetExecutionHistory",
)
"""The IAM actions that every command about a stack needs."""

_UNUSABLE = ("ExpiredToken", "InvalidClientTokenId", "UnrecognizedClient", "InvalidSignature", "SignatureDoesNotMatch")
_CREDENTIALS = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.ProfileNotFound,
    exceptions.SSOError,
    exceptions.TokenRetrievalError,
)
_SERVER_ERROR = 500


class AwsError(click.ClickException):
    """AWS could not be asked, or did not do what was asked; the text says why and what to do.

    Attributes:
        passing: Whether it may go away by itself.
    """

    exit_code = NOT_ASKED

    def __init__(self, message: str, *, passing: bool = False) -> None:
        """Take the text."""
        super().__init__(one_line(message))
        self.passing = passing


class NotThereError(AwsError):
    """There is no such stack or job."""

    exit_code = NOT_THERE


class Aws:
    """The calls, in the account and Region that the environment names, with botocore's standard retries.

    Whatever goes wrong is an `AwsError`. The documents of runs hold secrets, so no error is chained to botocore's.
    """

    def __init__(self, *actions: str) -> None:
        """Ask nothing yet.

        Args:
            *actions: The IAM actions that the command needs beyond `ACTIONS`, for the message if one is denied.
        """
        self._actions = ACTIONS + actions
        self._clients: dict[str, Any] = {}

    # --- CloudFormation ---

    def stack(self, name: str) -> dict[str, Any]:
        """A stack, by name or id, as DescribeStacks tells it.

        Raises:
            NotThereError: If there is none.
        """
        return dict(self._ask("cloudformation", "describe_stacks", StackName=name)["Stacks"][0])

    def template(self, stack_id: str) -> dict[str, Any]:
        """A stack's template.

        Raises:
            AwsError: If it is not JSON, as the CDK writes it.
        """
        body = self._ask("cloudformation", "get_template", StackName=stack_id)["TemplateBody"]
        try:
            return dict(json.loads(body) if isinstance(body, str) else body)
        except ValueError:
            raise AwsError(f"the template of {stack_id} must be JSON, as the CDK writes it, got YAML") from None

    def resources(self, stack_id: str) -> dict[str, dict[str, Any]]:
        """A stack's resources by logical id, as ListStackResources tells them."""
        found = self._pages("cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=stack_id)
        return {resource["LogicalResourceId"]: resource for resource in found}

    def events(self, stack_id: str) -> Iterator[dict[str, Any]]:
        """A stack's events, newest first; further pages are asked for as they are needed."""
        return self._pages("cloudformation", "describe_stack_events", "StackEvents", StackName=stack_id)

    def export(self, name: str) -> str | None:
        """The value that a stack exports under a name, if one does."""
        return self._exports.get(name)

    @cached_property
    def _exports(self) -> dict[str, str]:
        return {one["Name"]: one["Value"] for one in self._pages("cloudformation", "list_exports", "Exports")}

    # --- Step Functions ---

    def executions(self, machine: str, *, since: dt.datetime | None = None) -> Iterator[dict[str, Any]]:
        """A state machine's executions, newest first, as ListExecutions tells them.

        Args:
            machine: The state machine's ARN.
            since: Those that started before are left out.
        """
        for execution in self._pages("stepfunctions", "list_executions", "executions", stateMachineArn=machine):
            if since and execution["startDate"] < since:
                return
            yield execution

    def latest_events(self, execution_arn: str, count: int) -> list[dict[str, Any]]:
        """The latest events of an execution, newest first."""
        answer = self._ask(
            "stepfunctions",
            "get_execution_history",
            executionArn=execution_arn,
            reverseOrder=True,
            includeExecutionData=True,
            maxResults=count,
        )
        return list(answer["events"])

    def execution(self, execution_arn: str) -> dict[str, Any]:
        """An execution, as DescribeExecution tells it. Its input holds secrets."""
        return self._ask("stepfunctions", "describe_execution", executionArn=execution_arn)

    # --- Lambda ---

    def invoke(self, function: str, event: dict[str, Any]) -> None:
        """Give a function an event, without waiting for what comes of it."""
        self._ask("lambda", "invoke", FunctionName=function, InvocationType="Event", Payload=json.dumps(event).encode())

    def _ask(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401
        return dict(self._told(service, operation, lambda client: getattr(client, operation)(**arguments)))

    def _pages(self, service: str, operation: str, key: str, **arguments: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
        pages = self._told(
            service, operation, lambda client: iter(client.get_paginator(operation).paginate(**arguments))
        )
        while page := self._told(service, operation, lambda _client: next(pages, None)):
            yield from page[key]

    def _told(self, service: str, operation: str, call: Callable[[Any], Any]) -> Any:  # noqa: ANN401
        try:
            if service not in self._clients:
                self._clients[service] = boto3.client(
                    service,
                    # The AWS CLI and the CDK heed it, boto3 does not.
                    region_name=os.environ.get("AWS_REGION") or None,
                    config=Config(retries={"mode": "standard"}, connect_timeout=10),
                )
            return call(self._clients[service])
        except (exceptions.ClientError, exceptions.BotoCoreError) as error:
            raise self._understood(error, f"{service}:{operation}") from None

    def _understood(self, error: Exception, call: str) -> AwsError:
        """What an error of botocore means."""
        if isinstance(error, exceptions.NoRegionError):
            return AwsError("no Region: set AWS_REGION, or name one in the profile")
        if isinstance(error, _CREDENTIALS):
            return AwsError(f"no usable AWS credentials ({error}): set AWS_PROFILE, or sign in")
        if isinstance(error, (exceptions.HTTPClientError, exceptions.ConnectionError)):
            words = f"AWS cannot be reached ({error}): check the network and AWS_ENDPOINT_URL"
            return AwsError(words, passing=True)
        if not isinstance(error, exceptions.ClientError):
            return AwsError(f"{call} failed: {type(error).__name__}: {error}")
        code, words = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if "does not exist" in words or "DoesNotExist" in code or code.startswith("ResourceNotFound"):
            return NotThereError(words[:1].lower() + words[1:])
        if code.startswith(_UNUSABLE):
            return AwsError(f"no usable AWS credentials ({code}: {words}): set AWS_PROFILE, or sign in")
        if code.startswith(("AccessDenied", "UnauthorizedOperation")):
            return AwsError(f"access denied ({words}): the command needs {', '.join(self._actions)}")
        if code == "KmsAccessDeniedException":
            return AwsError(f"access denied ({words}): the command needs kms:Decrypt on the runner's encryption_key")
        passing = "Throttl" in code or status >= _SERVER_ERROR
        return AwsError(f"{call} failed: {code}: {words}", passing=passing)
