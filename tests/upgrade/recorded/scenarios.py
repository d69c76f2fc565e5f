"""The runs that are recorded: among them they have every field of a run, and rest wherever a run can rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recorded.environment import ARN, BUCKET, DATASET, FUNCTION, ROLE, RUNNER
from recorded.response_server import until

from data_jobs.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from recorded.environment import Environment

IMPORT = "Custom::PersonalizeDatasetImportJob"
ENDPOINTS = "Custom::PinpointImportJob"
ROWS = "ITEM_ID,PRICE\none,1.5\n"
EXPORT = {
    "title": "DynamoDB export",
    "service": "dynamodb",
    "create": {"operation": "export_table_to_point_in_time", "id": "ExportDescription.ExportArn"},
    "describe": {
        "operation": "describe_export",
        "parameters": {"ExportArn": "id"},
        "job": "ExportDescription",
    },
    "status": "ExportStatus",
    "succeeded": ["COMPLETED"],
    "failed": ["FAILED"],
    "reason": "FailureMessage",
    "token": "ClientToken",
    "attributes": {"status": "ExportStatus", "itemCount": "ItemCount"},
    "not_identity": [],
    "busy": [],
    "denied": [],
}


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One run to record.

    Attributes:
        name: Its name, which is that of its stack and of its job too, and of its folder in the bucket.
        type: The type of the request.
        kind: The resource type.
        stack: The state in which the stack stays.
        properties: Properties of the resource beyond the job's name and parameters.
        parameters: The parameters of the create call; by default those of an import of the folder `in`.
        event: Members of the request beyond those that every one has.
        files: What is in the run's folder of the bucket, by name.
        lasts: How long the job takes, in service seconds.
        before: What happens before the request comes.
        since: The field whose appearance in the run begins the part that is recorded: by default all of it.
        jobs: How many jobs there are in the end, those included that were there before.
    """

    name: str
    type: str = "Create"
    kind: str = IMPORT
    stack: str = "CREATE_IN_PROGRESS"
    properties: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] | None = None
    event: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=lambda: {"in/one.csv": ROWS})
    lasts: int = 40
    before: Callable[[Environment, dict[str, Any]], None] | None = None
    since: str = ""
    jobs: int = 1

    def request(self, stack_id: str, url: str, *, request_id: str = "request", app: str = "") -> dict[str, Any]:
        """The request, as the function gets it."""
        parameters = self.parameters or import_of(self.name)
        if app:
            parameters = {"ApplicationId": app, "ImportJobRequest": endpoints_of(self.name)}
        properties = {"ServiceToken": RUNNER, "JobName": self.name, "Parameters": parameters, **self.properties}
        request = {
            "RequestType": self.type,
            "RequestId": f"{self.name}-{request_id}",
            "ResourceType": self.kind,
            "LogicalResourceId": self.name,
            "StackId": stack_id,
            "ResourceProperties": properties,
            **self.event,
        }
        if self.type != "Run":
            request["ResponseURL"] = url
        if self.type == "Update":
            request["OldResourceProperties"] = {**properties, **self.event.get("OldResourceProperties", {})}
        return request


def import_of(name: str) -> dict[str, Any]:
    """The parameters of an import of a scenario's folder."""
    return {"datasetArn": DATASET, "dataSource": {"dataLocation": place(name, "in/")}, "roleArn": ROLE}


def endpoints_of(name: str) -> dict[str, Any]:
    """The parameters of an import of endpoints from a scenario's folder."""
    return {"Format": "CSV", "RoleArn": ROLE, "S3Url": place(name, "in/"), "DefineSegment": "false"}


def place(name: str, key: str) -> str:
    """Where something is in a scenario's folder."""
    return f"s3://{BUCKET}/{name}/{key}"


def job(name: str) -> str:
    """The ARN of a job that was there before."""
    return ARN.format("personalize", f"dataset-import-job/{name}-before")


def copies(name: str, count: int) -> list[dict[str, str]]:
    """The files that the function copies to where the service may read them."""
    return [
        {"Source": place(name, f"asset/{number}.csv"), "Target": place(name, f"in/{number}.csv")}
        for number in range(count)
    ]


def busy(environment: Environment, _: dict[str, Any]) -> None:
    """Let the quota be full, and then the service busy."""
    for error in ("LimitExceededException", "ThrottlingException"):
        environment.aws.personalize.fault(operation="CreateDatasetImportJob", error=error, times=1)


def denied_twice(environment: Environment, _: dict[str, Any]) -> None:
    """Let the role be new."""
    for operation in ("CreateDatasetImportJob", "DescribeDatasetImportJob"):
        environment.aws.personalize.fault(operation=operation, error="AccessDeniedException", times=1)


def crash(environment: Environment, _: dict[str, Any]) -> None:
    """Let a step crash for good."""
    environment.aws.invocation_fault(FUNCTION, error="Sandbox.Timedout", payload={"step": "check"}, times=7)


def crash_at_first(environment: Environment, _: dict[str, Any]) -> None:
    """Let the first step be taken when all has arrived."""
    environment.aws.invocation_fault(FUNCTION, error="Sandbox.Timedout", payload={"step": "create"}, times=5)


def take_the_name(environment: Environment, request: dict[str, Any]) -> None:
    """Let another job have the name."""
    environment.make_job(Request.from_event(request).job_name(0, 63), request, place("NameInUse", "elsewhere/"))


def begin_another(environment: Environment, request: dict[str, Any]) -> None:
    """Let another run of the same job go on."""
    environment.send({**request, "RequestId": "before"})
    until(lambda: environment.jobs(request))


BAD = {"in/one.csv": "ITEM_ID,PRICE\none,dear\n"}
FILES = {f"asset/{number}.csv": f"ITEM_ID,PRICE\nitem-{number},2.5\n" for number in range(3)}
UPLOADS = {f"arriving/{number}.csv": f"ITEM_ID,PRICE\nnew-{number},3.5\n" for number in range(3)}

SCENARIOS = [
    Scenario(name="LocalFiles", properties={"Files": copies("LocalFiles", 3)}, files=FILES),
    Scenario(name="FullQuota", before=busy),
    Scenario(name="NewRole", before=denied_twice),
    Scenario(
        name="NameInUse",
        before=take_the_name,
        since="number",
        files={"in/one.csv": ROWS, "elsewhere/one.csv": ROWS},
        jobs=2,
    ),
    Scenario(
        name="OtherTags",
        type="Update",
        stack="UPDATE_IN_PROGRESS",
        properties={"Tags": [{"Key": "team", "Value": "films"}]},
        event={
            "PhysicalResourceId": job("OtherTags"),
            "OldResourceProperties": {"Tags": [{"Key": "team", "Value": "books"}]},
        },
        files=BAD,
    ),
    Scenario(
        name="OtherData",
        type="Update",
        stack="UPDATE_IN_PROGRESS",
        properties={"Trigger": "2", "Events": "true"},
        event={"PhysicalResourceId": job("OtherData"), "OldResourceProperties": {"Trigger": "1"}},
        jobs=2,
    ),
    Scenario(
        name="TakenBack",
        type="Update",
        stack="UPDATE_ROLLBACK_IN_PROGRESS",
        properties={"Trigger": "1"},
        event={"PhysicalResourceId": job("TakenBack"), "OldResourceProperties": {"Trigger": "2"}},
        files=BAD,
    ),
    Scenario(
        name="Removed",
        type="Delete",
        stack="DELETE_IN_PROGRESS",
        properties={"Files": copies("Removed", 1)},
        event={"PhysicalResourceId": job("Removed")},
        files={"in/0.csv": ROWS},
    ),
    Scenario(
        name="Replaced",
        type="Delete",
        stack="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        event={"PhysicalResourceId": job("Replaced")},
    ),
    Scenario(name="NobodyWaits", properties={"WaitForCompletion": "false"}),
    Scenario(name="NotDeployed", properties={"DeployTime": "false"}, jobs=0),
    Scenario(name="FirstLink", properties={"Timeout": "60", "Relay": "6000"}, lasts=90),
    Scenario(
        name="SecondLink",
        kind="Custom::DataJobWait",
        properties={"Kind": IMPORT, "Job": job("SecondLink"), "Creator": "FirstLink", "Timeout": "600"},
    ),
    Scenario(name="TooLong", properties={"Timeout": "60"}, lasts=90, since="outcome"),
    Scenario(
        name="GoesOn",
        properties={"OnFailure": "CONTINUE"},
        files=BAD,
    ),
    Scenario(name="StepCrashes", before=crash, since="crash"),
    Scenario(
        name="NextInTurn",
        type="Run",
        stack="CREATE_COMPLETE",
        event={"StartedBy": "schedule"},
        before=begin_another,
        jobs=2,
    ),
    Scenario(
        name="Uploads",
        type="Run",
        stack="CREATE_COMPLETE",
        event={
            "StartedBy": "upload",
            "Window": 120,
            "Arrivals": {
                "Inbox": place("Uploads", "arrived/"),
                "Folder": place("Uploads", "gathered/"),
                "Parameter": "dataSource.dataLocation",
            },
        },
        files=UPLOADS,
        before=crash_at_first,
        since="next",
    ),
    Scenario(name="OfTask", type="Run", stack="CREATE_COMPLETE", event={"StartedBy": "task", "TaskToken": "{token}"}),
    Scenario(
        name="TaskFails",
        type="Run",
        stack="CREATE_COMPLETE",
        event={"StartedBy": "task", "TaskToken": "{token}"},
        files=BAD,
    ),
    Scenario(name="Endpoints", kind=ENDPOINTS, files={"in/one.csv": "Id,Address,ChannelType\n1,a@example.com,EMAIL\n"}),
    Scenario(
        name="OfCommand",
        type="Run",
        kind=ENDPOINTS,
        stack="CREATE_COMPLETE",
        event={"StartedBy": "command"},
        files={"in/one.csv": "Id,Address,ChannelType\n1,a@example.com,EMAIL\n"},
    ),
    Scenario(
        name="AnyJob",
        kind="Custom::AwsJob",
        properties={"Definition": EXPORT},
        parameters={
            "TableArn": ARN.format("dynamodb", "table/AnyJob"),
            "S3Bucket": BUCKET,
            "S3Prefix": "AnyJob/out",
        },
        files={},
    ),
]
