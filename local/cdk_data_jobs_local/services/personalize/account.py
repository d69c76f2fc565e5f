"""What all jobs of an account and Region work on."""

from dataclasses import dataclass

from cdk_data_jobs_local.services.core.context import ServiceContext
from cdk_data_jobs_local.services.personalize.catalog import Catalog
from cdk_data_jobs_local.services.personalize.rows import RowStore
from cdk_data_jobs_local.services.personalize.settings import Settings
from cdk_data_jobs_local.services.personalize.solutions import Solutions
from cdk_data_jobs_local.services.personalize.tags import Tags


@dataclass(frozen=True, kw_only=True)
class Account:
    """The resources of Amazon Personalize in one account and Region.

    Args:
        context: The account and Region.
        settings: How long jobs take, and how many may run.
        tags: The tags of all resources and jobs.
        catalog: The schemas, dataset groups and datasets.
        solutions: The solution versions and filters.
        rows: The datasets' rows.
    """

    context: ServiceContext
    settings: Settings
    tags: Tags
    catalog: Catalog
    solutions: Solutions
    rows: RowStore
