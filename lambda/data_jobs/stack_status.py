"""Classifies the statuses of stacks."""


def is_deploying(status: str) -> bool:
    """Returns whether CloudFormation is deploying a template."""
    return status in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS")


def is_rolling_back(status: str) -> bool:
    """Returns whether CloudFormation rolls back or deletes the stack, so that no data may be moved."""
    return "ROLLBACK" in status or status.startswith("DELETE")


def is_stack_deleting(status: str) -> bool:
    """Returns whether CloudFormation is deleting the whole stack."""
    return status in ("DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS")


def is_cleaning_up(status: str) -> bool:
    """Returns whether CloudFormation deletes what an update, or its rollback, has replaced or removed."""
    return status.endswith("COMPLETE_CLEANUP_IN_PROGRESS")
