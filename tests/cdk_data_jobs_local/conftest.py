"""The emulator alone, with a clock and an S3 of plain Python; and a running offline AWS for the tests that need one."""

from __future__ import annotations

import contextlib
import io
import json
import time
import uuid
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_local import OfflineAws
from cdk_data_jobs_local.services.core.access import (
    ROLE_ALONE,
    AccessDeniedError,
    AccessRules,
    CannotAssumeRoleError,
    NotFoundError,
)
from cdk_data_jobs_local.services.core.client import ServiceClient
from cdk_data_jobs_local.services.core.context import ServiceContext
from cdk_data_jobs_local.services.personalize import Personalize
from cdk_data_jobs_local.services.pinpoint import Pinpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdk_data_jobs_local.services.core.service import EmulatedService

ACCOUNT, REGION = "111122223333", "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service"
ITEMS = json.dumps(
    {
        "type": "record",
        "name": "Items",
        "namespace": "com.amazonaws.personalize.schema",
        "fields": [
            {"name": "ITEM_ID", "type": "string"},
            {"name": "PRICE", "type": ["null", "float"]},
            {"name": "GENRE", "type": "string", "categorical": True},
        ],
        "version": "1.0",
    }
)
USERS = json.dumps(
    {
        "type": "record",
        "name": "Users",
        "namespace": "com.amazonaws.personalize.schema",
        "fields": [{"name": "USER_ID", "type": "string"}, {"name": "AGE", "type": ["null", "int"]}],
        "version": "1.0",
    }
)
INTERACTIONS = json.dumps(
    {
        "type": "record",
        "name": "Interactions",
        "namespace": "com.amazonaws.personalize.schema",
        "fields": [
            {"name": "USER_ID", "type": "string"},
            {"name": "ITEM_ID", "type": "string"},
            {"name": "TIMESTAMP", "type": "long"},
        ],
        "version": "1.0",
    }
)


class FakeClock:
    def __init__(self) -> None:
        self.time = 1_000_000.0

    def now(self) -> float:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += seconds


class FakeAccount:
    """An account in which every role may read and write everything, until a test says otherwise."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}
        self.keys: dict[tuple[str, str], str] = {}
        self.assumed: list[tuple[str, str, str]] = []
        self.assumable = True
        self.denied: set[str] = set()

    def assume_role(
        self, role_arn: str, *, service: str, source_arn: str, rules: AccessRules = ROLE_ALONE
    ) -> FakeAccount:
        del rules
        if not self.assumable:
            raise CannotAssumeRoleError(f"Provided role {role_arn} cannot be assumed")
        self.assumed.append((role_arn, service, source_arn))
        return self

    def list_keys(self, bucket: str, prefix: str) -> Iterator[str]:
        self._check(bucket, "list")
        return iter(sorted(key for at, key in self.objects if at == bucket and key.startswith(prefix)))

    def size(self, bucket: str, key: str) -> int:
        return len(self._content(bucket, key))

    def open(self, bucket: str, key: str) -> io.BytesIO:
        return io.BytesIO(self._content(bucket, key))

    def check_put(self, bucket: str, key: str, *, kms_key: str | None = None) -> None:
        del key, kms_key
        self._check(bucket, "write")

    def put(self, bucket: str, key: str, content: bytes, *, kms_key: str | None = None) -> None:
        self._check(bucket, "write")
        self.objects[bucket, key] = content
        if kms_key:
            self.keys[bucket, key] = kms_key

    def use_key(self, key: str, action: str) -> None:
        self._check(key, action)

    def uses_kms(self, bucket: str, key: str) -> bool:
        return (bucket, key) in self.keys

    def write(self, url: str, text: str) -> None:
        bucket, _, key = url.removeprefix("s3://").partition("/")
        self.objects[bucket, key] = text.encode()

    def read(self, url: str) -> str:
        bucket, _, key = url.removeprefix("s3://").partition("/")
        return self.objects[bucket, key].decode()

    def _content(self, bucket: str, key: str) -> bytes:
        self._check(bucket, "read")
        if (bucket, key) not in self.objects:
            raise NotFoundError(key)
        return self.objects[bucket, key]

    def _check(self, bucket: str, what: str) -> None:
        if what in self.denied:
            raise AccessDeniedError(f"{what} {bucket}")


class Client:
    """Calls the emulator as an SDK does: parameters in, the answer's members out or an exception."""

    def __init__(self, service: EmulatedService, name: str, clock: FakeClock) -> None:
        self.service = service
        self.clock = clock
        self.caller = ServiceClient(name, service.respond)

    def __call__(self, operation: str, /, **parameters: Any) -> dict[str, Any]:
        return self.caller(operation, parameters)


class PersonalizeClient(Client):
    """Amazon Personalize, and what tests often need of it."""

    ITEMS, USERS, INTERACTIONS = ITEMS, USERS, INTERACTIONS

    def dataset(self, schema: str = ITEMS, group: str = "shop") -> str:
        kind = json.loads(schema)["name"]
        schema_arn = self("CreateSchema", name=kind.lower(), schema=schema)["schemaArn"]
        group_arn = f"arn:aws:personalize:{REGION}:{ACCOUNT}:dataset-group/{group}"
        if group_arn not in [one["datasetGroupArn"] for one in self("ListDatasetGroups")["datasetGroups"]]:
            self("CreateDatasetGroup", name=group)
        self.clock.advance(10)
        made = self("CreateDataset", name=kind, schemaArn=schema_arn, datasetGroupArn=group_arn, datasetType=kind)
        arn: str = made["datasetArn"]
        self.clock.advance(10)
        return arn

    def start_import(
        self, dataset: str, url: str = "s3://data/items.csv", name: str = "job", **parameters: object
    ) -> str:
        request = {"jobName": name, "datasetArn": dataset, "dataSource": {"dataLocation": url}, "roleArn": ROLE}
        arn: str = self("CreateDatasetImportJob", **{**request, **parameters})["datasetImportJobArn"]
        return arn

    def finish_import(self, *arguments: str, **parameters: object) -> dict[str, Any]:
        arn = self.start_import(*arguments, **parameters)  # type: ignore[arg-type]
        self.clock.advance(1000)
        return self.job(arn)

    def job(self, arn: str) -> dict[str, Any]:
        noun = "".join(word.capitalize() for word in arn.rpartition("/")[0].rpartition(":")[2].split("-"))
        member = noun[0].lower() + noun[1:]
        job: dict[str, Any] = self(f"Describe{noun}", **{f"{member}Arn": arn})[member]
        return job

    def start_export(
        self, dataset: str, path: str = "s3://out/all/", name: str = "export", **parameters: object
    ) -> str:
        destination = {"s3DataDestination": {"path": path, **parameters.pop("destination", {})}}  # type: ignore[dict-item]
        request = {"jobName": name, "datasetArn": dataset, "jobOutput": destination, "roleArn": ROLE}
        arn: str = self("CreateDatasetExportJob", **{**request, "ingestionMode": "ALL", **parameters})[
            "datasetExportJobArn"
        ]
        return arn

    def start_deletion(self, group: str, url: str = "s3://data/leaving.csv", name: str = "deletion") -> str:
        request = {"jobName": name, "datasetGroupArn": group, "dataSource": {"dataLocation": url}, "roleArn": ROLE}
        arn: str = self("CreateDataDeletionJob", **request)["dataDeletionJobArn"]
        return arn

    def finish(self, arn: str) -> dict[str, Any]:
        self.clock.advance(1000)
        return self.job(arn)


class PinpointClient(Client):
    """Amazon Pinpoint, and what tests often need of it."""

    def app(self, name: str = "shop") -> str:
        made = self("CreateApp", CreateApplicationRequest={"Name": name})
        application_id: str = made["ApplicationResponse"]["Id"]
        return application_id

    def start_import(self, app: str, url: str = "s3://people/", **definition: object) -> str:
        request = {"Format": "CSV", "RoleArn": ROLE, "S3Url": url, "RegisterEndpoints": True, **definition}
        made = self("CreateImportJob", ApplicationId=app, ImportJobRequest=request)
        job_id: str = made["ImportJobResponse"]["Id"]
        return job_id

    def finish_import(self, app: str, url: str = "s3://people/", **definition: object) -> dict[str, Any]:
        job = self.start_import(app, url, **definition)
        self.clock.advance(1000)
        return self.import_job(app, job)

    def import_job(self, app: str, job: str) -> dict[str, Any]:
        found: dict[str, Any] = self("GetImportJob", ApplicationId=app, JobId=job)["ImportJobResponse"]
        return found

    def finish_export(self, app: str, url: str = "s3://out/people", **definition: object) -> dict[str, Any]:
        request = {"RoleArn": ROLE, "S3UrlPrefix": url, **definition}
        made = self("CreateExportJob", ApplicationId=app, ExportJobRequest=request)["ExportJobResponse"]
        self.clock.advance(1000)
        found: dict[str, Any] = self("GetExportJob", ApplicationId=app, JobId=made["Id"])["ExportJobResponse"]
        return found


def place(clock: Any, account: FakeAccount) -> ServiceContext:
    return ServiceContext(account=ACCOUNT, region=REGION, clock=clock, access=account)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def account() -> FakeAccount:
    fake = FakeAccount()
    fake.write("s3://data/items.csv", "ITEM_ID,PRICE,GENRE\na,1.5,x|y\nb,,z\n")
    return fake


@pytest.fixture
def personalize(clock: FakeClock, account: FakeAccount) -> Iterator[Personalize]:
    service = Personalize(place(clock, account))
    yield service
    service.close()


@pytest.fixture
def call(personalize: Personalize, clock: FakeClock) -> PersonalizeClient:
    return PersonalizeClient(personalize, "personalize", clock)


@pytest.fixture
def pinpoint(clock: FakeClock, account: FakeAccount) -> Pinpoint:
    return Pinpoint(place(clock, account))


@pytest.fixture
def reach(pinpoint: Pinpoint, clock: FakeClock) -> PinpointClient:
    return PinpointClient(pinpoint, "pinpoint", clock)


@pytest.fixture(scope="session")
def aws() -> Iterator[OfflineAws]:
    with OfflineAws(speed=120) as running:
        yield running


class Workbench:
    """What schedules, rules and tasks need of an account: a role, queues, functions, and state machines."""

    def __init__(self, aws: OfflineAws) -> None:
        self.aws, self.prefix = aws, f"bench-{uuid.uuid4().hex[:8]}"
        self.sqs = aws.client("sqs")
        self.function_role = self.role("functions", "lambda.amazonaws.com")

    def name(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.aws.region}:{self.aws.account}:{resource}"

    def role(self, name: str, service: str, *actions: str, condition: dict[str, Any] | None = None) -> str:
        iam = self.aws.client("iam")
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Statement": [{**trust, "Condition": condition or {}}]})
        made = iam.create_role(RoleName=self.name(name), AssumeRolePolicyDocument=document)
        if actions:
            policy = {"Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
            iam.put_role_policy(RoleName=self.name(name), PolicyName="all", PolicyDocument=json.dumps(policy))
        arn: str = made["Role"]["Arn"]
        return arn

    def queue(self, name: str, *, allow: str | None = None) -> str:
        arn = self.arn("sqs", self.name(name))
        statement = {"Effect": "Allow", "Principal": {"Service": allow}, "Action": "sqs:SendMessage", "Resource": arn}
        policy = {"Policy": json.dumps({"Statement": [statement]})} if allow else {}
        self.sqs.create_queue(QueueName=self.name(name), Attributes=policy)
        return arn

    def messages(self, queue: str, count: int = 1, seconds: float = 10) -> list[dict[str, Any]]:
        """The next messages of a queue; fewer if they do not come in time (real seconds)."""
        url = self.sqs.get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
        found: list[dict[str, Any]] = []
        deadline = time.monotonic() + seconds
        while len(found) < count and time.monotonic() < deadline:
            answer = self.sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=1, VisibilityTimeout=600, MessageAttributeNames=["All"]
            )
            found += answer.get("Messages", [])
            time.sleep(0.02)
        return found

    def function(self, name: str, code: str, *, allow: str | None = None) -> str:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("index.py", code)
        client = self.aws.client("lambda")
        made = client.create_function(
            FunctionName=self.name(name),
            Runtime="python3.13",
            Handler="index.handler",
            Role=self.function_role,
            Code={"ZipFile": content.getvalue()},
        )
        if allow:
            grant = {"StatementId": "allow", "Action": "lambda:InvokeFunction", "Principal": allow}
            client.add_permission(FunctionName=self.name(name), **grant)
        arn: str = made["FunctionArn"]
        return arn

    def log_lines(self, function: str, containing: str, count: int = 1, seconds: float = 10) -> list[str]:
        """The lines that a function has written; fewer if they do not come in time (real seconds)."""
        logs, group = self.aws.client("logs"), f"/aws/lambda/{function.rpartition(':')[2]}"
        found: list[str] = []
        deadline = time.monotonic() + seconds
        while len(found) < count and time.monotonic() < deadline:
            time.sleep(0.05)
            with contextlib.suppress(logs.exceptions.ResourceNotFoundException):
                events = logs.filter_log_events(logGroupName=group)["events"]
                found = [event["message"] for event in events if containing in event["message"]]
        return found

    def machine(self, name: str, *states: dict[str, Any]) -> str:
        """A state machine of states that follow each other, or of `states` by their names."""
        named = {state.pop("Name", f"State{number}"): state for number, state in enumerate(states)}
        definition = json.dumps({"StartAt": next(iter(named)), "States": named})
        role = self.role(f"{name}-machine", "states.amazonaws.com")
        made = self.aws.client("stepfunctions").create_state_machine(
            name=self.name(name), definition=definition, roleArn=role
        )
        arn: str = made["stateMachineArn"]
        return arn

    def deploy(self, name: str, template: dict[str, Any], *, update: bool = False) -> dict[str, Any]:
        """Make a stack, or change it; the stack as it is in the end."""
        client = self.aws.client("cloudformation")
        given = {"StackName": self.name(name), "TemplateBody": json.dumps(template)}
        client.update_stack(**given) if update else client.create_stack(**given)
        stack: dict[str, Any] = {"StackStatus": "IN_PROGRESS"}
        while stack["StackStatus"].endswith("IN_PROGRESS"):
            time.sleep(0.02)
            stack = client.describe_stacks(StackName=self.name(name))["Stacks"][0]
        return stack


@pytest.fixture
def bench(aws: OfflineAws) -> Workbench:
    return Workbench(aws)
