"""Jobs of Amazon Personalize."""

from cdk_data_jobs.personalize.batch import BatchInferenceJob, BatchSegmentJob
from cdk_data_jobs.personalize.batch_options import (
    BatchInferenceJobConfig,
    BatchInferenceJobMode,
    RankingInfluence,
    ThemeGenerationConfig,
)
from cdk_data_jobs.personalize.deletion import DataDeletionJob
from cdk_data_jobs.personalize.exports import DatasetExportJob, IngestionMode
from cdk_data_jobs.personalize.imports import DatasetImportJob, ImportMode
from cdk_data_jobs.personalize.references import Dataset, DatasetGroup, Filter

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
    "Filter",
    "ImportMode",
    "IngestionMode",
    "RankingInfluence",
    "ThemeGenerationConfig",
]
