"""The statuses of stacks are classified."""

from __future__ import annotations

import pytest

from data_jobs.stack_status import is_deploying, is_rolling_back, is_stack_deleting


@pytest.mark.parametrize(
    ("status", "deploys", "rolls_back", "deletes"),
    [
        ("CREATE_IN_PROGRESS", True, False, False),
        ("UPDATE_IN_PROGRESS", True, False, False),
        ("IMPORT_IN_PROGRESS", True, False, False),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", False, False, False),
        ("ROLLBACK_IN_PROGRESS", False, True, True),
        ("UPDATE_ROLLBACK_IN_PROGRESS", False, True, False),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", False, True, False),
        ("IMPORT_ROLLBACK_IN_PROGRESS", False, True, False),
        ("DELETE_IN_PROGRESS", False, True, True),
        ("DELETE_FAILED", False, True, False),
    ],
)
def test_a_status_is_that_of_a_deployment_a_rollback_or_a_deletion(
    status: str, *, deploys: bool, rolls_back: bool, deletes: bool
) -> None:
    assert (is_deploying(status), is_rolling_back(status), is_stack_deleting(status)) == (deploys, rolls_back, deletes)
