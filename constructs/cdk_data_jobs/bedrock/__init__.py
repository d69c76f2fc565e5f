"""Jobs of Amazon Bedrock."""

from cdk_data_jobs.bedrock.data_sources import KnowledgeBaseDataSource
from cdk_data_jobs.bedrock.ingestions import IngestionJob

__all__ = ["IngestionJob", "KnowledgeBaseDataSource"]
