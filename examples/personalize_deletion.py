"""Deletes users from a dataset group: cdk deploy --app "python examples/personalize_deletion.py"."""

from __future__ import annotations

import json
from pathlib import Path

from aws_cdk import App, CfnOutput, Duration, Stack
from aws_cdk import aws_personalize as cfn
from constructs import Construct

from cdk_data_jobs import DataSource, personalize

DATA = Path(__file__).parent / "data"
COLUMNS = {"USER_ID": {"type": "string"}, "AGE_GROUP": {"type": "string", "categorical": True}}


class Deleting(Stack):
    """A bookshop's users, and those who want to be forgotten."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the dataset, the import and the deletion."""
        super().__init__(scope, construct_id)
        fields = [{"name": name, **column} for name, column in COLUMNS.items()]
        record = {"type": "record", "name": "Users", "namespace": "shop", "fields": fields, "version": "1.0"}
        group = cfn.CfnDatasetGroup(self, "Group", name="deletion-example")
        schema = cfn.CfnSchema(self, "Schema", name="deletion-example-users", schema=json.dumps(record))
        dataset = cfn.CfnDataset(
            self,
            "Users",
            name="users",
            dataset_type="Users",
            dataset_group_arn=group.attr_dataset_group_arn,
            schema_arn=schema.attr_schema_arn,
        )
        imported = personalize.DatasetImportJob(
            self, "Import", dataset=dataset, source=DataSource.from_asset(str(DATA / "users.csv"))
        )

        # The service takes up to a day, so most deployments do not wait; this one does, to output the number of users.
        deleted = personalize.DataDeletionJob(
            self,
            "Delete",
            dataset_group=group,
            source=DataSource.from_asset(str(DATA / "leavers.csv")),
            wait_for_completion=True,
            timeout=Duration.hours(26),
        )
        deleted.node.add_dependency(imported)
        CfnOutput(self, "Deleted", value=deleted.num_deleted)


def main(app: App) -> None:
    """Synthesizes the app."""
    Deleting(app, "Deleting")
    app.synth()


if __name__ == "__main__":
    main(App())
