"""What a stack whose first deployment fails leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.import_and_export import ImportAndExport

if TYPE_CHECKING:
    from deployed.stack import DeployedStack


def test_an_empty_bucket_is_deleted_again(stack: DeployedStack) -> None:
    stack.app = ImportAndExport
    stack.write_interactions(1000)
    before = buckets(stack)
    stack.options["fails"] = "before the export"
    stack.deploy(fails=True)

    assert stack.status == "ROLLBACK_COMPLETE"
    assert buckets(stack) == before


def test_a_bucket_with_data_is_kept_and_the_next_deployment_makes_another(stack: DeployedStack) -> None:
    stack.app = ImportAndExport
    stack.write_interactions(1000)
    before = buckets(stack)
    stack.options["fails"] = "after the export"
    stack.deploy(fails=True)

    assert stack.status == "ROLLBACK_FAILED"
    [kept] = buckets(stack) - before
    assert exported(stack, kept)

    del stack.options["fails"]
    stack.deploy()
    assert exported(stack, kept)
    assert stack.physical_id_of("Exports") != kept


def buckets(stack: DeployedStack) -> set[str]:
    return {bucket["Name"] for bucket in stack.client("s3").list_buckets()["Buckets"]}


def exported(stack: DeployedStack, bucket: str) -> list[str]:
    return [found["Key"] for found in stack.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])]
