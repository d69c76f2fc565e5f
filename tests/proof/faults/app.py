"""The stacks of the matrix, synthesized once: jobs of a deployment, and jobs that others start."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aws_cdk import (
    App,
    CfnOutput,
    DefaultStackSynthesizer,
    Duration,
    Stack,
    Tags,
    aws_events_targets,
    aws_scheduler,
    aws_sqs,
    aws_stepfunctions,
)

from cdk_data_jobs import DataBucket, DataDestination, DataSource, personalize, pinpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cdk_data_jobs.data_job import DataJob

ACCOUNT, REGION = "111122223333", "eu-west-1"
DATASET = f"arn:aws:personalize:{REGION}:{ACCOUNT}:dataset/faults/INTERACTIONS"
USERS = f"arn:aws:personalize:{REGION}:{ACCOUNT}:dataset/faults/USERS"
NAME = "name-to-be"
APPLICATION = "application-to-be"

INTERACTIONS = "USER_ID,ITEM_ID,TIMESTAMP\n" + "".join(f"user-{n},item-{n},17000{n:05}\n" for n in range(1000))
LINK = 120
"""The services' seconds that each resource of a chain waits in place of 55 minutes, so that a test can wait for all."""

TASK_TIMEOUT = 7214
"""Seconds for which a task waits for its response, if a case has no other: an odd number, by which
template.py finds it in a template."""

ENDPOINTS = "Id,Address,ChannelType\nreader,reader@example.com,EMAIL\n"


def import_of_interactions(stack: Stack, files: Path, **options: Any) -> personalize.DatasetImportJob:
    job = personalize.DatasetImportJob(
        stack,
        "Job",
        dataset=personalize.Dataset.from_dataset_arn(stack, "Dataset", DATASET),
        source=DataSource.from_asset(str(files / "interactions.csv")),
        import_mode=personalize.ImportMode.FULL,
        job_name=NAME,
        **options,
    )
    Tags.of(job).add("team", "shop")
    CfnOutput(stack, "Status", value=job.status)
    return job


def named_import(stack: Stack, files: Path) -> None:
    import_of_interactions(stack, files)


def import_with_links(stack: Stack, files: Path) -> None:
    import_of_interactions(stack, files, timeout=Duration.minutes(3 * 55))


def two_imports(stack: Stack, files: Path) -> None:
    import_of_interactions(stack, files)
    personalize.DatasetImportJob(
        stack,
        "Other",
        dataset=personalize.Dataset.from_dataset_arn(stack, "Users", USERS),
        source=DataSource.from_asset(str(files / "users.csv")),
        import_mode=personalize.ImportMode.FULL,
        job_name=f"{NAME}-other",
    )


def named_export(stack: Stack, _: Path) -> None:
    dataset = personalize.Dataset.from_dataset_arn(stack, "Dataset", DATASET)
    job = personalize.DatasetExportJob(stack, "Job", dataset=dataset, job_name=NAME)
    CfnOutput(stack, "Status", value=job.status)


def nameless_import(stack: Stack, files: Path) -> None:
    job = pinpoint.ImportJob(
        stack,
        "Job",
        application=pinpoint.App.from_application_id(stack, "App", APPLICATION),
        source=DataSource.from_asset(str(files / "endpoints.csv")),
        format=pinpoint.Format.CSV,
        register_endpoints=True,
    )
    CfnOutput(stack, "Status", value=job.status)


def import_on_upload(stack: Stack, _: Path) -> None:
    job = personalize.DatasetImportJob(
        stack,
        "Job",
        dataset=personalize.Dataset.from_dataset_arn(stack, "Dataset", USERS),
        source=DataSource.from_bucket(DataBucket(stack, "Data", versioned=False), "arriving/"),
        import_mode=personalize.ImportMode.INCREMENTAL,
        job_name=NAME,
        deploy_time=False,
    )
    job.run_on_upload(batching_window=Duration.minutes(1))
    collect_events(stack, job)


def export_on_schedule(stack: Stack, _: Path) -> None:
    job = personalize.DatasetExportJob(
        stack,
        "Job",
        dataset=personalize.Dataset.from_dataset_arn(stack, "Dataset", USERS),
        destination=DataDestination.from_bucket(DataBucket(stack, "Data", versioned=False), "exported/"),
        job_name=NAME,
        deploy_time=False,
    )
    schedule = job.run_on_schedule(aws_scheduler.ScheduleExpression.rate(Duration.days(1)))
    schedule.node.default_child.state = "DISABLED"  # type: ignore[union-attr]
    CfnOutput(stack, "ScheduleName", value=schedule.schedule_name)
    collect_events(stack, job)


def import_as_task(stack: Stack, _: Path) -> None:
    job = personalize.DatasetImportJob(
        stack,
        "Job",
        dataset=personalize.Dataset.from_dataset_arn(stack, "Dataset", USERS),
        source=DataSource.from_bucket(DataBucket(stack, "Data", versioned=False), "step/"),
        import_mode=personalize.ImportMode.FULL,
        job_name=NAME,
        deploy_time=False,
    )
    task_timeout = aws_stepfunctions.Timeout.duration(Duration.seconds(TASK_TIMEOUT))
    task = job.as_task(stack, "Import", task_timeout=task_timeout)
    # What Lambda returns for a function that was killed: the task is tried again, and finds the job of the first try.
    task.add_retry(errors=["Lambda.Unknown", "Runtime.ExitError", "Runtime.HandlerError"], max_attempts=3)  # type: ignore[attr-defined]
    aws_stepfunctions.StateMachine(
        stack, "Pipeline", definition_body=aws_stepfunctions.DefinitionBody.from_chainable(task)
    )
    collect_events(stack, job)


def collect_events(stack: Stack, job: DataJob) -> None:
    """Send the job's events to a queue, where a test counts them."""
    target = aws_events_targets.SqsQueue(aws_sqs.Queue(stack, "Events"))
    job.on_succeeded("Succeeded", target=target)
    job.on_failed("Failed", target=target)


KINDS = {
    "import": named_import,
    "links": import_with_links,
    "two": two_imports,
    "export": named_export,
    "nameless": nameless_import,
    "upload": import_on_upload,
    "schedule": export_on_schedule,
    "task": import_as_task,
}


def synthesize(directory: Path) -> dict[str, dict[str, Any]]:
    """The templates, by kind; the files that they need lie in the folder `out` of the directory."""
    (directory / "interactions.csv").write_text(INTERACTIONS)
    (directory / "users.csv").write_text(users(1, 10))
    (directory / "endpoints.csv").write_text(ENDPOINTS)
    app = App(outdir=str(directory / "out"), analytics_reporting=False)
    for kind, declare in KINDS.items():
        stack = Stack(
            app,
            kind,
            stack_name=NAME,
            env={"account": ACCOUNT, "region": REGION},
            synthesizer=DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
        )
        declare(stack, directory)
    app.synth()
    templates = {kind: json.loads((directory / "out" / f"{kind}.template.json").read_text()) for kind in KINDS}
    for properties in custom_resources(templates["links"]):
        properties["Timeout"] = LINK
        if "Relay" in properties:
            properties["Relay"] = 3 * LINK
    return templates


def custom_resources(template: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The properties of a template's jobs and waiting resources."""
    for resource in template["Resources"].values():
        if resource["Type"].startswith("Custom::"):
            yield resource["Properties"]


def users(first: int, number: int) -> str:
    """A file of users."""
    return "USER_ID,AGE\n" + "".join(f"user-{n},{n % 90}\n" for n in range(first, first + number))


def assets(directory: Path) -> dict[tuple[str, str], Path]:
    """The files that the templates need, by the bucket and key at which they expect them."""
    found = {}
    for manifest in sorted((directory / "out").glob("*.assets.json")):
        for file in json.loads(manifest.read_text())["files"].values():
            for place in file["destinations"].values():
                found[place["bucketName"], place["objectKey"]] = directory / "out" / file["source"]["path"]
    return found
