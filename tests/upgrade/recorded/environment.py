"""An offline AWS with what the recorded runs refer to, under fixed names: their ARNs mean the same in each."""

from __future__ import annotations

import contextlib
import io
import json
import math
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recorded.response_server import CODE, HeldStack, ResponseServer, until

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Iterator

LAMBDA = Path(__file__).parents[3] / "lambda"
BUCKET = "recorded-data"
FUNCTION = "recorded"
"""The function, and the state machine, which has its name."""

FORWARDER = "recorded-forwarder"
ARN = "arn:aws:{}:eu-west-1:111122223333:{}"
RUNNER = ARN.format("lambda", f"function:{FUNCTION}")
MACHINE = ARN.format("states", f"stateMachine:{FUNCTION}")
DATASET = ARN.format("personalize", "dataset/recorded/ITEMS")
ROLE = "arn:aws:iam::111122223333:role/recorded"
FIELDS = [{"name": "ITEM_ID", "type": "string"}, {"name": "PRICE", "type": "float"}]
SCHEMA = {"type": "record", "name": "Items", "namespace": "recorded", "fields": FIELDS, "version": "1.0"}


@dataclass(frozen=True)
class Job:
    """A job, as far as more of it than its id must be known.

    Attributes:
        created: When it was made, in seconds since 1970; a service whose ids are made up tells no sooner than the run.
        location: The files that it reads.
    """

    created: float = math.inf
    location: str = ""


@dataclass
class Environment:
    """The offline AWS, and the server that gets the responses of its runs."""

    aws: OfflineAws
    server: ResponseServer

    def deploy_machine(self, definition: dict[str, Any], code: dict[str, bytes], handler: str) -> None:
        """Deploy a function and the state machine of its name."""
        self.make_function(FUNCTION, {**sources(), **code}, handler)
        text = json.dumps(definition).replace("${FunctionArn}", RUNNER)
        self.aws.client("stepfunctions").create_state_machine(name=FUNCTION, definition=text, roleArn=ROLE)

    def make_function(self, name: str, files: dict[str, bytes], handler: str) -> None:
        """Deploy a function."""
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for path, body in files.items():
                archive.writestr(path, body)
        self.aws.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler=handler,
            Role=ROLE,
            Code={"ZipFile": content.getvalue()},
            Timeout=900,
        )

    def stack(self, name: str, status: str, event: dict[str, Any]) -> str:
        """Make a stack with the resource of an event, and bring it into a state in which it stays; its id.

        Args:
            name: The stack's name.
            status: The state.
            event: What CloudFormation asks in that state, or somebody for a Run; or as much of it as is known.
        """
        client = self.aws.client("cloudformation")
        old = str(event.get("PhysicalResourceId") or f"{name}-job")
        holds = {
            "CREATE_IN_PROGRESS": ("Create", "1"),
            "UPDATE_IN_PROGRESS": ("Update", "2"),
            "UPDATE_ROLLBACK_IN_PROGRESS": ("Update", "1"),
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": ("Delete", "1"),
            "DELETE_IN_PROGRESS": ("Delete", "1"),
        }
        replaced = status == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
        held = HeldStack(holds.get(status, ("", "")), {"1": old, "2": f"{old}-new" if replaced else old})
        self.server.held[name] = held

        def template(revision: str) -> dict[str, str]:
            properties = {
                "ServiceToken": ARN.format("lambda", f"function:{FORWARDER}"),
                "ResponseServer": self.server.url(name),
            }
            own = {"Type": event["ResourceType"], "Properties": {**properties, "Revision": revision}}
            resources = {event["LogicalResourceId"]: own}
            if revision == "2" and status == "UPDATE_ROLLBACK_IN_PROGRESS":
                broken = {**own, "Type": "Custom::Broken", "DependsOn": [event["LogicalResourceId"]]}
                resources["Broken"] = broken
            return {"StackName": name, "TemplateBody": json.dumps({"Resources": resources})}

        def current() -> str:
            return str(client.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"])

        stack_id = str(client.create_stack(**template("1"))["StackId"])
        if status != "CREATE_IN_PROGRESS":
            until(lambda: current() == "CREATE_COMPLETE")
            if status.startswith("UPDATE"):
                client.update_stack(**template("2"))
            elif status.startswith("DELETE"):
                client.delete_stack(StackName=name)
        until(lambda: current() == status and (held.events or status == "CREATE_COMPLETE"))
        return stack_id

    def send(self, event: dict[str, Any]) -> None:
        """Send the function a request."""
        payload = json.dumps(event).encode()
        self.aws.client("lambda").invoke(FunctionName=FUNCTION, InvocationType="Event", Payload=payload)

    def make_place(self, name: str, kind: str) -> str:
        """Make what the jobs of some kinds belong to: a table, or an application of Pinpoint; the latter's id."""
        if kind == "Custom::AwsJob":
            dynamodb = self.aws.client("dynamodb")
            dynamodb.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            )
            dynamodb.update_continuous_backups(
                TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
            )
        elif kind.startswith("Custom::Pinpoint"):
            made = self.aws.client("pinpoint").create_app(CreateApplicationRequest={"Name": name})
            return str(made["ApplicationResponse"]["Id"])
        return ""

    def make_job(self, job: str, request: dict[str, Any], location: str) -> str:
        """Make a job as it was there when a run rested; its id.

        Args:
            job: The id that it had, whose name it gets if its service lets names be chosen.
            request: The run's request, whose parameters it has.
            location: The files that it reads, where that may be another place than the request says.
        """
        parameters = request["ResourceProperties"]["Parameters"]
        if request["ResourceType"] == "Custom::AwsJob":
            made = self.aws.client("dynamodb").export_table_to_point_in_time(**parameters)
            return str(made["ExportDescription"]["ExportArn"])
        if "ApplicationId" in parameters:
            asked = {**parameters["ImportJobRequest"], "DefineSegment": False}
            made = self.aws.client("pinpoint").create_import_job(
                ApplicationId=parameters["ApplicationId"], ImportJobRequest=asked
            )
            return str(made["ImportJobResponse"]["Id"])
        source = {"dataLocation": location}
        made = self.aws.client("personalize").create_dataset_import_job(
            jobName=job.rpartition("/")[2], **{**parameters, "dataSource": source}
        )
        return str(made["datasetImportJobArn"])

    def jobs(self, request: dict[str, Any]) -> dict[str, Job]:
        """The jobs that a resource has made, and those that were made for it, by their ids."""
        parameters = request["ResourceProperties"]["Parameters"]
        if request["ResourceType"] == "Custom::AwsJob":
            listed = self.aws.client("dynamodb").list_exports(TableArn=parameters["TableArn"])
            return {export["ExportArn"]: Job() for export in listed["ExportSummaries"]}
        if "ApplicationId" in parameters:
            made = [job for job in self.aws.pinpoint.jobs() if job["ApplicationId"] == parameters["ApplicationId"]]
            return {job["Id"]: Job() for job in made}
        begin = f"{request['LogicalResourceId']}-"
        made = [job for job in self.aws.personalize.jobs() if job["jobName"].startswith(begin)]
        return {
            job["datasetImportJobArn"]: Job(job["creationDateTime"], job["dataSource"]["dataLocation"]) for job in made
        }

    def write(self, objects: dict[str, str]) -> None:
        """Write files into the bucket."""
        s3 = self.aws.client("s3")
        for key, body in objects.items():
            s3.put_object(Bucket=BUCKET, Key=key, Body=body.encode())

    def keys(self, prefix: str) -> list[str]:
        """The files of the bucket whose names start like this."""
        listed = self.aws.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return [entry["Key"] for entry in listed.get("Contents", [])]

    def token(self, name: str) -> str:
        """The token of a task that waits, in an execution of a state machine of its own."""
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Parameters": {
                "FunctionName": ARN.format("lambda", f"function:{FORWARDER}"),
                "Payload": {"ResponseServer": self.server.url(name), "TaskToken.$": "$$.Task.Token"},
            },
            "End": True,
        }
        client = self.aws.client("stepfunctions")
        definition = json.dumps({"StartAt": "Job", "States": {"Job": task}})
        made = client.create_state_machine(name=f"{name}-pipeline", definition=definition, roleArn=ROLE)
        client.start_execution(stateMachineArn=made["stateMachineArn"], name=name)
        return str(until(lambda: self.server.tokens.get(name)))

    def task_result(self, name: str) -> dict[str, str]:
        """How the task ended whose token a run has."""
        arn = ARN.format("states", f"execution:{name}-pipeline:{name}")
        execution = self.finished(arn)
        return {"Status": execution["status"], "Error": execution.get("error", "")}

    def finished(self, arn: str) -> dict[str, Any]:
        """An execution, once it has ended."""
        client = self.aws.client("stepfunctions")
        until(lambda: client.describe_execution(executionArn=arn)["status"] != "RUNNING")
        return dict(client.describe_execution(executionArn=arn))


def sources() -> dict[str, bytes]:
    """The function's code, as it is here."""
    found = [path for path in (LAMBDA / "data_jobs").iterdir() if path.suffix in (".py", ".json")]
    return {path.relative_to(LAMBDA).as_posix(): path.read_bytes() for path in found}


@contextlib.contextmanager
def environment(*, speed: float) -> Iterator[Environment]:
    """Start an offline AWS in which runs can be recorded, or go on.

    Args:
        speed: How many seconds pass for the services in one real second.
    """
    server = ResponseServer()
    with contextlib.closing(server), OfflineAws(speed=speed) as aws:
        aws.personalize.settings(creating=0, concurrent_imports=1000)
        made = Environment(aws, server)
        made.make_function(FORWARDER, {"index.py": CODE.encode()}, "index.handler")
        _make_bucket_and_role(aws)
        personalize: Any = aws.client("personalize")
        personalize.create_dataset_group(name="recorded")
        personalize.create_dataset(
            name="recorded",
            schemaArn=personalize.create_schema(name="recorded", schema=json.dumps(SCHEMA))["schemaArn"],
            datasetGroupArn=ARN.format("personalize", "dataset-group/recorded"),
            datasetType="Items",
        )
        yield made


def _make_bucket_and_role(aws: OfflineAws) -> None:
    s3, iam = aws.client("s3"), aws.client("iam")
    services = {"Service": ["personalize.amazonaws.com", "pinpoint.amazonaws.com"]}
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": aws.region})
    resources = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
    allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": resources}
    policy = {"Version": "2012-10-17", "Statement": [{**allowed, "Principal": services}]}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
    trust = {"Statement": [{"Effect": "Allow", "Principal": services, "Action": "sts:AssumeRole"}]}
    iam.create_role(RoleName="recorded", AssumeRolePolicyDocument=json.dumps(trust))
    policy = {"Version": "2012-10-17", "Statement": [allowed]}
    iam.put_role_policy(RoleName="recorded", PolicyName="files", PolicyDocument=json.dumps(policy))
