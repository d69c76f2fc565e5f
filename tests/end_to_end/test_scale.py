"""Many jobs at once: all end, none is lost, none runs twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Iterator

JOBS = 100


@pytest.fixture(scope="module")
def aws() -> Iterator[OfflineAws]:
    """An AWS of its own, in which waiting costs next to nothing."""
    with OfflineAws(speed=15) as aws:
        aws.bootstrap()
        yield aws


def test_a_hundred_imports_against_the_quota_of_five(shop: Any) -> None:
    shop.app = "hundred.py"
    shop.deploy()
    shop.aws.personalize.durations(pending=2, in_progress=10, creating=0)
    personalize = shop.aws.client("personalize")
    group = personalize.create_dataset_group(name=shop.stack)["datasetGroupArn"]
    fields = [{"name": name, "type": "string"} for name in ("USER_ID", "ITEM_ID")] + [
        {"name": "TIMESTAMP", "type": "long"}
    ]
    avro = {"type": "record", "name": "Interactions", "namespace": "shop", "fields": fields, "version": "1.0"}
    schema = personalize.create_schema(name=shop.stack, schema=json.dumps(avro))["schemaArn"]
    dataset = personalize.create_dataset(
        name=shop.stack, schemaArn=schema, datasetGroupArn=group, datasetType="Interactions"
    )["datasetArn"]
    shop.write(1000)
    body = Path(shop.folder / "interactions.csv").read_bytes()
    for number in range(JOBS):
        key = f"day-{number:03}/interactions.csv"
        shop.aws.client("s3").put_object(Bucket=shop.stack.lower(), Key=key, Body=body)

    shop.deploy(jobs=JOBS, dataset=dataset)

    jobs = shop.jobs
    assert [job["status"] for job in jobs] == ["ACTIVE"] * JOBS
    assert len({job["dataSource"]["dataLocation"] for job in jobs}) == JOBS
    assert max(sum(one["started"] <= other["started"] < one["ended"] for one in jobs) for other in jobs) <= 5
    assert shop.types["Custom::PersonalizeDatasetImportJob"] == JOBS
    assert sum(shop.types.values()) <= JOBS + 12
