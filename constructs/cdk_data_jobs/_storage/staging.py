"""The folder of a job in a staging bucket: for the copies of local files, and for batches of uploaded files."""

from dataclasses import dataclass

from aws_cdk import Stack, aws_s3
from constructs import Construct

from cdk_data_jobs._storage.job_buckets import staging_bucket
from cdk_data_jobs._storage.location import Location, encryption_key_of
from cdk_data_jobs._support.construct_paths import path_below, short_hash
from cdk_data_jobs._support.memo import stack_of

_FOLDER_IN_GIVEN_BUCKET = "data-jobs/"


@dataclass(frozen=True)
class StagingFolder:
    """The folder of a job in a staging bucket.

    Attributes:
        bucket: The bucket.
        path: The folder's path, without a `/` at its end.
        copies_pattern: The key pattern of everything that runs of any job copy to the bucket.
    """

    bucket: aws_s3.IBucket
    path: str
    copies_pattern: str

    @staticmethod
    def of(job: Construct, bucket: aws_s3.IBucket | None) -> "StagingFolder":
        """Returns the folder of a job.

        Args:
            job: The job.
            bucket: The `staging_bucket` of the job's runner; if None, the stack's own, which is created on first use.
        """
        if bucket:
            stack = _outermost_stack(job)
            folder = short_hash(f"{stack.stack_name}/{path_below(stack, job)}")
            return StagingFolder(bucket, f"{_FOLDER_IN_GIVEN_BUCKET}{folder}", f"{_FOLDER_IN_GIVEN_BUCKET}*")
        return StagingFolder(staging_bucket(job), short_hash(path_below(stack_of(job), job)), "*")

    def folder(self, name: str) -> Location:
        """Returns the location of a folder in it.

        Args:
            name: The folder's name.
        """
        prefix, key = f"{self.path}/{name}/", encryption_key_of(self.bucket)
        return Location(self.bucket, prefix, f"{prefix}*", key, copies_pattern=self.copies_pattern)

    @property
    def markers(self) -> Location:
        """The location of the marker objects, one for each uploaded file that no run has processed yet.

        The names of this folder and of `batches` are in deployed stacks, so they stay.
        """
        return self.folder("arrived")

    @property
    def batches(self) -> Location:
        """The location of the batches: a folder for each run with the files that it processes."""
        return self.folder("gathered")


def _outermost_stack(job: Construct) -> Stack:
    stack = stack_of(job)
    while parent := stack.nested_stack_parent:
        stack = parent
    return stack
