"""The access of a runner's function to data that a service reads or writes with the permissions of its caller."""

from constructs import Construct

from cdk_data_jobs._access.access_rules import Direction, KeyUse
from cdk_data_jobs._access.resource_policies import KeyPolicyAccess
from cdk_data_jobs._job.job_permissions import JobPermissions
from cdk_data_jobs._storage.location import Location
from cdk_data_jobs._support.memo import bucket_arn
from cdk_data_jobs.runner import DataJobRunner

_FOLDER_REASON = "The service uses every object of the job's folder, with the permissions of its caller."


def allow_caller(
    job: Construct, runner: DataJobRunner, permissions: JobPermissions, location: Location, direction: Direction
) -> None:
    """Lets the function that runs a job use the job's data, and the key that encrypts it.

    Args:
        job: The job, which gets the warning if the key's policy cannot be changed.
        runner: Its runner.
        permissions: The permissions of the runner's function for it.
        location: The location of the data.
        direction: Whether it is read or written.
    """
    objects = f"{bucket_arn(location.bucket)}/{location.object_pattern}"
    permissions.own_policy.allow(direction.object_actions, [objects], wildcard_reason=_FOLDER_REASON)
    if key := location.encryption_key:
        permissions.own_policy.allow(direction.key_actions, [key.key_arn])
        use = KeyUse(key, direction.key_actions, direction.key_actions)
        KeyPolicyAccess(use, None).allow(job, runner.role, is_shared=True)
