"""Scenarios: jobs of Amazon Personalize that deployments run, with keys and without."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from aws_cdk import (
    App,
    CfnResource,
    Tags,
)
from least_privilege.scenario import Scenario, registering
from least_privilege.surroundings import (
    INPUT_FILE,
    USERS_FILE,
    Surroundings,
    Users,
    key_of_another_stack,
    key_without_delegation,
    stack_in,
)

# isort: split
from catalogue import jobs

from cdk_data_jobs import (
    DataDestination,
    DataSource,
    OnFailure,
    personalize,
)

SCENARIOS: list[Scenario] = []
scenario = registering(SCENARIOS)
FILES = Path(__file__).with_name("files")


@scenario("import from local files, two datasets, tags changed on one and the other run again")
def assets(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    users = Users(stack, name)
    tagged = personalize.DatasetImportJob(
        stack, "Tagged", dataset=users.dataset, source=DataSource.from_asset(str(FILES / "users.csv"))
    )
    again = personalize.DatasetImportJob(
        stack,
        "Again",
        dataset=users.dataset,
        source=DataSource.from_asset(str(FILES / "more")),
        trigger=str(step),
    )
    again.node.add_dependency(tagged)
    Tags.of(tagged).add("team", f"books{step}")
    if step == 1:
        Tags.of(tagged).add("cost", "1")


@scenario("import from local files, which gets another logical id and runs on when the old resource is deleted")
def renamed(app: App, name: str, step: int) -> None:
    stack = stack_in(app, name)
    job = personalize.DatasetImportJob(
        stack,
        "Import",
        dataset=Users(stack, name).dataset,
        source=DataSource.from_asset(str(FILES / "users.csv")),
        wait_for_completion=False,
    )
    if step > 1:
        cast("CfnResource", job.node.default_child).override_logical_id("Renamed")


@scenario("import that failed, which was accepted, and which an update keeps that accepts no failure")
def accepted(app: App, name: str, step: int) -> None:
    shop = Surroundings(app, name, step, {"in/users.csv": "USER_ID,AGE\nann,old\n"})
    on_failure = OnFailure.CONTINUE if step == 1 else OnFailure.ROLL_BACK
    shop.declare(jobs.import_users, "Import", on_failure=on_failure, trigger=None)


@scenario("import from a folder of a bucket")
def bucket_import(app: App, name: str, step: int) -> None:
    Surroundings(app, name, step, USERS_FILE).declare(jobs.import_users, "Import")


def export(shop: Surroundings, **options: Any) -> personalize.DatasetExportJob:
    options.setdefault("destination", shop.destination)
    job = shop.declare(jobs.export_users, "Export", ingestion_mode=personalize.IngestionMode.ALL, **options)
    return cast("personalize.DatasetExportJob", job)


@scenario("export to a bucket")
def bucket_export(app: App, name: str, step: int) -> None:
    Tags.of(export(Surroundings(app, name, step))).add("step", str(step))


@scenario("data deletion")
def deletion(app: App, name: str, step: int) -> None:
    shop = Surroundings(app, name, step, {"gone/users.csv": "USER_ID\nann\n"})
    source = DataSource.from_bucket(shop.bucket, "gone/")
    shop.declare(jobs.delete_users, "Forget", source=source, wait_for_completion=True)


def batch(shop: Surroundings) -> None:
    shop.declare(jobs.recommend, "BatchInferenceJob")
    shop.declare(jobs.segment, "BatchSegmentJob")


@scenario("batch inference and batch segment job in a bucket")
def batches(app: App, name: str, step: int) -> None:
    batch(Surroundings(app, name, step, INPUT_FILE))


@scenario("training of a solution version")
def training(app: App, name: str, step: int) -> None:
    Tags.of(Surroundings(app, name, step).declare(jobs.train, "Train")).add("step", str(step))


@scenario("import from a bucket with a key that names who uses it")
def key_import(app: App, name: str, step: int) -> None:
    shop = Surroundings(app, name, step, USERS_FILE, key=key_without_delegation)
    shop.declare(jobs.import_users, "Import", source=DataSource.from_bucket(shop.bucket, "in/users.csv"))


@scenario("export with a key that names who uses it")
def key_export(app: App, name: str, step: int) -> None:
    shop = Surroundings(app, name, step)
    key = key_without_delegation(shop.stack)
    export(shop, destination=DataDestination.from_bucket(shop.bucket, "out/", key))


@scenario("export from a dataset group with a key")
def group_key_export(app: App, name: str, step: int) -> None:
    export(Surroundings(app, name, step, group_key=key_without_delegation))


@scenario("import from a bucket whose key belongs to another stack")
def foreign_key_import(app: App, name: str, step: int) -> None:
    shop = Surroundings(app, name, step, USERS_FILE, key=key_of_another_stack(app, name))
    shop.declare(jobs.import_users, "Import")


@scenario("export to a bucket whose key belongs to another stack")
def foreign_key_export(app: App, name: str, step: int) -> None:
    export(Surroundings(app, name, step, key=key_of_another_stack(app, name)))


@scenario("export from a dataset group whose key belongs to another stack")
def foreign_group_key_export(app: App, name: str, step: int) -> None:
    export(Surroundings(app, name, step, group_key=key_of_another_stack(app, name)))


@scenario("batch jobs in a bucket whose key belongs to another stack")
def foreign_key_batches(app: App, name: str, step: int) -> None:
    batch(Surroundings(app, name, step, INPUT_FILE, key=key_of_another_stack(app, name)))
