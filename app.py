"""The example app: a stack that creates a Personalize dataset group and loads its data.

`cdk deploy` uploads the CSV files, imports items and users, then the interactions, and is done when the data is in.
"""

from __future__ import annotations

import json
from pathlib import Path

from aws_cdk import App, Stack
from aws_cdk import aws_personalize as cfn
from constructs import Construct

from cdk_data_jobs import DataSource, personalize

DATA = Path(__file__).parent / "examples" / "data"


class DataLoading(Stack):
    """A bookshop's dataset group, its three datasets, and the jobs that fill them."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the datasets, then one import job for each."""
        super().__init__(scope, construct_id)
        self.group = cfn.CfnDatasetGroup(self, "Bookshop", name="bookshop")

        items = self.dataset("Items", ITEM_ID="string", GENRE="string", PRICE="float")
        users = self.dataset("Users", USER_ID="string", AGE_GROUP="string")
        interactions = self.dataset(
            "Interactions", USER_ID="string", ITEM_ID="string", TIMESTAMP="long", EVENT_TYPE="string"
        )

        import_items = self.import_job(items, "items.csv")
        import_users = self.import_job(users, "users.csv")
        import_interactions = self.import_job(interactions, "interactions.csv")
        import_interactions.node.add_dependency(import_items, import_users)

    def dataset(self, dataset_type: str, **columns: str) -> cfn.CfnDataset:
        """Creates a dataset and its schema. String columns other than ids and event types are categorical."""
        fields = [
            {"name": name, "type": type_, **({"categorical": True} if name in ("GENRE", "AGE_GROUP") else {})}
            for name, type_ in columns.items()
        ]
        schema = cfn.CfnSchema(
            self,
            f"{dataset_type}Schema",
            name=f"bookshop-{dataset_type.lower()}",
            schema=json.dumps(
                {
                    "type": "record",
                    "name": dataset_type,
                    "namespace": "com.amazonaws.personalize.schema",
                    "fields": fields,
                    "version": "1.0",
                }
            ),
        )
        return cfn.CfnDataset(
            self,
            dataset_type,
            name=f"bookshop-{dataset_type.lower()}",
            dataset_type=dataset_type,
            dataset_group_arn=self.group.attr_dataset_group_arn,
            schema_arn=schema.attr_schema_arn,
        )

    def import_job(self, dataset: cfn.CfnDataset, file: str) -> personalize.DatasetImportJob:
        """Creates the import of a file into a dataset. A file that changes is imported again."""
        return personalize.DatasetImportJob(
            self,
            f"Import{dataset.node.id}",
            dataset=dataset,
            source=DataSource.from_asset(str(DATA / file)),
        )


app = App()
DataLoading(app, "DataLoading")
app.synth()
