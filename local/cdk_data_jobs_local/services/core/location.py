"""Locations in S3, and the objects at each."""

from dataclasses import dataclass

from cdk_data_jobs_local.services.core.access import RoleSession


@dataclass(frozen=True)
class Location:
    """A location in S3: an object, or a folder if the key ends in `/` (or is empty: the whole bucket)."""

    bucket: str
    key: str

    @classmethod
    def parse(cls, url: str) -> "Location":
        """Takes `s3://bucket/key` apart."""
        bucket, _, key = url.partition("://")[2].partition("/")
        return cls(bucket, key)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return not self.key or self.key.endswith("/")

    @property
    def folder(self) -> "Location":
        """The folder of this name."""
        return self if self.is_folder else Location(self.bucket, f"{self.key}/")

    def keys(self, session: RoleSession, *, suffix: str = "", deep: bool) -> list[str]:
        """Returns the keys of the objects there: this one, or those in the folder.

        Args:
            session: S3.
            suffix: What the keys in a folder end in, in lower case; case is ignored.
            deep: Whether the folder's sub-folders belong to it.

        Raises:
            AccessDeniedError: Listing the bucket is not allowed.
            NotFoundError: There is no such bucket.
        """
        keys = session.list_keys(self.bucket, self.key)
        if not self.is_folder:
            return [key for key in keys if key == self.key]
        return [
            key
            for key in keys
            if key.lower().endswith(suffix) and not key.endswith("/") and (deep or "/" not in key[len(self.key) :])
        ]

    def url(self, key: str) -> str:
        """Returns the URL of an object in this location's bucket."""
        return f"s3://{self.bucket}/{key}"
