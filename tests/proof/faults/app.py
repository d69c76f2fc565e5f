"""The stacks of the matrix, synthesized once: an import and an export whose jobs have names, and one without."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aws_cdk import App, CfnOutput, DefaultStackSynthesizer, Stack, Tags

from cdk_data_jobs import DataSource, personalize, pinpoint

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT, REGION = "111122223333", "eu-west-1"
DATASET = f"arn:aws:personalize:{REGION}:{ACCOUNT}:dataset/faults/INTERACTIONS"
NAME = "name-to-be"
APPLICATION = "application-to-be"

INTERACTIONS = "USER_ID,ITEM_ID,TIMESTAMP\n" + "".join(f"user-{n},item-{n},17000{n:05}\n" for n in range(1000))
ENDPOINTS = "Id,Address,ChannelType\nreader,reader@example.com,EMAIL\n"


def named_import(stack: Stack, files: Path) -> None:
    job = personalize.DatasetImportJob(
        stack,
        "Job",
        dataset=personalize.Dataset.from_dataset_arn(stack, "Dataset", DATASET),
        source=DataSource.from_asset(str(files / "interactions.csv")),
        import_mode=personalize.ImportMode.FULL,
        job_name=NAME,
    )
    Tags.of(job).add("team", "shop")
    CfnOutput(stack, "Status", value=job.status)


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
    CfnOutput(stack, "Status", value=job.job_status)


KINDS = {"import": named_import, "export": named_export, "nameless": nameless_import}


def synthesize(directory: Path) -> dict[str, dict[str, Any]]:
    """The templates, by kind; the files that they need lie in the folder `out` of the directory."""
    (directory / "interactions.csv").write_text(INTERACTIONS)
    (directory / "endpoints.csv").write_text(ENDPOINTS)
    app = App(outdir=str(directory / "out"), analytics_reporting=False)
    for kind, declare in KINDS.items():
        stack = Stack(
            app,
            kind,
            env={"account": ACCOUNT, "region": REGION},
            synthesizer=DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
        )
        declare(stack, directory)
    app.synth()
    return {kind: json.loads((directory / "out" / f"{kind}.template.json").read_text()) for kind in KINDS}


def assets(directory: Path) -> dict[tuple[str, str], Path]:
    """The files that the templates need, by the bucket and key at which they expect them."""
    found = {}
    for manifest in sorted((directory / "out").glob("*.assets.json")):
        for file in json.loads(manifest.read_text())["files"].values():
            for place in file["destinations"].values():
                found[place["bucketName"], place["objectKey"]] = directory / "out" / file["source"]["path"]
    return found
