"""A job leaves a stack that lives on."""

from __future__ import annotations

from typing import Any

IMPORT = "Custom::PersonalizeDatasetImportJob"


def test_the_last_job_of_a_kind_is_waited_for_before_its_permissions_go(guarded_shop: Any) -> None:
    shop, aws = guarded_shop, guarded_shop.aws
    shop.app = "removal.py"
    shop.write(1000)
    aws.personalize.durations(pending=60, in_progress=3000)
    shop.deploy(wait=False)
    assert shop.jobs[-1]["status"] in ("CREATE PENDING", "CREATE IN_PROGRESS")

    shop.deploy(removed=True)

    assert shop.jobs[-1]["status"] == "ACTIVE"
    assert shop.types[IMPORT] == 0
    buckets = aws.client("s3").list_buckets()["Buckets"]
    assert [bucket["Name"] for bucket in buckets if "staging" in bucket["Name"]] == []
