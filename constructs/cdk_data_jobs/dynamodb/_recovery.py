"""The validation of a table's point-in-time recovery, without which it cannot be exported."""

from typing import Any, cast

import jsii
from aws_cdk.aws_dynamodb import CfnGlobalTable, CfnTable
from aws_cdk.interfaces.aws_dynamodb import ITableRef
from constructs import Construct, IValidation

from cdk_data_jobs._support.memo import path_of, stack_of
from cdk_data_jobs._support.tokens import is_intrinsic_function, target_of


def require_point_in_time_recovery(job: Construct, table: ITableRef) -> None:
    """Reports, at synthesis, a table of the app without point-in-time recovery.

    Amazon DynamoDB Developer Guide, "Requesting a table export in DynamoDB".

    Args:
        job: The job.
        table: The table; one that is not part of the app is not validated.
    """
    declared = target_of(table.table_ref.table_arn)
    if isinstance(declared, CfnTable | CfnGlobalTable):
        job.node.add_validation(cast("IValidation", _RecoveryValidation(declared)))


@jsii.implements(IValidation)
class _RecoveryValidation:
    def __init__(self, table: CfnTable | CfnGlobalTable) -> None:
        self._table = table

    def validate(self) -> list[str]:
        message = (
            f"table must have point-in-time recovery to be exported, got {path_of(self._table)} without; set "
            "point_in_time_recovery_specification of the table. If something else enables it, refer to the table with "
            "aws_dynamodb.Table.from_table_arn(...)"
        )
        return [] if self._may_be_enabled() else [message]

    def _may_be_enabled(self) -> bool:
        stack = stack_of(self._table)
        if isinstance(self._table, CfnTable):
            return _is_or_may_be_enabled(stack.resolve(self._table.point_in_time_recovery_specification))
        replicas = stack.resolve(self._table.replicas)
        return is_intrinsic_function(replicas) or any(
            is_intrinsic_function(one) or _is_or_may_be_enabled(one.get("pointInTimeRecoverySpecification"))
            for one in replicas
        )


def _is_or_may_be_enabled(specification: Any) -> bool:  # noqa: ANN401 - JSON
    """Returns whether recovery is enabled, or whether that is known only when the table is deployed."""
    if is_intrinsic_function(specification):
        return True
    return (specification or {}).get("pointInTimeRecoveryEnabled", False) is not False
