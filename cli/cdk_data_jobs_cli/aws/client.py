"""The calls of AWS that the commands make, with errors whose messages are for users."""

from __future__ import annotations

import json
import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore import exceptions
from botocore.config import Config

from cdk_data_jobs_cli.aws.errors import AwsError, NotFoundError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

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

_CREDENTIAL_ERROR_CODES = (
    "ExpiredToken",
    "InvalidClientTokenId",
    "UnrecognizedClient",
    "InvalidSignature",
    "SignatureDoesNotMatch",
)
_CREDENTIAL_ERRORS = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.ProfileNotFound,
    exceptions.SSOError,
    exceptions.TokenRetrievalError,
)
_MIN_SERVER_ERROR = 500


class AwsClient:
    """Calls AWS in the account and Region that the environment names, with botocore's standard retries.

    Every error is raised as an `AwsError`. Inputs and histories of executions hold secrets, so no error is chained to
    botocore's.
    """

    def __init__(self, *actions: str) -> None:
        """Creates the client without calling anything.

        Args:
            *actions: The IAM actions that the command needs beyond `ACTIONS`, for the message if one is denied.
        """
        self._actions = ACTIONS + actions
        self._clients: dict[str, Any] = {}

    # --- CloudFormation ---

    def describe_stack(self, name: str) -> dict[str, Any]:
        """Returns a stack, by name or id, as DescribeStacks does.

        Raises:
            NotFoundError: If there is none.
        """
        return dict(self._call("cloudformation", "describe_stacks", StackName=name)["Stacks"][0])

    def get_template(self, stack_id: str) -> dict[str, Any]:
        """Returns a stack's template.

        Raises:
            AwsError: If it is YAML; the CDK writes JSON.
        """
        body = self._call("cloudformation", "get_template", StackName=stack_id)["TemplateBody"]
        try:
            return dict(json.loads(body) if isinstance(body, str) else body)
        except ValueError:
            raise AwsError(f"the template of {stack_id} must be JSON, as the CDK writes it, got YAML") from None

    def list_stack_resources(self, stack_id: str) -> dict[str, dict[str, Any]]:
        """Returns a stack's resources by logical id, as ListStackResources does."""
        found = self._paginate("cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=stack_id)
        return {resource["LogicalResourceId"]: resource for resource in found}

    def list_stack_events(self, stack_id: str) -> Iterator[dict[str, Any]]:
        """Yields a stack's events, newest first; reads further pages only as they are needed."""
        return self._paginate("cloudformation", "describe_stack_events", "StackEvents", StackName=stack_id)

    def get_export(self, name: str) -> str | None:
        """Returns the value of an export of any stack; none if there is no such export."""
        return self._exports.get(name)

    @cached_property
    def _exports(self) -> dict[str, str]:
        return {
            export["Name"]: export["Value"] for export in self._paginate("cloudformation", "list_exports", "Exports")
        }

    # --- Step Functions ---

    def list_executions(self, state_machine_arn: str, *, since: dt.datetime | None = None) -> Iterator[dict[str, Any]]:
        """Yields a state machine's executions, newest first, as ListExecutions does.

        Args:
            state_machine_arn: The state machine.
            since: Executions that started before are left out. By default none is.
        """
        pages = self._paginate("stepfunctions", "list_executions", "executions", stateMachineArn=state_machine_arn)
        for execution in pages:
            if since and execution["startDate"] < since:
                return
            yield execution

    def get_latest_events(self, execution_arn: str, count: int) -> list[dict[str, Any]]:
        """Returns the latest events of an execution, newest first."""
        response = self._call(
            "stepfunctions",
            "get_execution_history",
            executionArn=execution_arn,
            reverseOrder=True,
            includeExecutionData=True,
            maxResults=count,
        )
        return list(response["events"])

    def describe_execution(self, execution_arn: str) -> dict[str, Any]:
        """Returns an execution as DescribeExecution does. Its input holds secrets."""
        return self._call("stepfunctions", "describe_execution", executionArn=execution_arn)

    # --- Lambda ---

    def invoke_async(self, function: str, event: dict[str, Any]) -> None:
        """Invokes a function with an event, without waiting for its result."""
        payload = json.dumps(event).encode()
        self._call("lambda", "invoke", FunctionName=function, InvocationType="Event", Payload=payload)

    def _call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401
        return dict(self._with_client(service, operation, lambda client: getattr(client, operation)(**arguments)))

    def _paginate(self, service: str, operation: str, key: str, **arguments: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
        pages = self._with_client(
            service, operation, lambda client: iter(client.get_paginator(operation).paginate(**arguments))
        )
        while page := self._with_client(service, operation, lambda _client: next(pages, None)):
            yield from page[key]

    def _with_client(self, service: str, operation: str, function: Callable[[Any], Any]) -> Any:  # noqa: ANN401
        """Calls a function with a service's client, and translates botocore's errors."""
        try:
            if service not in self._clients:
                self._clients[service] = boto3.client(
                    service,
                    # The AWS CLI and the CDK read this variable, boto3 does not.
                    region_name=os.environ.get("AWS_REGION") or None,
                    config=Config(retries={"mode": "standard"}, connect_timeout=10),
                )
            return function(self._clients[service])
        except (exceptions.ClientError, exceptions.BotoCoreError) as error:
            raise self._user_error(error, f"{service}:{operation}") from None

    def _user_error(self, error: Exception, call: str) -> AwsError:
        """Returns an error of botocore as an error for the user."""
        if isinstance(error, exceptions.NoRegionError):
            return AwsError("no Region: set AWS_REGION, or name one in the profile")
        if isinstance(error, _CREDENTIAL_ERRORS):
            return AwsError(f"no usable AWS credentials ({error}): set AWS_PROFILE, or sign in")
        if isinstance(error, (exceptions.HTTPClientError, exceptions.ConnectionError)):
            message = f"AWS cannot be reached ({error}): check the network and AWS_ENDPOINT_URL"
            return AwsError(message, is_transient=True)
        if not isinstance(error, exceptions.ClientError):
            return AwsError(f"{call} failed: {type(error).__name__}: {error}")
        code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if "does not exist" in message or "DoesNotExist" in code or code.startswith("ResourceNotFound"):
            return NotFoundError(message[:1].lower() + message[1:])
        if code.startswith(_CREDENTIAL_ERROR_CODES):
            return AwsError(f"no usable AWS credentials ({code}: {message}): set AWS_PROFILE, or sign in")
        if code.startswith(("AccessDenied", "UnauthorizedOperation")):
            return AwsError(f"access denied ({message}): the command needs {', '.join(self._actions)}")
        if code == "KmsAccessDeniedException":
            return AwsError(f"access denied ({message}): the command needs kms:Decrypt on the runner's encryption_key")
        is_transient = "Throttl" in code or status >= _MIN_SERVER_ERROR
        return AwsError(f"{call} failed: {code}: {message}", is_transient=is_transient)
