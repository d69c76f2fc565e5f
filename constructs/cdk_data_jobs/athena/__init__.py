"""Queries of Amazon Athena."""

from cdk_data_jobs.athena.queries import Query
from cdk_data_jobs.athena.query_options import EncryptionOption, S3AclOption

__all__ = ["EncryptionOption", "Query", "S3AclOption"]
