"""Jobs in a larger app: cdk deploy --all --app "python examples/composition.py".

Jobs of a stack and of a nested stack share the runner of a third stack; one job has a runner of its own.
"""

from __future__ import annotations

from pathlib import Path

from aws_cdk import App, NestedStack, RemovalPolicy, Stack, Tags
from constructs import Construct

from cdk_data_jobs import DataJobRunner, DataSource
from cdk_data_jobs.personalize import Dataset, DatasetGroup, Field, Schema, SchemaDefinition

DATA = Path(__file__).parent / "data"


class Platform(Stack):
    """The resources that the teams share: the dataset group, and the runner of their jobs."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates both."""
        super().__init__(scope, construct_id)
        self.group = DatasetGroup(
            self, "Group", dataset_group_name="composition-example", removal_policy=RemovalPolicy.DESTROY
        )
        self.runner = DataJobRunner(self, "Runner")


class Loaded(Construct):
    """A dataset with its data: what a team puts into a stack of any kind."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        platform: Platform,
        runner: DataJobRunner,
        schema: SchemaDefinition,
    ) -> None:
        """Creates the dataset, and the import of the file that is named after it."""
        super().__init__(scope, construct_id)
        dataset = Dataset(self, "Dataset", dataset_group=platform.group, schema=schema)
        source = DataSource.from_asset(str(DATA / f"{construct_id.lower()}.csv"))
        dataset.import_from(source, runner=runner)


class Catalog(Stack):
    """A stack with the books, whose import uses the shared runner."""

    def __init__(self, scope: Construct, construct_id: str, platform: Platform) -> None:
        """Creates the dataset and its import."""
        super().__init__(scope, construct_id)
        schema = Schema.items(GENRE=Field.categorical(), PRICE=Field.float())
        Loaded(self, "Items", platform=platform, runner=platform.runner, schema=schema)


class Readers(Stack):
    """A stack with the readers in a nested stack, and their interactions, whose import has a runner of its own."""

    def __init__(self, scope: Construct, construct_id: str, platform: Platform) -> None:
        """Creates both."""
        super().__init__(scope, construct_id)
        nested = NestedStack(self, "Nested")
        schema = Schema.users(AGE_GROUP=Field.categorical())
        Loaded(nested, "Users", platform=platform, runner=platform.runner, schema=schema)

        own = DataJobRunner(self, "Runner")
        schema = Schema.interactions(EVENT_TYPE=Field.string())
        Loaded(self, "Interactions", platform=platform, runner=own, schema=schema)


def main(app: App) -> None:
    """Synthesizes the app."""
    platform = Platform(app, "Platform")
    Catalog(app, "Catalog", platform)
    Readers(app, "Readers", platform)
    Tags.of(app).add("app", "bookshop")
    app.synth()


if __name__ == "__main__":
    main(App())
