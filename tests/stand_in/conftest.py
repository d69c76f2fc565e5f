"""The emulator alone, with a clock and an S3 of plain Python; and a running offline AWS for the tests that need one."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_local import OfflineAws
from cdk_data_jobs_local.emulator.access import AccessDeniedError, CannotAssumeRoleError, NotFoundError
from cdk_data_jobs_local.emulator.errors import ServiceError
from cdk_data_jobs_local.emulator.personalize import Personalize, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    """An account in which every role may read everything, until a test says otherwise."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}
        self.assumed: list[tuple[str, str, str]] = []
        self.assumable = True
        self.denied: set[str] = set()

    def assume_role(self, role_arn: str, *, service: str, source_arn: str) -> FakeAccount:
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

    def put(self, url: str, text: str) -> None:
        bucket, _, key = url.removeprefix("s3://").partition("/")
        self.objects[bucket, key] = text.encode()

    def _content(self, bucket: str, key: str) -> bytes:
        self._check(bucket, "read")
        if (bucket, key) not in self.objects:
            raise NotFoundError(key)
        return self.objects[bucket, key]

    def _check(self, bucket: str, what: str) -> None:
        if what in self.denied:
            raise AccessDeniedError(f"{what} {bucket}")


class Client:
    """Calls the emulator as an SDK does: bytes in, a dict out or an exception."""

    ITEMS, INTERACTIONS = ITEMS, INTERACTIONS

    def __init__(self, service: Personalize, clock: FakeClock) -> None:
        self.service = service
        self.clock = clock

    def __call__(self, operation: str, /, **parameters: Any) -> dict[str, Any]:
        answer = self.service.respond(operation, json.dumps(parameters).encode())
        body = json.loads(answer.body)
        if answer.status != 200:
            raise ServiceError(body["__type"], body["message"], status=answer.status)
        return body

    def dataset(self, schema: str = ITEMS, group: str = "shop") -> str:
        kind = json.loads(schema)["name"]
        schema_arn = self("CreateSchema", name=kind.lower(), schema=schema)["schemaArn"]
        group_arn = self("CreateDatasetGroup", name=group)["datasetGroupArn"]
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
        job: dict[str, Any] = self("DescribeDatasetImportJob", datasetImportJobArn=arn)["datasetImportJob"]
        return job


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def account() -> FakeAccount:
    fake = FakeAccount()
    fake.put("s3://data/items.csv", "ITEM_ID,PRICE,GENRE\na,1.5,x|y\nb,,z\n")
    return fake


@pytest.fixture
def personalize(clock: FakeClock, account: FakeAccount) -> Iterator[Personalize]:
    service = Personalize(Place(account=ACCOUNT, region=REGION, clock=clock, access=account))
    yield service
    service.close()


@pytest.fixture
def call(personalize: Personalize, clock: FakeClock) -> Client:
    return Client(personalize, clock)


@pytest.fixture(scope="session")
def aws() -> Iterator[OfflineAws]:
    with OfflineAws(speed=120) as running:
        yield running
