"""Queries."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from aws_cdk import Duration, aws_iam, aws_kms, aws_s3
from aws_cdk.interfaces.aws_athena import IWorkGroupRef
from constructs import Construct

from cdk_data_jobs._access.access_rules import READ, Direction
from cdk_data_jobs._definition.parameters import validate_values
from cdk_data_jobs._job.deployment_options import DeploymentOptions
from cdk_data_jobs._storage.local_files import FileFilter
from cdk_data_jobs._storage.location import Location, encryption_key_of
from cdk_data_jobs._storage.sql_files import read_sql
from cdk_data_jobs._support.durations import whole_minutes
from cdk_data_jobs._support.environments import validate_environment
from cdk_data_jobs._support.mappings import without_none
from cdk_data_jobs._support.memo import stack_of
from cdk_data_jobs._support.secret_values import validate_no_secrets
from cdk_data_jobs._support.validation import ValidationError, validate_choice, validate_instance, validate_reference
from cdk_data_jobs.athena._query_access import (
    WRITE_RESULTS,
    WRITE_RESULTS_WITH_ACL,
    allow_reading_catalog,
    allow_using_bucket,
)
from cdk_data_jobs.athena.query_options import EncryptionOption, S3AclOption
from cdk_data_jobs.data_job import Attribute, DataJob, StatusAttributes
from cdk_data_jobs.definitions import ATHENA_QUERY
from cdk_data_jobs.options import OnFailure
from cdk_data_jobs.runner import DataJobRunner
from cdk_data_jobs.storage import DataDestination, DataSource

_FILES = FileFilter(("",), recursive=True)  # of any format
_MAX_REUSE_AGE = Duration.days(7)


class Query(StatusAttributes, DataJob):
    """Runs an SQL statement in Amazon Athena, as part of a deployment: creates a view, adds partitions.

    Runs when it is deployed, and again when `trigger` or an argument that is passed on to the service changes. The
    service recognizes a repeated call by its token, so that the statement runs once. A rollback or a deletion does not
    undo what it did.

    Athena acts with the permissions of its caller, the function that runs the job. It may read the definitions of the
    database and its tables, read `sources` and write results; what else it needs goes into `policy_statements`.
    """

    query_execution_id = Attribute()
    """The query's id."""

    output_location = Attribute("outputLocation")
    """The location of the results, `s3://bucket/folder/id.csv`, or `id.txt` of a statement that defines a table."""

    data_scanned_in_bytes = Attribute("dataScannedInBytes")
    """The bytes that the query has read, which are billed. Empty if the deployment does not wait for it."""

    total_execution_time_in_millis = Attribute("totalExecutionTimeInMillis")
    """The milliseconds that the query took. Empty if the deployment does not wait for it."""

    bucket: aws_s3.IBucket | None = None
    """The bucket that the results are written to; None if the workgroup decides."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        query_string: str | os.PathLike[str],
        execution_parameters: Sequence[str] | None = None,
        catalog: str | None = None,
        database: str | None = None,
        work_group: IWorkGroupRef | None = None,
        sources: Sequence[DataSource] = (),
        destination: DataDestination | None = None,
        encryption_option: EncryptionOption | None = None,
        s3_acl_option: S3AclOption | None = None,
        expected_bucket_owner: str | None = None,
        engine_configuration: Mapping[str, Any] | None = None,
        result_reuse_max_age: Duration | None = None,
        policy_statements: Sequence[aws_iam.PolicyStatement] = (),
        wait_for_completion: bool = True,
        timeout: Duration | None = None,
        on_failure: OnFailure = OnFailure.ROLL_BACK,
        trigger: str | None = None,
        deploy_time: bool = True,
        runner: DataJobRunner | None = None,
    ) -> None:
        """Declares a query (Amazon Athena API Reference, StartQueryExecution).

        Args:
            scope: The construct that the job belongs to.
            id: The construct's id in that scope.
            query_string: One SQL statement, or the `Path` of a file in UTF-8 that has it, which is read at synthesis.
                The service's history of queries shows it, so it must have no secrets.
            execution_parameters: The values of the parameters `?` of the statement, in their order. By default there
                are none.
            catalog: The catalog. By default the AWS Glue Data Catalog of the account.
            database: The database, whose tables the statement may name without it. By default the statement names it,
                and `policy_statements` must allow reading its definition.
            work_group: The workgroup: a `CfnWorkGroup`, or `aws_athena.CfnWorkGroup.from_work_group_name(...)`. By
                default the one with the name `primary`.
            sources: The files of the tables that the query reads: `DataSource.from_bucket(...)`. By default none.
            destination: The folder for the results. By default the place that the workgroup has, if `work_group` is
                given, which `policy_statements` must allow writing to; otherwise the folder `results/` of a new
                `DataBucket`, which is retained when its stack is deleted. A workgroup may override it.
            encryption_option: How the results are encrypted. By default SSE_KMS with the `encryption_key` of
                `destination`, and without one the bucket's default encryption applies.
            s3_acl_option: The access control list of the results. By default they have none.
            expected_bucket_owner: The account that must own the bucket of the results. By default any.
            engine_configuration: The DPUs that the query may use, and other settings of the engine, in the spelling of
                the API, e.g. `{"MaxConcurrentDpus": 24}`. By default those of the workgroup. The SDK of AWS's Python
                runtime was last seen not to know it: needs `DataJobRunner(layers=...)` with a newer one.
            result_reuse_max_age: How old a result of the same query may be that is used again, at most 7 days, in whole
                minutes. By default none is.
            policy_statements: More permissions of the function, as Athena's caller, e.g. `glue:CreateTable`.
            wait_for_completion: Whether the deployment waits until the query has ended. Otherwise it continues as soon
                as the service has accepted it.
            timeout: How long the deployment waits, 1 minute to 7 days. By default 55 minutes.
            on_failure: What the deployment does when the query fails. By default it fails too, and is rolled back.
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
            resource_type="Custom::AwsAthenaQuery",
            definition=ATHENA_QUERY,
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
        sql = read_sql(query_string, "query_string")
        instead = "read the secret elsewhere, because a query cannot"
        if execution_parameters is not None:
            execution_parameters = _require_list(execution_parameters)
        validate_values({"execution_parameters": execution_parameters or []})
        validate_no_secrets(self, sql, "query_string", instead)
        validate_no_secrets(self, execution_parameters, "execution_parameters", instead)
        policy = self._permissions.own_policy
        allow_reading_catalog(policy, stack_of(self), catalog, database)
        if isinstance(sources, DataSource):
            raise ValidationError(
                f"sources must be a list of DataSource, got {type(sources).__name__}; put it into a list"
            )
        for source in sources:
            validate_instance(source, DataSource, "an entry of sources", hint="use DataSource.from_bucket(...)")
            self._allow_using(_require_bucket(self._resolve_source(source, _FILES)), READ)
        if policy_statements:
            policy.add(policy_statements)
        validate_choice(encryption_option, EncryptionOption, "encryption_option")
        validate_choice(s3_acl_option, S3AclOption, "s3_acl_option")
        results = {
            **self._result_location(
                destination, encryption_option, s3_acl_option, has_work_group=work_group is not None
            ),
            "ExpectedBucketOwner": expected_bucket_owner,
            "AclConfiguration": s3_acl_option and {"S3AclOption": s3_acl_option.value},
        }
        parameters = {
            "QueryString": sql,
            "ExecutionParameters": execution_parameters,
            "QueryExecutionContext": without_none({"Catalog": catalog, "Database": database}) or None,
            "WorkGroup": self._work_group(work_group),
            "ResultConfiguration": without_none(results) or None,
            "ResultReuseConfiguration": _reuse_configuration(result_reuse_max_age),
            "EngineConfiguration": engine_configuration,
        }
        self._create_resources(parameters, statements=policy_statements)

    def _allow_using(self, location: Location, direction: Direction) -> None:
        allow_using_bucket(self, self._runner, self._permissions, location, direction)

    def _work_group(self, work_group: IWorkGroupRef | None) -> str:
        if work_group is None:
            return "primary"
        validate_reference(
            work_group,
            "work_group_ref",
            "work_group",
            "an IWorkGroupRef, such as an aws_athena.CfnWorkGroup",
            "CfnWorkGroup.from_work_group_name(...)",
        )
        validate_environment(self, work_group, "work_group")
        return work_group.work_group_ref.work_group_name

    def _result_location(
        self,
        destination: DataDestination | None,
        encryption_option: EncryptionOption | None,
        s3_acl_option: S3AclOption | None,
        *,
        has_work_group: bool,
    ) -> dict[str, Any]:
        """Returns where the results go and how they are encrypted; nothing if the workgroup decides."""
        if destination is None and has_work_group:
            if encryption_option is not None:
                raise ValidationError(
                    "encryption_option must be left out where the workgroup has the place of the results, got "
                    f"{encryption_option}; remove it, or give a destination"
                )
            return {}
        destination = self._resolve_destination(destination)
        key = destination.encryption_key
        option = _encryption_option(key, encryption_option)
        location = destination.location
        writing = WRITE_RESULTS_WITH_ACL if s3_acl_option else WRITE_RESULTS
        if option is not None:
            location = replace(location, encryption_key=key)
        if option is EncryptionOption.CSE_KMS:  # S3 encrypts what Athena has encrypted as the bucket's default says
            self._allow_using(replace(location, encryption_key=encryption_key_of(destination.bucket)), writing)
        self._allow_using(location, writing)
        self.bucket = destination.bucket
        encryption = option and without_none({"EncryptionOption": option.value, "KmsKey": key and key.key_arn})
        return {"OutputLocation": location.url, "EncryptionConfiguration": encryption}


def _encryption_option(key: aws_kms.IKey | None, given: EncryptionOption | None) -> EncryptionOption | None:
    if given is None:
        return None if key is None else EncryptionOption.SSE_KMS
    if (key is None) != (given is EncryptionOption.SSE_S3):
        found = "none" if key is None else "one"
        raise ValidationError(
            "encryption_option must be SSE_S3 where the destination has no encryption_key, and SSE_KMS or CSE_KMS "
            f"where it has one, got {given} and {found}; correct either"
        )
    return given


def _require_list(execution_parameters: Sequence[str]) -> list[str]:
    if not isinstance(execution_parameters, list | tuple):
        raise ValidationError(
            f"execution_parameters must be a list of strings, got {type(execution_parameters).__name__} "
            f"{execution_parameters!r}; put it into a list"
        )
    return [*execution_parameters]


def _require_bucket(location: Location) -> Location:
    if location.files:
        raise ValidationError(
            "sources must be data in buckets, where tables are, got local files; use DataSource.from_bucket(...)"
        )
    return location


def _reuse_configuration(max_age: Duration | None) -> dict[str, Any] | None:
    minutes = whole_minutes(max_age, "result_reuse_max_age", _MAX_REUSE_AGE)
    if minutes is None:
        return None
    return {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": minutes}}
