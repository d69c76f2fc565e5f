"""The latest operation on a stack, as read from its events."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from cdk_data_jobs_cli.aws.stack_operation import StackOperation, has_succeeded, is_in_progress

STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Shop/1"
STARTED = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)


def events(*lines: str) -> list[dict[str, Any]]:
    """Returns events as DescribeStackEvents does, from strings `LogicalId STATUS reason`, oldest first."""
    listed = []
    for number, (name, status, *reason) in enumerate(one.split(" ", 2) for one in lines):
        listed.append(
            {
                "EventId": f"{number} {name} {status}",
                "LogicalResourceId": name,
                "PhysicalResourceId": STACK if name == "Shop" else name.lower(),
                "ResourceType": "AWS::CloudFormation::Stack" if name == "Shop" else "Custom::Job",
                "ResourceStatus": status,
                "ResourceStatusReason": "".join(reason),
                "Timestamp": STARTED + dt.timedelta(seconds=number),
            }
        )
    return listed[::-1]


CREATED = ("Shop CREATE_IN_PROGRESS", "Job CREATE_IN_PROGRESS", "Job CREATE_COMPLETE", "Shop CREATE_COMPLETE")
UPDATED = ("Shop UPDATE_IN_PROGRESS", "Job UPDATE_IN_PROGRESS", "Job UPDATE_COMPLETE")


def test_only_the_last_operation_counts() -> None:
    operation = StackOperation(STACK)
    operation.add_events(events(*CREATED, *UPDATED))

    assert (operation.kind, operation.previous_status) == ("update", "CREATE_COMPLETE")
    assert operation.started == STARTED + dt.timedelta(seconds=4)
    assert operation.resources["Job"].statuses == ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]


def test_no_more_events_are_read_than_are_needed() -> None:
    operation = StackOperation(STACK)
    unread = iter(events(*CREATED, *UPDATED))
    operation.add_events(unread)
    again = iter(events(*CREATED, *UPDATED, "Other UPDATE_IN_PROGRESS"))
    new = operation.add_events(again)

    assert len(list(unread)) == 3
    assert [event["LogicalResourceId"] for event in new] == ["Other"]
    assert len(list(again)) == 6


def test_a_new_operation_replaces_the_previous_one() -> None:
    operation = StackOperation(STACK)
    operation.add_events(events(*CREATED))
    operation.add_events(events(*CREATED, "Shop DELETE_IN_PROGRESS", "Job DELETE_IN_PROGRESS"))

    assert (operation.kind, operation.resources["Job"].status) == ("delete", "DELETE_IN_PROGRESS")


def test_a_resource_that_an_update_replaced_is_not_shown_as_deleted() -> None:
    operation = StackOperation(STACK)
    cleaning = ("Shop UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "Job DELETE_IN_PROGRESS", "Job DELETE_COMPLETE")
    operation.add_events(events(*CREATED, *UPDATED, *cleaning))

    assert operation.resources["Job"].status == "UPDATE_COMPLETE"
    assert not operation.resources["Job"].is_cleaning_up

    operation.add_events(events(*CREATED, *UPDATED, *cleaning[:2]))

    assert operation.resources["Job"].is_cleaning_up


def test_a_clean_up_that_fails_is_no_failure_of_what_lives() -> None:
    operation = StackOperation(STACK)
    cleaning = ("Shop UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "Job DELETE_IN_PROGRESS", "Job DELETE_FAILED it is in use")
    operation.add_events(events(*CREATED, *UPDATED, *cleaning))
    job = operation.resources["Job"]

    assert (job.status, job.failure, job.cleanup_failure) == ("UPDATE_COMPLETE", "", "it is in use")


def test_the_reason_of_a_failure_is_the_functions_message() -> None:
    operation = StackOperation(STACK)
    reason = (
        "Received response status [FAILED] from custom resource. Message returned: no (really) rows (RequestId: 1-2)"
    )
    operation.add_events(
        events(
            "Shop CREATE_IN_PROGRESS",
            f"Job CREATE_FAILED {reason}",
            "Other CREATE_FAILED Resource creation cancelled",
            "Bucket CREATE_FAILED name taken",
        )
    )

    assert operation.resources["Job"].failure == "no (really) rows"
    assert operation.resources["Other"].failure == ""
    assert operation.resources["Bucket"].failure == "name taken"


def test_statuses_are_classified() -> None:
    in_progress = [
        "CREATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "ROLLBACK_IN_PROGRESS",
        "DELETE_IN_PROGRESS",
    ]
    succeeded = ["CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE", "IMPORT_COMPLETE"]
    failed = [
        "ROLLBACK_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "CREATE_FAILED",
        "UPDATE_ROLLBACK_FAILED",
        "DELETE_FAILED",
    ]

    assert all(map(is_in_progress, in_progress))
    assert not any(map(is_in_progress, [*succeeded, *failed, "REVIEW_IN_PROGRESS"]))
    assert [has_succeeded(status) for status in itertools.chain(succeeded, failed)] == [True] * 4 + [False] * 5
