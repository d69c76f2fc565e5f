"""What is said of the clean-up of a replaced job; `commands/test_watch.py` has whole deployments."""

from __future__ import annotations

from cdk_data_jobs_cli.aws.deployment import cleanup_message
from cdk_data_jobs_cli.aws.stack_operation import ResourceHistory


def test_a_clean_up_is_reported_while_it_is_in_progress_and_if_it_fails() -> None:
    job, messages = ResourceHistory("Custom::PersonalizeDatasetImportJob"), []
    for status, reason in (
        ("UPDATE_COMPLETE", ""),
        ("DELETE_IN_PROGRESS", ""),
        ("DELETE_COMPLETE", ""),
        ("DELETE_FAILED", "no answer"),
    ):
        job.add({"ResourceStatus": status, "ResourceStatusReason": reason})
        messages.append(cleanup_message(job))

    failed = "the clean-up of the replaced job failed: no answer"
    assert messages == ["", "cleaning up the replaced job", "", failed]
