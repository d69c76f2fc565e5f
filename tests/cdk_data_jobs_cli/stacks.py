"""The stacks that the tests of the command line deploy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aws_cdk import App, DefaultStackSynthesizer, Duration, NestedStack, Stack, TimeZone, aws_s3, aws_scheduler
from aws_cdk import aws_personalize as cfn
from aws_cdk import aws_pinpoint as cfn_pinpoint

from cdk_data_jobs import DataJobRunner, DataSource, personalize, pinpoint

if TYPE_CHECKING:
    from pathlib import Path

    from constructs import Construct

COLUMNS = ("USER_ID", "ITEM_ID", "TIMESTAMP")
IMPORTS_OVER_QUOTA = 6
"""One more import than Amazon Personalize runs at a time."""


def schema(name: str) -> str:
    """Returns an Avro schema with `COLUMNS`."""
    fields = [{"name": column, "type": "long" if column == "TIMESTAMP" else "string"} for column in COLUMNS]
    return json.dumps({"type": "record", "name": name, "namespace": "shop", "fields": fields, "version": "1.0"})


def write_files(folder: Path) -> None:
    """Writes the files that are imported."""
    rows = [f"user-{row},item-{row},{1_700_000_000 + row}" for row in range(1000)]
    (folder / "good.csv").write_text("\n".join([",".join(COLUMNS), *rows, ""]))
    (folder / "bad.csv").write_text("USER_ID,TIMESTAMP\nuser,1700000000\n")
    people = folder / "people"
    people.mkdir()
    for number in range(3):
        lines = [f"EMAIL,reader-{number}-{row}@example.com,reader-{number}-{row}" for row in range(20)]
        (people / f"{number}.csv").write_text("\n".join(["ChannelType,Address,Id", *lines, ""]))


def dataset(scope: Construct, name: str) -> cfn.CfnDataset:
    """Creates a dataset of interactions, with its group and schema."""
    group = cfn.CfnDatasetGroup(scope, "Group", name=name)
    interactions = cfn.CfnSchema(scope, "Schema", name=name, schema=schema("Interactions"))
    return cfn.CfnDataset(
        scope,
        "Dataset",
        name=name,
        dataset_type="Interactions",
        dataset_group_arn=group.attr_dataset_group_arn,
        schema_arn=interactions.attr_schema_arn,
    )


def synthesize(folder: Path) -> dict[str, Any]:
    """Synthesizes all stacks into a folder; returns their templates by name."""
    write_files(folder)
    app = App(outdir=str(folder / "cdk.out"), context={"aws:cdk:enable-path-metadata": True})

    def stack(name: str) -> Stack:
        return Stack(app, name, synthesizer=DefaultStackSynthesizer(generate_bootstrap_version_rule=False))

    good, bad = (DataSource.from_asset(str(folder / name)) for name in ("good.csv", "bad.csv"))

    for name in ("Shop", "Fresh"):
        shop = stack(name)
        known = dataset(shop, name)
        early, late = (
            personalize.DatasetImportJob(shop, job, dataset=known, source=good, trigger="first")
            for job in ("ImportEarly", "ImportLate")
        )
        late.node.add_dependency(early)

    broken = stack("Broken")
    # The columns of a dataset that is known by its ARN alone are not known before the run.
    unknown = personalize.Dataset.from_dataset_arn(broken, "Known", dataset(broken, "Broken").attr_dataset_arn)
    personalize.DatasetImportJob(broken, "ImportBad", dataset=unknown, source=bad)

    platform = stack("Platform")
    runner = DataJobRunner(platform, "Runner")
    for name, jobs in (("OverQuota", IMPORTS_OVER_QUOTA), ("Sibling", 1)):
        sharing = stack(name)
        known = dataset(sharing, name)
        for number in range(jobs):
            personalize.DatasetImportJob(sharing, f"Import{number}", dataset=known, source=good, runner=runner)

    outer = stack("Outer")
    nested = NestedStack(outer, "Inner")
    runner = DataJobRunner(outer, "Runner")
    personalize.DatasetImportJob(
        nested, "Import", dataset=dataset(nested, "Inner"), source=good, runner=runner, timeout=Duration.hours(2)
    )

    for name in ("Campaign", "Mailing"):
        campaign = stack(name)
        application = cfn_pinpoint.CfnApp(campaign, "Readers", name="readers")
        pinpoint.ImportJob(
            campaign,
            "Import",
            application=application,
            source=DataSource.from_asset(str(folder / "people")),
            format=pinpoint.Format.CSV,
            register_endpoints=True,
        )

    started = stack("Started")
    known, bucket = dataset(started, "Started"), aws_s3.Bucket(started, "Data", bucket_name="started-data")
    personalize.DatasetImportJob(started, "Deployed", dataset=known, source=good)
    on_upload, nightly = (
        personalize.DatasetImportJob(
            started,
            name,
            dataset=known,
            source=DataSource.from_bucket(bucket, "new/"),
            import_mode=personalize.ImportMode.INCREMENTAL,
            deploy_time=False,
        )
        for name in ("OnUpload", "Nightly")
    )
    on_upload.run_on_upload()
    nightly.run_on_schedule(
        aws_scheduler.ScheduleExpression.cron(minute="30", hour="3", time_zone=TimeZone.EUROPE_BERLIN)
    )

    no_jobs = stack("NoJobs")
    aws_s3.CfnBucket(no_jobs, "Bucket")

    app.synth()
    found = (folder / "cdk.out").glob("*.template.json")
    return {path.name.removesuffix(".template.json"): json.loads(path.read_text()) for path in found}
