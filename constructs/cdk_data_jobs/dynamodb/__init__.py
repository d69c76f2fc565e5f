"""Jobs of Amazon DynamoDB."""

from cdk_data_jobs.dynamodb.export_options import (
    ExportFormat,
    ExportViewType,
    FilterSpecification,
    IncrementalExportSpecification,
    S3SseAlgorithm,
)
from cdk_data_jobs.dynamodb.exports import TableExportJob

__all__ = [
    "ExportFormat",
    "ExportViewType",
    "FilterSpecification",
    "IncrementalExportSpecification",
    "S3SseAlgorithm",
    "TableExportJob",
]
