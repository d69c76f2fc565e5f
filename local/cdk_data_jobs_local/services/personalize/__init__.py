"""An emulator of Amazon Personalize: datasets, and the jobs that import, export, delete and infer from their data."""

from cdk_data_jobs_local.services.personalize.service import Personalize
from cdk_data_jobs_local.services.personalize.settings import Settings

__all__ = ["Personalize", "Settings"]
