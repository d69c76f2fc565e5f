"""Where statements run: a cluster or a workgroup, and the credentials that the function connects with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdk_data_jobs._definition.parameters import resource_arn
from cdk_data_jobs._support.environments import validate_environment
from cdk_data_jobs._support.memo import stack_of
from cdk_data_jobs._support.validation import ValidationError, validate_reference

if TYPE_CHECKING:
    from aws_cdk import aws_secretsmanager
    from aws_cdk.interfaces.aws_redshift import IClusterRef
    from aws_cdk.interfaces.aws_redshiftserverless import IWorkgroupRef
    from constructs import Construct

    from cdk_data_jobs._runner.runner_policy import RunnerPolicy

WORKGROUP_REASON = "The ARN of a workgroup has an id that the service gives it, and only the name is known."


@dataclass(frozen=True, kw_only=True)
class Warehouse:
    """A cluster or a workgroup.

    Attributes:
        parameter: The parameter of the call that names it.
        name: Its identifier or name.
        arn: Its ARN; with a wildcard for a workgroup of which only the name is known.
    """

    parameter: str
    name: str
    arn: str

    @property
    def is_cluster(self) -> bool:
        """Whether it is a cluster."""
        return self.parameter == "ClusterIdentifier"


def warehouse_of(job: Construct, cluster: IClusterRef | None, workgroup: IWorkgroupRef | None) -> Warehouse:
    """Returns where a job's statements run.

    Args:
        job: The job.
        cluster: Its argument `cluster`.
        workgroup: Its argument `workgroup`.

    Raises:
        ValidationError: If not exactly one of them is given, or it is no reference or elsewhere.
    """
    if cluster is not None and workgroup is None:
        return _of_cluster(job, cluster)
    if workgroup is not None and cluster is None:
        return _of_workgroup(job, workgroup)
    got = "neither" if cluster is None else "both"
    raise ValidationError(f"a statement must have either a cluster or a workgroup, got {got}; give one")


def _of_cluster(job: Construct, cluster: IClusterRef) -> Warehouse:
    validate_reference(
        cluster,
        "cluster_ref",
        "cluster",
        "an IClusterRef, such as a CfnCluster",
        "Cluster.from_cluster_identifier(...)",
    )
    validate_environment(job, cluster, "cluster")
    name = cluster.cluster_ref.cluster_identifier
    arn = resource_arn(stack_of(job), "redshift", f"cluster:{name}")
    return Warehouse(parameter="ClusterIdentifier", name=name, arn=arn)


def _of_workgroup(job: Construct, workgroup: IWorkgroupRef) -> Warehouse:
    validate_reference(
        workgroup,
        "workgroup_ref",
        "workgroup",
        "an IWorkgroupRef, such as a CfnWorkgroup",
        "Workgroup.from_workgroup_name(...)",
    )
    validate_environment(job, workgroup, "workgroup")
    declared = getattr(workgroup, "attr_workgroup_workgroup_arn", None)
    arn = declared or resource_arn(stack_of(job), "redshift-serverless", "workgroup/*")
    return Warehouse(parameter="WorkgroupName", name=workgroup.workgroup_ref.workgroup_name, arn=arn)


def allow_connecting(
    policy: RunnerPolicy,
    job: Construct,
    warehouse: Warehouse,
    *,
    database: str,
    db_user: str | None,
    secret: aws_secretsmanager.ISecret | None,
) -> None:
    """Lets the function connect (Amazon Redshift Data API Reference, ExecuteStatement).

    Args:
        policy: The function's policy for the job.
        job: The job.
        warehouse: The cluster or the workgroup.
        database: The database.
        db_user: The user of the database that it connects as; None for another way.
        secret: The secret with a user and a password; None for another way.

    Raises:
        ValidationError: If the user cannot be given.
    """
    if db_user is not None and (secret is not None or not warehouse.is_cluster):
        where = "secret, which has the user" if secret is not None else "workgroup, whose user is the function's role"
        raise ValidationError(f"db_user must be left out where there is a {where}, got {db_user!r}; remove it")
    if secret is not None:
        validate_environment(job, secret, "secret", warning_id="secretInOtherAccount")
        # The ARN of a secret ends in six characters, which are not known of one that is referred to by its name.
        policy.allow(["secretsmanager:GetSecretValue"], [secret.secret_full_arn or f"{secret.secret_arn}-??????"])
        if secret.encryption_key:
            policy.allow(["kms:Decrypt"], [secret.encryption_key.key_arn])
    elif not warehouse.is_cluster:
        policy.allow(["redshift-serverless:GetCredentials"], [warehouse.arn], wildcard_reason=WORKGROUP_REASON)
    else:
        arns = [resource_arn(stack_of(job), "redshift", f"dbname:{warehouse.name}/{database}")]
        if db_user is None:
            policy.allow(["redshift:GetClusterCredentialsWithIAM"], arns)
        else:
            arns.append(resource_arn(stack_of(job), "redshift", f"dbuser:{warehouse.name}/{db_user}"))
            policy.allow(["redshift:GetClusterCredentials"], arns)
