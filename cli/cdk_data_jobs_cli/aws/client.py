"""The calls of AWS that the commands about stacks make."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cdk_data_jobs_cli.aws.calls import AwsCalls
from cdk_data_jobs_cli.aws.errors import YamlTemplateError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

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


class AwsClient(AwsCalls):
    """Calls AWS in the account and Region that the environment names, with botocore's standard retries.

    Every error is raised as an `AwsError`. Inputs and histories of executions hold secrets, so no error is chained to
    botocore's.
    """

    def __init__(self, *actions: str, region: str | None = None) -> None:
        """Creates the client without calling anything.

        Args:
            *actions: The IAM actions that the command needs beyond `ACTIONS`, for the message if one is denied.
            region: The Region. By default that of the environment.
        """
        super().__init__(*ACTIONS, *actions, region=region)

    @property
    def account(self) -> str:
        """The account of the credentials; to ask for it needs no permission."""
        return str(self._call("sts", "get_caller_identity")["Account"])

    # --- CloudFormation ---

    def describe_stack(self, name: str) -> dict[str, Any]:
        """Returns a stack, by name or id, as DescribeStacks does.

        Raises:
            NotFoundError: If there is none.
        """
        return dict(self._call("cloudformation", "describe_stacks", StackName=name)["Stacks"][0])

    def list_stack_names(self) -> list[str]:
        """Returns the names of all stacks that exist, without those nested in others.

        It needs cloudformation:ListStacks, which is not in `ACTIONS`.
        """
        listed = self._paginate(
            "cloudformation", "list_stacks", "StackSummaries", StackStatusFilter=self._statuses_of_existing_stacks
        )
        return [stack["StackName"] for stack in listed if not stack.get("ParentId")]

    @property
    def _statuses_of_existing_stacks(self) -> list[str]:
        # Without them, AWS lists the stacks of the last 90 days that were deleted, too.
        shape = self._with_client(
            "cloudformation", "list_stacks", lambda client: client.meta.service_model.shape_for("StackStatus")
        )
        return [status for status in shape.enum if status != "DELETE_COMPLETE"]

    def get_template(self, stack_id: str) -> dict[str, Any]:
        """Returns a stack's template.

        Raises:
            YamlTemplateError: If it is YAML.
        """
        body = self._call("cloudformation", "get_template", StackName=stack_id)["TemplateBody"]
        try:
            return dict(json.loads(body) if isinstance(body, str) else body)
        except ValueError:
            message = (
                f"the template of {stack_id} must be JSON, as `cdk deploy` and `cdk synth --json` write it, got YAML"
            )
            raise YamlTemplateError(message) from None

    def list_stack_resources(self, stack_id: str) -> dict[str, dict[str, Any]]:
        """Returns a stack's resources by logical id, as ListStackResources does."""
        found = self._paginate("cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=stack_id)
        return {resource["LogicalResourceId"]: resource for resource in found}

    def list_stack_events(self, stack_id: str) -> Iterator[dict[str, Any]]:
        """Yields a stack's events, newest first; reads further pages only as they are needed.

        Their times are on the clock of all others, which CloudFormation's events in the offline AWS are not.
        """
        for event in self._paginate("cloudformation", "describe_stack_events", "StackEvents", StackName=stack_id):
            yield {**event, "Timestamp": self._clock.at(event["Timestamp"])}

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
