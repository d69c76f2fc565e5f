"""The emulators alone, with a clock and an S3 of plain Python."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

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
    from conftest import FakeClock

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


class FakeAccount:
    """An account in which every role may read and write everything, until a test says otherwise."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}
        self.keys: dict[tuple[str, str], str] = {}
        self.assumed: list[tuple[str, str, str]] = []
        self.assumable = True
        self.denied: set[str | tuple[str, str]] = set()
        """What every role may not do, or objects that none may read."""
        self.vanishing: set[tuple[str, str]] = set()
        """Objects that are listed and then deleted, before they are read."""

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
        if (bucket, key) in self.denied:
            raise AccessDeniedError(key)
        if (bucket, key) not in self.objects or (bucket, key) in self.vanishing:
            raise NotFoundError(key)
        return self.objects[bucket, key]

    def _check(self, bucket: str, what: str) -> None:
        if what in self.denied:
            raise AccessDeniedError(f"{what} {bucket}")


class Client:
    """Calls the emulator as an SDK does: parameters in, the response's members out or an exception."""

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
        self.clock.advance(30)
        made = self("CreateDataset", name=kind, schemaArn=schema_arn, datasetGroupArn=group_arn, datasetType=kind)
        arn: str = made["datasetArn"]
        self.clock.advance(30)
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
        type_name = "".join(word.capitalize() for word in arn.rpartition("/")[0].rpartition(":")[2].split("-"))
        member = type_name[0].lower() + type_name[1:]
        job: dict[str, Any] = self(f"Describe{type_name}", **{f"{member}Arn": arn})[member]
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
        self.clock.advance(3600)
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


def service_context(clock: Any, account: FakeAccount) -> ServiceContext:
    return ServiceContext(account=ACCOUNT, region=REGION, clock=clock, access=account)


@pytest.fixture
def account() -> FakeAccount:
    fake = FakeAccount()
    fake.write("s3://data/items.csv", "ITEM_ID,PRICE,GENRE\na,1.5,x|y\nb,,z\n")
    return fake


@pytest.fixture
def personalize(clock: FakeClock, account: FakeAccount) -> Iterator[Personalize]:
    service = Personalize(service_context(clock, account))
    yield service
    service.close()


@pytest.fixture
def call(personalize: Personalize, clock: FakeClock) -> PersonalizeClient:
    return PersonalizeClient(personalize, "personalize", clock)


@pytest.fixture
def pinpoint(clock: FakeClock, account: FakeAccount) -> Pinpoint:
    return Pinpoint(service_context(clock, account))


@pytest.fixture
def pinpoint_client(pinpoint: Pinpoint, clock: FakeClock) -> PinpointClient:
    return PinpointClient(pinpoint, "pinpoint", clock)
