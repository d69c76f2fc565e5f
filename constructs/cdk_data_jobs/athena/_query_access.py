"""What the function that runs a query may do, because Athena acts with the permissions of its caller."""

from dataclasses import replace

from aws_cdk import Stack
from constructs import Construct

from cdk_data_jobs._access.access_rules import READ, WRITE, Direction
from cdk_data_jobs._definition.parameters import resource_arn
from cdk_data_jobs._job.caller_access import allow_caller
from cdk_data_jobs._job.job_permissions import JobPermissions
from cdk_data_jobs._runner.runner_policy import RunnerPolicy
from cdk_data_jobs._storage.location import Location
from cdk_data_jobs._support.environments import validate_environment
from cdk_data_jobs._support.memo import bucket_arn
from cdk_data_jobs._support.tokens import is_unresolved
from cdk_data_jobs.runner import DataJobRunner

_GLUE_CATALOG = "AwsDataCatalog"  # that of the account, which queries use by default

# Amazon Athena User Guide, "Control access to Amazon S3 from Athena", and the policy AmazonAthenaFullAccess for what
# Athena needs to write results in parts.
_READ_BUCKET = ("s3:GetBucketLocation", "s3:ListBucket")
_WRITE_BUCKET = ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads")
WRITE_RESULTS = Direction(
    "WriteResults",
    ("s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"),
    WRITE.key_actions,
)
# Amazon S3 API Reference, "PutObject".
WRITE_RESULTS_WITH_ACL = replace(WRITE_RESULTS, object_actions=(*WRITE_RESULTS.object_actions, "s3:PutObjectAcl"))
_READ_TABLES = (
    "glue:BatchGetPartition",
    "glue:GetPartition",
    "glue:GetPartitions",
    "glue:GetTable",
    "glue:GetTables",
)
_TABLES_REASON = "Which tables of its database a query reads is known to Athena alone."


def allow_using_bucket(
    job: Construct, runner: DataJobRunner, permissions: JobPermissions, location: Location, direction: Direction
) -> None:
    """Lets a query read files of tables, or write its results.

    Args:
        job: The query, which gets the warning if the key's policy cannot be changed.
        runner: Its runner.
        permissions: The permissions of the runner's function for it.
        location: The folder or file.
        direction: `READ`, or one of this module's.

    Raises:
        ValidationError: If the bucket is in another Region.
    """
    validate_environment(job, location.bucket, "the bucket", warning_id="bucketInOtherAccount")
    actions = _READ_BUCKET if direction is READ else _WRITE_BUCKET
    permissions.own_policy.allow(actions, [bucket_arn(location.bucket)])
    allow_caller(job, runner, permissions, location, direction)


def allow_reading_catalog(policy: RunnerPolicy, stack: Stack, catalog: str | None, database: str | None) -> None:
    """Lets a query read the definitions of a database and of its tables.

    Amazon Athena User Guide, "Configure access to databases and tables in the AWS Glue Data Catalog", which asks for
    the database `default` too; API Reference, "StartQueryExecution", for other catalogs.

    Args:
        policy: The policy of the function for the query.
        stack: The stack of the query.
        catalog: The catalog; None for that of AWS Glue.
        database: The database; None if only the text of the query names one, which is not read.
    """
    if catalog is not None and catalog.lower() != _GLUE_CATALOG.lower():
        policy.allow(["athena:GetDataCatalog"], [resource_arn(stack, "athena", f"datacatalog/{catalog}")])
        return
    if database is not None and not is_unresolved(database):
        database = database.lower()  # as AWS Glue stores it (Glue API, "Database")
    databases = dict.fromkeys(["default", database] if database is not None else ["default"])
    root, *arns = (resource_arn(stack, "glue", one) for one in ("catalog", *(f"database/{name}" for name in databases)))
    policy.allow(["glue:GetDatabase"], [root, *arns])
    if database is not None:
        tables = [root, arns[-1], resource_arn(stack, "glue", f"table/{database}/*")]
        policy.allow(_READ_TABLES, tables, wildcard_reason=_TABLES_REASON)
