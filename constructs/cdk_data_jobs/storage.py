"""The sources of the data that jobs read, and the destinations of their results."""

import abc
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import aws_kms, aws_s3, aws_s3_assets
from constructs import Construct

from cdk_data_jobs._storage.local_files import (
    FileFilter,
    describe_missing,
    find_files,
    hidden_files_warning,
    left_out_warning,
)
from cdk_data_jobs._storage.location import LocalFile, Location, encryption_key_of
from cdk_data_jobs._storage.staging import StagingFolder
from cdk_data_jobs._support.synthesis_warnings import add_warning
from cdk_data_jobs._support.tokens import ends_in_token
from cdk_data_jobs._support.validation import (
    ValidationError,
    validate_flag,
    validate_kms_key,
    validate_object_key,
    validate_prefix,
    validate_reference,
)
from cdk_data_jobs_check.folders import files_below

# A CfnBucket has a name, too, but no policy that could be extended.
_BUCKET_REFERENCE = (
    "encryption_key",
    "bucket",
    "an aws_s3.IBucket",
    "aws_s3.Bucket.from_bucket_name(...) or Bucket.from_cfn_bucket(...)",
)
_SUFFIX = re.compile(r"\.[A-Za-z]\w*$")
_HASH_LENGTH = 32  # a location has at most 256 characters, so the 64 of an asset's hash are too many


class DataSource(abc.ABC):
    """The source of a job's data: `DataSource.from_bucket(...)` or `DataSource.from_asset(...)`."""

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
        validate_reference(bucket, *_BUCKET_REFERENCE)
        validate_object_key(key_or_prefix, "key_or_prefix")
        return _BucketSource(bucket, key_or_prefix)

    @staticmethod
    def from_asset(
        path: str | os.PathLike[str],
        *,
        check: bool | None = None,
        schema: str | os.PathLike[str] | None = None,
    ) -> "DataSource":
        """Uploads a file, or those files of a folder that the job reads; runs again when CDK's hash of one changes.

        The run copies the files into a staging bucket of the stack, which the service may read, and deletes the copies
        when the job has ended. A warning lists the files of a folder that the job does not read.

        Args:
            path: A file, or a folder. A relative path counts from the folder in which the app is synthesized, which for
                the CDK CLI is that of `cdk.json`; `Path(__file__).parent / ...` counts from a module.
            check: Whether the synthesis reads every row of CSV files and checks it as `data-jobs check` does. What the
                service would refuse is an error, and what is probably a mistake a warning. A second is enough for one
                to ten million rows, depending on their columns, and files that have not changed are not checked
                again. By default the rows of an import are checked if the schema of its dataset is known, and those of
                a list of users to delete or of contacts. True makes it an error that the schema is not known. With
                False, or without a schema, only the headers of imports into datasets are checked.
            schema: A file with the Avro schema of the dataset that is imported into, found as `path` is. By default the
                schema is known if the app declares it, as a literal of a `CfnSchema`.

        Raises:
            ValueError: If there is nothing at `path`, or it is empty, `check` is not a bool, or there is no file
                `schema`. The job raises it too, if `check` finds errors or cannot be done.
        """
        local = Path(path)
        if not os.fspath(path) or not local.exists():
            raise ValidationError(
                f"the path of an asset must be a file or a folder, got {os.fspath(path)!r}: {describe_missing(path)}"
            )
        if local.is_file() and local.stat().st_size == 0:
            raise ValidationError(f"an asset must have content, got an empty file: {os.fspath(path)!r}")
        if local.is_dir() and not any(file.is_file() for file in files_below(local)):
            raise ValidationError(f"an asset must have content, got a folder without files: {os.fspath(path)!r}")
        validate_flag(check, "check")
        if schema is not None and not Path(schema).is_file():
            raise ValidationError(
                f"schema must be a file with an Avro schema, got {os.fspath(schema)!r}: {describe_missing(schema)}"
            )
        return _AssetSource(local.resolve(), check, None if schema is None else Path(schema).resolve())

    @abc.abstractmethod
    def bind(self, job: Construct, file_filter: FileFilter, staging_bucket: aws_s3.IBucket | None) -> Location:
        """Returns the location for one job, and uploads what it needs. The library calls it.

        Args:
            job: The job that reads it.
            file_filter: Selects the files of a folder that it reads.
            staging_bucket: The `staging_bucket` of the job's runner; if None, the stack has its own.
        """


@dataclass(frozen=True)
class _BucketSource(DataSource):
    bucket: aws_s3.IBucket
    key: str

    def bind(
        self,
        job: Construct,
        file_filter: FileFilter,
        staging_bucket: aws_s3.IBucket | None,  # noqa: ARG002 - the same for every job
    ) -> Location:
        may_be_folder = self.key.endswith("/") or ends_in_token(self.key)
        if not may_be_folder and not _SUFFIX.search(self.key):
            add_warning(
                job,
                "keyWithoutSuffix",
                f"the source is the one object {self.key!r}, whose name has no suffix such as "
                f"{file_filter.suffixes[0]}; if it is a folder, end its prefix in '/': {self.key + '/'!r}",
            )
        object_pattern = f"{self.key}*" if may_be_folder else self.key
        return Location(self.bucket, self.key, object_pattern, encryption_key_of(self.bucket))


@dataclass(frozen=True)
class _AssetSource(DataSource):
    path: Path
    check: bool | None
    schema: Path | None

    def bind(self, job: Construct, file_filter: FileFilter, staging_bucket: aws_s3.IBucket | None) -> Location:
        staging = StagingFolder.of(job, staging_bucket)
        scope = Construct(job, "Source")
        assets = {
            name: aws_s3_assets.Asset(scope, name, path=os.fspath(path))
            for name, path in find_files(self.path, file_filter).items()
        }
        if warning := left_out_warning(self.path, file_filter):
            add_warning(job, "leftOutFiles", warning)
        if warning := hidden_files_warning(self.path, file_filter):
            add_warning(job, "hiddenFiles", warning)
        content = "".join(f"{name}\0{asset.asset_hash}\0" for name, asset in assets.items())
        folder = f"{staging.path}/{hashlib.sha256(content.encode()).hexdigest()[:_HASH_LENGTH]}/"
        key = folder if self.path.is_dir() else folder + self.path.name
        base = self.path if self.path.is_dir() else self.path.parent
        files = tuple(LocalFile(base / name, asset, folder + name) for name, asset in assets.items())
        return Location(
            staging.bucket,
            key,
            f"{staging.path}/*",
            encryption_key_of(staging.bucket),
            files,
            staging.copies_pattern,
            self.check,
            self.schema,
        )


@dataclass(frozen=True)
class DataDestination:
    """The destination of a job's results: `DataDestination.from_bucket(...)`.

    Attributes:
        bucket: The bucket.
        prefix: The prefix of a folder in it.
        encryption_key: The key with which the service encrypts what it writes; by default the bucket's default
            encryption applies.
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
                bucket's. By default the bucket's default encryption applies.

        Raises:
            ValueError: If `prefix` is empty, is a URL, starts with `/`, does not end in `/` or has wildcards, or if
                `encryption_key` is an alias, which services do not accept.
        """
        return DataDestination(bucket, prefix, encryption_key)

    def __post_init__(self) -> None:
        """Validates the bucket, the prefix and the key.

        Raises:
            ValidationError: If the service could not write there.
        """
        validate_reference(self.bucket, *_BUCKET_REFERENCE)
        validate_prefix(self.prefix, "prefix")
        if self.encryption_key is not None:
            validate_kms_key(self.encryption_key)

    @property
    def location(self) -> Location:
        """The location that a job writes to."""
        key = self.encryption_key or encryption_key_of(self.bucket)
        return Location(self.bucket, self.prefix, f"{self.prefix}*", key)
