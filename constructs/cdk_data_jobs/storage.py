"""Where the data of a job lies: in a bucket, or in local files that are uploaded with the deployment."""

import abc
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import Acknowledgment, Duration, RemovalPolicy, Stack, Token, Validations, aws_s3, aws_s3_assets
from constructs import Construct

from cdk_data_jobs.checks import ValidationError, check_key, check_location, check_reference

_STAGING_ID = "DataJobStaging"
_HASH_LENGTH = 32  # a location has at most 256 characters, so the 64 of an asset's hash are too many


class DataBucket(aws_s3.Bucket):
    """A bucket for data that must neither leak nor get lost.

    It takes every argument of `aws_s3.Bucket`, with other defaults: no public access, requests over TLS only,
    encrypted with keys of S3 or with `encryption_key`, versioned, kept when its stack goes.
    Set `server_access_logs_bucket` (another `DataBucket` will do) to log who reads and writes the data.
    """

    def __init__(self, scope: Construct, id: str, **options: Any) -> None:  # noqa: A002, ANN401 - as the base class
        """Makes a bucket.

        Args:
            scope: The construct that the bucket belongs to.
            id: The bucket's id in it.
            **options: Arguments of `aws_s3.Bucket`, which win over the defaults above.
        """
        defaults: dict[str, Any] = {
            "block_public_access": aws_s3.BlockPublicAccess.BLOCK_ALL,
            "enforce_ssl": True,
            "versioned": True,
            "removal_policy": RemovalPolicy.RETAIN,
        }
        if options.get("encryption_key") is None:
            defaults["encryption"] = aws_s3.BucketEncryption.S3_MANAGED
        super().__init__(scope, id, **(defaults | options))


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
        files: The local files that the run copies to it first; none if the data is there already.
    """

    bucket: aws_s3.IBucket
    key: str
    objects: str
    files: tuple[LocalFile, ...] = ()

    @property
    def url(self) -> str:
        """The location as the service wants it."""
        return f"s3://{self.bucket.bucket_name}/{self.key}"


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
            ValueError: If `key_or_prefix` is empty, is a URL, starts with `/` or has wildcards, or if the location has
                more than 256 characters (Amazon Personalize API Reference, DataSource).
        """
        check_reference(bucket, "bucket_name", "bucket", "an aws_s3.IBucket", "aws_s3.Bucket.from_bucket_name(...)")
        check_key(key_or_prefix)
        check_location(f"s3://{bucket.bucket_name}/{key_or_prefix}", bucket.bucket_name)
        return _BucketSource(bucket, key_or_prefix)

    @staticmethod
    def from_asset(path: str | os.PathLike[str]) -> "DataSource":
        """Uploads a file, or the CSV files of a folder, and reads those; runs again when their content changes.

        The run copies the files into a staging bucket of the stack, which the service may read, and deletes the copies
        when the job has ended.

        Args:
            path: A file, or a folder. Relative to the folder in which the app is synthesized.

        Raises:
            ValueError: If there is nothing at `path`, or it is empty.
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
        return _AssetSource(local.resolve())

    @abc.abstractmethod
    def bind(self, job: Construct) -> Location:
        """Returns the location for one job, and uploads what it needs.

        Args:
            job: The job that reads it.
        """


@dataclass(frozen=True)
class _BucketSource(DataSource):
    bucket: aws_s3.IBucket
    key: str

    def bind(self, job: Construct) -> Location:  # noqa: ARG002 - a bucket's data is the same for every job
        is_folder = self.key.endswith("/") or Token.is_unresolved(self.key)
        return Location(self.bucket, self.key, f"{self.key}*" if is_folder else self.key)


@dataclass(frozen=True)
class _AssetSource(DataSource):
    path: Path

    def bind(self, job: Construct) -> Location:
        bucket = _staging_bucket(job)
        scope = Construct(job, "Source")
        assets = {path: aws_s3_assets.Asset(scope, path.name, path=os.fspath(path)) for path in self._files()}
        content = "".join(f"{path.name}\0{asset.asset_hash}\0" for path, asset in assets.items())
        root = job.node.addr[-8:]
        folder = f"{root}/{hashlib.sha256(content.encode()).hexdigest()[:_HASH_LENGTH]}/"
        key = folder if self.path.is_dir() else folder + self.path.name
        check_location(f"s3://{bucket.bucket_name}/{key}", bucket.bucket_name)
        files = tuple(LocalFile(path, asset, folder + path.name) for path, asset in assets.items())
        return Location(bucket, key, f"{root}/*", files)

    def _files(self) -> list[Path]:
        """The files that a job reads, which are the CSV files at the first level of a folder.

        Amazon Personalize Developer Guide, "Importing bulk data": it ignores the data in sub-folders.
        """
        if self.path.is_file():
            return [self.path]
        found = sorted(path for path in self.path.rglob("*") if path.is_file() and path.suffix.lower() == ".csv")
        below = [path for path in found if path.parent != self.path]
        if below:
            raise ValidationError(
                f"a folder must have its CSV files at its first level, because the job does not read sub-folders, got "
                f"{str(below[0].relative_to(self.path))!r} in {str(self.path)!r}; move the files up or use a job for "
                "each sub-folder"
            )
        if not found:
            raise ValidationError(
                f"a folder must have at least one .csv file at its first level, got {str(self.path)!r}"
            )
        return found


def _staging_bucket(scope: Construct) -> aws_s3.IBucket:
    """Returns the stack's bucket for the copies that exist while a job reads them."""
    stack = Stack.of(scope)
    found = stack.node.try_find_child(_STAGING_ID)
    if isinstance(found, DataBucket):
        return found
    bucket = DataBucket(
        stack,
        _STAGING_ID,
        versioned=False,
        removal_policy=RemovalPolicy.DESTROY,
        lifecycle_rules=[aws_s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(1))],
    )
    Validations.of(bucket).acknowledge(
        Acknowledgment(
            id="AwsSolutions-S1",
            reason="It holds nothing but copies of the app's own assets, and those only while a job reads them; "
            "the function logs each copy that it makes and deletes.",
        )
    )
    return bucket
