"""Definitions of kinds of jobs: what they consist of, and ready-made ones for `AwsJob`.

A ready-made definition is loaded when it is used; docs/catalogue.md lists them. One of them is changed with
`dataclasses.replace`.
"""

import importlib
from typing import TYPE_CHECKING

from cdk_data_jobs.definitions._dataclasses import (
    RESERVED_ATTRIBUTE,
    CreateCall,
    DescribeCall,
    FindCall,
    JobDefinition,
    JobNaming,
    NextPage,
    TagCalls,
)

if TYPE_CHECKING:
    from cdk_data_jobs.definitions._analytics import (
        ATHENA_QUERY,
        EMR_SERVERLESS_JOB_RUN,
        GLUE_CRAWLER,
        GLUE_JOB_RUN,
        QUICKSIGHT_INGESTION,
        REDSHIFT_SERVERLESS_STATEMENT,
        REDSHIFT_STATEMENT,
    )
    from cdk_data_jobs.definitions._compute import BATCH_JOB, CODEBUILD_BUILD, ECS_TASK, STEP_FUNCTIONS_EXECUTION
    from cdk_data_jobs.definitions._databases import (
        DYNAMODB_EXPORT,
        DYNAMODB_IMPORT,
        NEPTUNE_ANALYTICS_IMPORT,
        RDS_SNAPSHOT_EXPORT,
    )
    from cdk_data_jobs.definitions._health import HEALTHLAKE_IMPORT, OMICS_READ_SET_IMPORT, OMICS_REFERENCE_IMPORT
    from cdk_data_jobs.definitions._machine_learning import BEDROCK_BATCH_INFERENCE, BEDROCK_INGESTION
    from cdk_data_jobs.definitions._storage import DATASYNC_TASK_EXECUTION, S3_BATCH_OPERATIONS, SES_IMPORT

__all__ = [
    "ATHENA_QUERY",
    "BATCH_JOB",
    "BEDROCK_BATCH_INFERENCE",
    "BEDROCK_INGESTION",
    "CODEBUILD_BUILD",
    "DATASYNC_TASK_EXECUTION",
    "DYNAMODB_EXPORT",
    "DYNAMODB_IMPORT",
    "ECS_TASK",
    "EMR_SERVERLESS_JOB_RUN",
    "GLUE_CRAWLER",
    "GLUE_JOB_RUN",
    "HEALTHLAKE_IMPORT",
    "NEPTUNE_ANALYTICS_IMPORT",
    "OMICS_READ_SET_IMPORT",
    "OMICS_REFERENCE_IMPORT",
    "QUICKSIGHT_INGESTION",
    "RDS_SNAPSHOT_EXPORT",
    "REDSHIFT_SERVERLESS_STATEMENT",
    "REDSHIFT_STATEMENT",
    "RESERVED_ATTRIBUTE",
    "S3_BATCH_OPERATIONS",
    "SES_IMPORT",
    "STEP_FUNCTIONS_EXECUTION",
    "CreateCall",
    "DescribeCall",
    "FindCall",
    "JobDefinition",
    "JobNaming",
    "NextPage",
    "TagCalls",
]

_MODULES = {
    "_analytics": (
        "ATHENA_QUERY",
        "EMR_SERVERLESS_JOB_RUN",
        "GLUE_CRAWLER",
        "GLUE_JOB_RUN",
        "QUICKSIGHT_INGESTION",
        "REDSHIFT_SERVERLESS_STATEMENT",
        "REDSHIFT_STATEMENT",
    ),
    "_compute": ("BATCH_JOB", "CODEBUILD_BUILD", "ECS_TASK", "STEP_FUNCTIONS_EXECUTION"),
    "_databases": ("DYNAMODB_EXPORT", "DYNAMODB_IMPORT", "NEPTUNE_ANALYTICS_IMPORT", "RDS_SNAPSHOT_EXPORT"),
    "_health": ("HEALTHLAKE_IMPORT", "OMICS_READ_SET_IMPORT", "OMICS_REFERENCE_IMPORT"),
    "_machine_learning": ("BEDROCK_BATCH_INFERENCE", "BEDROCK_INGESTION"),
    "_storage": ("DATASYNC_TASK_EXECUTION", "S3_BATCH_OPERATIONS", "SES_IMPORT"),
}


def __getattr__(name: str) -> JobDefinition:
    """Returns a ready-made definition, and loads its module if it is the first (PEP 562)."""
    for module, names in _MODULES.items():
        if name in names:
            found: JobDefinition = getattr(importlib.import_module(f"{__name__}.{module}"), name)
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
