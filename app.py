"""The example app: a stack that creates a Personalize dataset group and loads its data.

`cdk deploy` uploads the CSV files, imports items and users, then the interactions, and is done when the data is in.
"""

from __future__ import annotations

from pathlib import Path

from aws_cdk import App, RemovalPolicy, Stack
from constructs import Construct

from cdk_data_jobs import DataSource
from cdk_data_jobs.personalize import DatasetGroup, Field, Schema

DATA = Path(__file__).parent / "examples" / "data"
SCHEMAS = {
    "Items": Schema.items(GENRE=Field.categorical(), PRICE=Field.float()),
    "Users": Schema.users(AGE_GROUP=Field.categorical()),
    "Interactions": Schema.interactions(EVENT_TYPE=Field.string()),
}


class DataLoading(Stack):
    """A bookshop's dataset group, its three datasets, and the jobs that fill them."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the datasets, with one import job for each. A file that changes is imported again."""
        super().__init__(scope, construct_id)
        group = DatasetGroup(
            self,
            "Bookshop",
            dataset_group_name="bookshop",
            removal_policy=RemovalPolicy.DESTROY,  # `cdk destroy` deletes the imported data
        )
        for name, schema in SCHEMAS.items():
            dataset = group.add_dataset(name, schema=schema, dataset_name=f"bookshop-{name.lower()}")
            dataset.import_from(DataSource.from_asset(str(DATA / f"{name.lower()}.csv")))


app = App()
DataLoading(app, "DataLoading")
app.synth()
