"""Checks CSV data against what Amazon Personalize wants, before an import of it costs an hour.

Standard library only, and no AWS: it reads local files.
"""

from cdk_data_jobs_check.files import Mode, ProgressCallback, check_files
from cdk_data_jobs_check.findings import Finding, Report, Severity
from cdk_data_jobs_check.schema import DELETION_SCHEMA, Column, Schema, SchemaError

__all__ = [
    "DELETION_SCHEMA",
    "Column",
    "Finding",
    "Mode",
    "ProgressCallback",
    "Report",
    "Schema",
    "SchemaError",
    "Severity",
    "check_files",
]
