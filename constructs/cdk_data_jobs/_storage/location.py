"""The location of a job's data in S3."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from aws_cdk import aws_kms, aws_s3, aws_s3_assets

from cdk_data_jobs._support.memo import bucket_name, memoize, path_of
from cdk_data_jobs._support.validation import ValidationError


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
    """The location of data of one job in a bucket.

    Attributes:
        bucket: The bucket.
        key: The key of an object, or a prefix that ends in `/`.
        object_pattern: The key pattern of the objects that the service needs access to.
        encryption_key: The key that they are encrypted with; None if it is one of S3's own.
        files: The local files that the run copies to it first; empty if the data is there already.
        copies_pattern: The key pattern of everything that runs copy to the bucket.
        check: Whether every row of the local files is checked; None if it is checked when its schema is known.
        schema: The local file with the schema of the data; None if there is none.
    """

    bucket: aws_s3.IBucket
    key: str
    object_pattern: str
    encryption_key: aws_kms.IKey | None = None
    files: tuple[LocalFile, ...] = ()
    copies_pattern: str = "*"
    check: bool | None = None
    schema: Path | None = None

    @property
    def url(self) -> str:
        """The location as a URL, e.g. `s3://bucket/folder/`."""
        return f"s3://{bucket_name(self.bucket)}/{self.key}"


@memoize
def encryption_key_of(bucket: aws_s3.IBucket) -> aws_kms.IKey | None:
    """Returns the key of a bucket, or None; for an alias the key behind it, because policies and services name keys.

    Args:
        bucket: The bucket.

    Raises:
        ValidationError: If the bucket has an alias whose key is not known.
    """
    key = bucket.encryption_key
    if key is None or not hasattr(key, "alias_name"):
        return key
    try:
        return cast("aws_kms.IAlias", key).alias_target_key
    except RuntimeError as error:
        raise ValidationError(
            "the key of a bucket must be a key, or an alias whose key is known, because services and policies take "
            f"only the ARN of a key, got an alias without one for {path_of(bucket)}; use "
            "aws_kms.Key.from_key_arn(...) or aws_kms.Alias.from_alias_attributes(...)"
        ) from error
