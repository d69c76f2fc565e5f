"""Jobs in a larger app: cdk deploy --all --app "python examples/composition.py".

Jobs of a stack and of a nested stack share the runner of a third stack; one job has a runner of its own.
"""

from __future__ import annotations

import json
from pathlib import Path

from aws_cdk import App, NestedStack, Stack, Tags
from aws_cdk import aws_personalize as cfn
from constructs import Construct

from cdk_data_jobs import DataJobRunner, DataSource, personalize

DATA = Path(__file__).parent / "data"


class Platform(Stack):
    """The resources that the teams share: the dataset group, and the runner of their jobs."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates both."""
        super().__init__(scope, construct_id)
        self.group = cfn.CfnDatasetGroup(self, "Group", name="composition-example")
        self.runner = DataJobRunner(self, "Runner")


class Loaded(Construct):
    """A dataset with its data: what a team puts into a stack of any kind."""

    def __init__(
        self, scope: Construct, construct_id: str, *, platform: Platform, runner: DataJobRunner, **columns: str
    ) -> None:
        """Creates the dataset, and the import of the file that is named after it."""
        super().__init__(scope, construct_id)
        fields = [
            {"name": name, "type": type_, **({"categorical": True} if name in ("GENRE", "AGE_GROUP") else {})}
            for name, type_ in columns.items()
        ]
        record = {"type": "record", "name": construct_id, "namespace": "shop", "fields": fields, "version": "1.0"}
        name = construct_id.lower()
        schema = cfn.CfnSchema(self, "Schema", name=f"composition-example-{name}", schema=json.dumps(record))
        dataset = cfn.CfnDataset(
            self,
            "Dataset",
            name=name,
            dataset_type=construct_id,
            dataset_group_arn=platform.group.attr_dataset_group_arn,
            schema_arn=schema.attr_schema_arn,
        )
        personalize.DatasetImportJob(
            self, "Import", dataset=dataset, source=DataSource.from_asset(str(DATA / f"{name}.csv")), runner=runner
        )


class Catalog(Stack):
    """A stack with the books, whose import uses the shared runner."""

    def __init__(self, scope: Construct, construct_id: str, platform: Platform) -> None:
        """Creates the dataset and its import."""
        super().__init__(scope, construct_id)
        Loaded(
            self,
            "Items",
            platform=platform,
            runner=platform.runner,
            ITEM_ID="string",
            GENRE="string",
            PRICE="float",
        )


class Readers(Stack):
    """A stack with the readers in a nested stack, and their interactions, whose import has a runner of its own."""

    def __init__(self, scope: Construct, construct_id: str, platform: Platform) -> None:
        """Creates both."""
        super().__init__(scope, construct_id)
        nested = NestedStack(self, "Nested")
        Loaded(nested, "Users", platform=platform, runner=platform.runner, USER_ID="string", AGE_GROUP="string")

        own = DataJobRunner(self, "Runner")
        Loaded(
            self,
            "Interactions",
            platform=platform,
            runner=own,
            USER_ID="string",
            ITEM_ID="string",
            TIMESTAMP="long",
            EVENT_TYPE="string",
        )


def main(app: App) -> None:
    """Synthesizes the app."""
    platform = Platform(app, "Platform")
    Catalog(app, "Catalog", platform)
    Readers(app, "Readers", platform)
    Tags.of(app).add("app", "bookshop")
    app.synth()


if __name__ == "__main__":
    main(App())
