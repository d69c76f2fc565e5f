"""SQL statements."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

from aws_cdk import aws_iam

from cdk_data_jobs._definition.parameters import validate_values
from cdk_data_jobs._job.deployment_options import DeploymentOptions
from cdk_data_jobs._storage.sql_files import read_sql
from cdk_data_jobs._support.secret_values import validate_no_secrets
from cdk_data_jobs._support.validation import (
    ValidationError,
    validate_choice,
    validate_flag,
    validate_reference,
    validate_string,
)
from cdk_data_jobs.data_job import Attribute, DataJob, StatusAttributes
from cdk_data_jobs.options import OnFailure
from cdk_data_jobs.redshift._definitions import BATCH, STATEMENT
from cdk_data_jobs.redshift._warehouses import WORKGROUP_REASON, allow_connecting, warehouse_of

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from aws_cdk import Duration, aws_secretsmanager
    from aws_cdk.interfaces.aws_redshift import IClusterRef
    from aws_cdk.interfaces.aws_redshiftserverless import IWorkgroupRef
    from constructs import Construct

    from cdk_data_jobs.runner import DataJobRunner


class ResultFormat(enum.Enum):
    """The format of the result that the service keeps for 24 hours (ExecuteStatement, ResultFormat)."""

    JSON = "JSON"
    """For GetStatementResult."""

    CSV = "CSV"
    """For GetStatementResultV2."""


class ExecutionMode(enum.Enum):
    """How several statements are committed (BatchExecuteStatement, ExecutionMode)."""

    TRANSACTION = "TRANSACTION"
    """All together, or none."""

    AUTO_COMMIT = "AUTO_COMMIT"
    """Each by itself, for statements that cannot be in a transaction; one that fails does not undo others."""


class Statement(StatusAttributes, DataJob):
    """Runs an SQL statement in Amazon Redshift, or several SQL statements, as part of a deployment.

    Runs when it is deployed, and again when `trigger` or an argument that is passed on to the service changes, but not
    for another `db_user`, `secret`, `statement_name` or `with_event`. It waits for a free place among the active
    statements. The service recognizes a repeated call by its token, so that the statement runs once. A rollback or a
    deletion does not undo what it did.

    The function that runs the job connects as the user of `secret`, as `db_user`, or, without either, as a user whose
    name is made of the function's role, `IAMR:...`, which the database gives its permissions. Sessions of the Data API
    are not supported: give statements that use each other's temporary tables as `sqls`.
    """

    statement_id = Attribute()
    """The statement's id, by which its result can be read for 24 hours."""

    result_rows = Attribute("resultRows")
    """The number of rows of the result, -1 if it is not known; empty if the deployment does not wait for it."""

    result_size = Attribute("resultSize")
    """The bytes of the result, -1 if it is not known; empty if the deployment does not wait for it."""

    duration = Attribute("duration")
    """The nanoseconds that the statement took. Empty if the deployment does not wait for it."""

    query_id = Attribute("queryId")
    """The id of the query in Amazon Redshift."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        database: str,
        sql: str | os.PathLike[str] | None = None,
        sqls: Sequence[str | os.PathLike[str]] | None = None,
        parameters: Mapping[str, str] | None = None,
        cluster: IClusterRef | None = None,
        workgroup: IWorkgroupRef | None = None,
        secret: aws_secretsmanager.ISecret | None = None,
        db_user: str | None = None,
        execution_mode: ExecutionMode | None = None,
        statement_name: str | None = None,
        with_event: bool | None = None,
        result_format: ResultFormat | None = None,
        wait_for_completion: bool = True,
        timeout: Duration | None = None,
        on_failure: OnFailure = OnFailure.ROLL_BACK,
        trigger: str | None = None,
        deploy_time: bool = True,
        runner: DataJobRunner | None = None,
    ) -> None:
        """Declares a statement (Amazon Redshift Data API Reference, ExecuteStatement and BatchExecuteStatement).

        Args:
            scope: The construct that the job belongs to.
            id: The construct's id in that scope.
            database: The database.
            sql: One SQL statement, or the `Path` of a file in UTF-8 that has it, which is read at synthesis. The
                service's history of statements shows it, so it must have no secrets.
            sqls: Up to 40 statements instead of `sql`, each given in the same way. They run in their order.
            parameters: The values of the parameters `:name` of the statement: name to value, which must not be empty.
                By default there are none. For `sqls` the SDK of AWS's Python runtime was last seen not to know them,
                nor `execution_mode`, so that `DataJobRunner(layers=...)` must have a newer one.
            cluster: The cluster: a `CfnCluster`, or `Cluster.from_cluster_identifier(...)`.
            workgroup: The workgroup of Amazon Redshift Serverless instead: a `CfnWorkgroup`, or
                `Workgroup.from_workgroup_name(...)`. By name alone the function may use every workgroup of the account.
            secret: The secret with the user and the password that the statement runs as. The service reads it.
            db_user: The user of the database that the statement runs as, on a cluster without `secret`.
            execution_mode: How `sqls` are committed. By default in one transaction.
            statement_name: A name by which the service lists the statement. By default it has none.
            with_event: Whether the service sends an event when the statement has ended. By default it does not.
            result_format: The format of the result. By default JSON.
            wait_for_completion: Whether the deployment waits until the statement has ended. Otherwise it continues as
                soon as the service has accepted it.
            timeout: How long the deployment waits, 1 minute to 7 days. By default 55 minutes. The service itself stops
                a statement after 24 hours.
            on_failure: What the deployment does when the statement fails. By default it fails too, and is rolled back.
            trigger: Any string; the job runs again when it changes. By default there is none.
            deploy_time: Whether the job runs when it is deployed. Otherwise only a schedule, a task or the command line
                runs it.
            runner: The construct that runs the job. By default the stack's own `DataJobRunner`.

        Raises:
            ValueError: If the arguments cannot work, as far as that is known at synthesis.
        """
        super().__init__(
            scope,
            id,
            resource_type="Custom::AwsRedshiftStatement",
            definition=STATEMENT if sqls is None else BATCH,
            role=None,
            options=DeploymentOptions(
                wait_for_completion=wait_for_completion,
                timeout=timeout,
                on_failure=on_failure,
                trigger=trigger,
                deploy_time=deploy_time,
            ),
            runner=runner,
        )
        validate_string(database, "database")
        validate_values({"parameters": {**(parameters or {})}})
        validate_flag(with_event, "with_event")
        validate_choice(result_format, ResultFormat, "result_format")
        validate_choice(execution_mode, ExecutionMode, "execution_mode")
        if execution_mode is not None and sqls is None:
            raise ValidationError(
                f"execution_mode must be left out where there is one statement, sql, got {execution_mode}; use sqls"
            )
        warehouse = warehouse_of(self, cluster, workgroup)
        if secret is not None:
            validate_reference(
                secret,
                "secret_full_arn",
                "secret",
                "an ISecret",
                "aws_secretsmanager.Secret.from_secret_complete_arn(...)",
            )
        call = {
            **_read_statements(sql, sqls),
            "Parameters": [{"name": name, "value": value} for name, value in (parameters or {}).items()] or None,
            warehouse.parameter: warehouse.name,
            "Database": database,
            "SecretArn": secret and secret.secret_arn,
            "DbUser": db_user,
            "StatementName": statement_name,
            "WithEvent": with_event,
            "ResultFormat": result_format and result_format.value,
            "ExecutionMode": execution_mode and execution_mode.value,
        }
        validate_no_secrets(self, call, "a statement and its parameters", "give the database a secret in another way")
        action = "redshift-data:ExecuteStatement" if sqls is None else "redshift-data:BatchExecuteStatement"
        policy = self._permissions.own_policy
        policy.allow([action], [warehouse.arn], wildcard_reason=WORKGROUP_REASON)
        allow_connecting(policy, self, warehouse, database=database, db_user=db_user, secret=secret)
        running = aws_iam.PolicyStatement(actions=[action], resources=[warehouse.arn])
        self._create_resources(call, statements=[running])


def _read_statements(
    sql: str | os.PathLike[str] | None, sqls: Sequence[str | os.PathLike[str]] | None
) -> dict[str, Any]:
    if isinstance(sqls, str):
        raise ValidationError(f"sqls must be a list of statements, got the string {sqls!r}; use sql")
    if sql is not None and sqls is None:
        return {"Sql": read_sql(sql, "sql")}
    if sqls is not None and sql is None:
        return {"Sqls": [read_sql(one, f"sqls[{number}]") for number, one in enumerate(sqls)]}
    got = "neither" if sql is None else "both"
    raise ValidationError(f"a statement must have either sql or sqls, got {got}; give one")
