"""Jobs of Amazon Personalize."""

from cdk_data_jobs.personalize.batch import BatchInferenceJob, BatchSegmentJob
from cdk_data_jobs.personalize.batch_options import (
    BatchInferenceJobConfig,
    BatchInferenceJobMode,
    RankingInfluence,
    ThemeGenerationConfig,
)
from cdk_data_jobs.personalize.dataset_groups import DatasetGroup
from cdk_data_jobs.personalize.datasets import Dataset
from cdk_data_jobs.personalize.deletion import DataDeletionJob
from cdk_data_jobs.personalize.exports import DatasetExportJob, IngestionMode
from cdk_data_jobs.personalize.filters import Filter
from cdk_data_jobs.personalize.imports import DatasetImportJob, ImportMode
from cdk_data_jobs.personalize.schema_definitions import DatasetType, Domain, Field, SchemaDefinition
from cdk_data_jobs.personalize.schemas import Schema
from cdk_data_jobs.personalize.solutions import Solution, SolutionVersion, TrainingMode

__all__ = [
    "BatchInferenceJob",
    "BatchInferenceJobConfig",
    "BatchInferenceJobMode",
    "BatchSegmentJob",
    "DataDeletionJob",
    "Dataset",
    "DatasetExportJob",
    "DatasetGroup",
    "DatasetImportJob",
    "DatasetType",
    "Domain",
    "Field",
    "Filter",
    "ImportMode",
    "IngestionMode",
    "RankingInfluence",
    "Schema",
    "SchemaDefinition",
    "Solution",
    "SolutionVersion",
    "ThemeGenerationConfig",
    "TrainingMode",
]
