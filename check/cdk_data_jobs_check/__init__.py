"""Checks CSV files against the documented rules of Amazon Personalize, before an import of them fails.

Files for Amazon Pinpoint and Amazon SES are checked by `pinpoint.files` and `ses.files`.

It needs the standard library only, and calls no AWS service.
"""

from cdk_data_jobs_check.column_profile import ColumnProfile
from cdk_data_jobs_check.columns import Column
from cdk_data_jobs_check.field_proposals import ProposedField
from cdk_data_jobs_check.files import Mode, check_files, check_headers
from cdk_data_jobs_check.findings import Finding, FindingCollector, Report
from cdk_data_jobs_check.inference import Proposal, ProposalError, propose_schema
from cdk_data_jobs_check.rules import RULES, Confidence, Rule, Severity
from cdk_data_jobs_check.schema import DELETION_SCHEMA, Schema, SchemaError
from cdk_data_jobs_check.sources import DataFile, DataFolder, ProgressCallback, Source

__all__ = [
    "DELETION_SCHEMA",
    "RULES",
    "Column",
    "ColumnProfile",
    "Confidence",
    "DataFile",
    "DataFolder",
    "Finding",
    "FindingCollector",
    "Mode",
    "ProgressCallback",
    "Proposal",
    "ProposalError",
    "ProposedField",
    "Report",
    "Rule",
    "Schema",
    "SchemaError",
    "Severity",
    "Source",
    "check_files",
    "check_headers",
    "propose_schema",
]
