"""Jobs of Amazon Pinpoint, whose support AWS ended on 2026-10-30."""

from cdk_data_jobs.pinpoint.applications import App
from cdk_data_jobs.pinpoint.exports import ExportJob
from cdk_data_jobs.pinpoint.imports import Format, ImportJob

__all__ = ["App", "ExportJob", "Format", "ImportJob"]
