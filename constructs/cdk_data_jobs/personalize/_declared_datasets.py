"""The resources behind references to datasets."""

from aws_cdk.aws_personalize import CfnDataset
from aws_cdk.interfaces.aws_personalize import IDatasetRef

from cdk_data_jobs._support.memo import memoize


@memoize
def declared_dataset(dataset: IDatasetRef) -> CfnDataset | None:
    """Returns the resource of a dataset that this app declares, with or without a construct of the library around it.

    Args:
        dataset: The dataset.
    """
    resource = dataset if isinstance(dataset, CfnDataset) else dataset.node.default_child
    return resource if isinstance(resource, CfnDataset) else None
