"""An emulator of Amazon Personalize: schemas, dataset groups, datasets and dataset import jobs."""

from cdk_data_jobs_local.emulator.personalize.place import Place
from cdk_data_jobs_local.emulator.personalize.service import Personalize
from cdk_data_jobs_local.emulator.personalize.settings import Settings

__all__ = ["Personalize", "Place", "Settings"]
