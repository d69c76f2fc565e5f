"""Deletes users from a dataset group: cdk deploy --app "python examples/personalize_deletion.py"."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import App, CfnOutput, Duration, RemovalPolicy, Stack
from constructs import Construct

from cdk_data_jobs import DataSource
from cdk_data_jobs.personalize import DatasetGroup, Field, Schema

DATA = Path(__file__).parent / "data"


class Deleting(Stack):
    """A bookshop's users, and those who want to be forgotten."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the dataset, the import and the deletion."""
        super().__init__(scope, construct_id)
        group = DatasetGroup(self, "Group", dataset_group_name="deletion-example", removal_policy=RemovalPolicy.DESTROY)
        users = group.add_dataset("Users", schema=Schema.users(AGE_GROUP=Field.categorical()))
        imported = users.import_from(DataSource.from_asset(str(DATA / "users.csv")))

        # The service takes up to a day, so most deployments do not wait; this one does, to output the number of users.
        deleted = group.delete_users(
            DataSource.from_asset(str(DATA / "leavers.csv")), wait_for_completion=True, timeout=Duration.hours(26)
        )
        deleted.node.add_dependency(imported)
        CfnOutput(self, "Deleted", value=deleted.num_deleted)


def main(app: App) -> None:
    """Synthesizes the app."""
    Deleting(app, "Deleting")
    app.synth()


if __name__ == "__main__":
    main(App())
