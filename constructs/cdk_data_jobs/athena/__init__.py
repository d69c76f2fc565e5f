"""Queries of Amazon Athena."""

from cdk_data_jobs.athena.queries import Query

__all__ = ["Query"]
