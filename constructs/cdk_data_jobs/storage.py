"""Where the data of a job lies: in a bucket, or in local files that are uploaded with the deployment."""

import abc
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from aws_cdk import aws_kms, aws_s3, aws_s3_assets
from constructs import Construct

from cdk_data_jobs.asked import bucket_name, once, path_of, stack_of
from cdk_data_jobs.buckets import results_bucket, staging_bucket
from cdk_data_jobs.checks import ValidationError, check_key, check_key_arn, check_prefix, check_reference
from cdk_data_jobs.local_files import FileChoice, files_of
from cdk_data_jobs.places import digest, path_below
from cdk_data_jobs.tokens import ends_in_token

if TYPE_CHECKING:
    from cdk_data_jobs.data_job import DataJob

_RESULTS = "results/"
_COPIES = "data-jobs/"
_HASH_LENGTH = 32  # a location has at most 256 characters, so the 64 of an asset's hash are too many


@dataclass(frozen=True)
class LocalFile:
    """A local file that is uploaded with the deployment and copied by the run.

    Attributes:
        path: The file on this machine.
        asset: Its upload.
        target: The key in the staging bucket that the run copies it to.
    """

    path: Path
    asset: aws_s3_assets.Asset
    target: str


@dataclass(frozen=True)
class Location:
    """Data of one job in a bucket.

    Attributes:
        bucket: The bucket.
        key: The key of an object, or a prefix that ends in `/`.
        objects: The key pattern of the objects that the service needs access to.
        encryption_key: The key that they are encrypted with; none if it is one of S3's own.
        files: The local files that the run copies to it first; none if the data is there already.
        copies: The key pattern of all that runs copy to the bucket.
        check: Whether every row of the local files is to be checked; or the file with the schema to check it against.
    """

    bucket: aws_s3.IBucket
    key: str
    objects: str
    encryption_key: aws_kms.IKey | None = None
    files: tuple[LocalFile, ...] = ()
    copies: str = "*"
    check: bool | Path = False

    @property
    def url(self) -> str:
        """The location as the service wants it."""
        return f"s3://{bucket_name(self.bucket)}/{self.key}"


class DataSource(abc.ABC):
    """Where a job reads its data: `DataSource.from_bucket(...)` or `DataSource.from_asset(...)`."""

    @staticmethod
    def from_bucket(bucket: aws_s3.IBucket, key_or_prefix: str) -> "DataSource":
        """Reads data that is in a bucket when the job runs.

        Args:
            bucket: The bucket. The policies of a bucket that this app declares, and of its key, are extended; for an
                imported one a warning prints the statements to add.
            key_or_prefix: The key of an object, or the prefix of a folder, which ends in `/`.

        Raises:
            ValueError: If `key_or_prefix` is empty, is a URL, starts with `/` or has wildcards.
        """
        check_reference(bucket, "bucket_name", "bucket", "an aws_s3.IBucket", "aws_s3.Bucket.from_bucket_name(...)")
        check_key(key_or_prefix, "key_or_prefix")
        return _BucketSource(bucket, key_or_prefix)

    @staticmethod
    def from_asset(path: str | os.PathLike[str], *, check: bool | str | os.PathLike[str] = False) -> "DataSource":
        """Uploads a file, or those files of a folder that the job reads; runs again when their content changes.

        The run copies the files into a staging bucket of the stack, which the service may read, and deletes the copies
        when the job has ended.

        Args:
            path: A file, or a folder. Relative to the folder in which the app is synthesized.
            check: Whether each synthesis reads every row of CSV files and checks it as `data-jobs check` does, which
                takes a second for some ten million rows. True checks an import against the schema of its dataset,
                which must be a literal in the app, and a deletion for being a list of users. A path names a file with
                the Avro schema, for a dataset whose schema is not in the app. What the service would refuse is an
                error then, and what is probably not meant a warning. By default only the headers are checked, and
                only of imports.

        Raises:
            ValueError: If there is nothing at `path`, or it is empty, or `check` is a path without a file. The job
                raises it too, if `check` finds errors or cannot be done.
        """
        local = Path(path)
        if not os.fspath(path) or not local.exists():
            raise ValidationError(
                f"the path of an asset must be a file or a folder, got {os.fspath(path)!r}: not found"
            )
        if local.is_file() and local.stat().st_size == 0:
            raise ValidationError(f"an asset must have content, got an empty file: {os.fspath(path)!r}")
        if local.is_dir() and not any(file.is_file() for file in local.rglob("*")):
            raise ValidationError(f"an asset must have content, got a folder without files: {os.fspath(path)!r}")
        if not isinstance(check, bool) and not Path(check).is_file():
            raise ValidationError(f"check must be a bool or the path of a schema, got {os.fspath(check)!r}: not found")
        return _AssetSource(local.resolve(), check if isinstance(check, bool) else Path(check).resolve())

    @abc.abstractmethod
    def bind(self, job: "DataJob", choice: FileChoice) -> Location:
        """Returns the location for one job, and uploads what it needs.

        Args:
            job: The job that reads it.
            choice: Which files of a folder it reads.
        """


@dataclass(frozen=True)
class _BucketSource(DataSource):
    bucket: aws_s3.IBucket
    key: str

    def bind(self, job: "DataJob", choice: FileChoice) -> Location:  # noqa: ARG002 - the same for every job
        may_be_folder = self.key.endswith("/") or ends_in_token(self.key)
        objects = f"{self.key}*" if may_be_folder else self.key
        return Location(self.bucket, self.key, objects, _key_of(self.bucket))


@dataclass(frozen=True)
class _AssetSource(DataSource):
    path: Path
    check: bool | Path

    def bind(self, job: "DataJob", choice: FileChoice) -> Location:
        bucket, root, copies = _staging_of(job)
        scope = Construct(job, "Source")
        assets = {
            name: aws_s3_assets.Asset(scope, name, path=os.fspath(path))
            for name, path in files_of(self.path, choice).items()
        }
        content = "".join(f"{name}\0{asset.asset_hash}\0" for name, asset in assets.items())
        folder = f"{root}/{hashlib.sha256(content.encode()).hexdigest()[:_HASH_LENGTH]}/"
        key = folder if self.path.is_dir() else folder + self.path.name
        base = self.path if self.path.is_dir() else self.path.parent
        files = tuple(LocalFile(base / name, asset, folder + name) for name, asset in assets.items())
        return Location(bucket, key, f"{root}/*", _key_of(bucket), files, copies, self.check)


@dataclass(frozen=True)
class DataDestination:
    """Where a job writes its results: `DataDestination.from_bucket(...)`.

    Attributes:
        bucket: The bucket.
        prefix: The prefix of a folder in it.
        encryption_key: The key with which the service encrypts what it writes; if none, the bucket's own way.
    """

    bucket: aws_s3.IBucket
    prefix: str
    encryption_key: aws_kms.IKey | None = None

    @staticmethod
    def from_bucket(
        bucket: aws_s3.IBucket, prefix: str, encryption_key: aws_kms.IKey | None = None
    ) -> "DataDestination":
        """Writes the results into a folder of a bucket.

        Args:
            bucket: The bucket. The policies of a bucket that this app declares are extended; for an imported one a
                warning prints the statements to add.
            prefix: The prefix of a folder, which ends in `/`.
            encryption_key: The key with which the service encrypts the results. Its policy is extended like the
                bucket's. By default the bucket decides how they are encrypted.

        Raises:
            ValueError: If `prefix` is empty, is a URL, starts with `/`, does not end in `/` or has wildcards, or if
                `encryption_key` is an alias, which services do not take for a key.
        """
        return DataDestination(bucket, prefix, encryption_key)

    def __post_init__(self) -> None:
        """Checks what was given.

        Raises:
            ValidationError: If the service could not write there.
        """
        check_reference(
            self.bucket, "bucket_name", "bucket", "an aws_s3.IBucket", "aws_s3.Bucket.from_bucket_name(...)"
        )
        check_prefix(self.prefix, "prefix")
        if self.encryption_key is not None:
            check_key_arn(self.encryption_key)

    @property
    def location(self) -> Location:
        """The location for a job."""
        key = self.encryption_key or _key_of(self.bucket)
        return Location(self.bucket, self.prefix, f"{self.prefix}*", key)


def gathering_folders(job: "DataJob") -> tuple[Location, Location]:
    """Returns where the runs of a job gather what arrives: the notes of it, and the folders with what each run takes.

    Args:
        job: The job.
    """
    bucket, root, copies = _staging_of(job)
    inbox, folders = (
        Location(bucket, prefix, f"{prefix}*", _key_of(bucket), copies=copies)
        for prefix in (f"{root}/arrived/", f"{root}/gathered/")
    )
    return inbox, folders


def _staging_of(job: "DataJob") -> tuple[aws_s3.IBucket, str, str]:
    """Returns the bucket for copies, the job's folder in it, and the key pattern of all copies."""
    given = job.runner.staging_bucket
    if given:
        return given, _folder_of(job), f"{_COPIES}*"
    return staging_bucket(job), digest(path_below(stack_of(job), job)), "*"


def _folder_of(job: Construct) -> str:
    """Returns the folder of a job in a bucket that jobs of any stack may use."""
    stack = stack_of(job)
    while parent := stack.nested_stack_parent:
        stack = parent
    return f"{_COPIES}{digest(f'{stack.stack_name}/{path_below(stack, job)}')}"


@once
def _key_of(bucket: aws_s3.IBucket) -> aws_kms.IKey | None:
    """Returns the key of a bucket: of an alias the key behind it, because policies and services name keys."""
    key = bucket.encryption_key
    if key is None or not hasattr(key, "alias_name"):
        return key
    try:
        return cast("aws_kms.IAlias", key).alias_target_key
    except RuntimeError as error:
        raise ValidationError(
            "the key of a bucket must be a key, or an alias that tells its key, because services and policies take "
            f"only the ARN of a key, got an alias without one for {path_of(bucket)}; use "
            "aws_kms.Key.from_key_arn(...) or aws_kms.Alias.from_alias_attributes(...)"
        ) from error


def source_of(source: DataSource, job: "DataJob", choice: FileChoice, *, can_check: bool = False) -> Location:
    """Returns where a job reads.

    Args:
        source: What was given as its source.
        job: The job.
        choice: Which files of a folder it reads.
        can_check: Whether the job checks the rows of local files if it is asked to.

    Raises:
        ValidationError: If `source` is no source, has no file that the job reads, or asks for a check that the job
            cannot do.
    """
    if not isinstance(source, DataSource):
        raise ValidationError(
            f"source must be a DataSource, got {type(source).__name__}; use DataSource.from_bucket(...) or "
            "DataSource.from_asset(...)"
        )
    location = source.bind(job, choice)
    if location.check and not can_check:
        raise ValidationError(
            "only data that is imported into a dataset of Amazon Personalize or that lists users to delete can be "
            f"checked, got check={location.check!r} for {path_of(job)}; leave check out"
        )
    return location


def destination_of(destination: DataDestination | None, job: Construct) -> DataDestination:
    """Returns where a job writes.

    Args:
        destination: What was given as its destination; if none, a folder of a new bucket.
        job: The job.

    Raises:
        ValidationError: If `destination` is no destination.
    """
    if destination is None:
        return DataDestination.from_bucket(results_bucket(job), _RESULTS)
    if not isinstance(destination, DataDestination):
        raise ValidationError(
            f"destination must be a DataDestination, got {type(destination).__name__}; use "
            "DataDestination.from_bucket(...)"
        )
    return destination
