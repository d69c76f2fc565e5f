"""What all stacks of the matrix share: an offline AWS with a dataset, the templates, and the files that they need."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

from faults import app
from faults.network import Loop
from faults.stack import Lab

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COLUMNS = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}


@contextlib.contextmanager
def lab(directory: Path, *, speed: float) -> Iterator[Lab]:
    """Start an offline AWS in which the stacks of the matrix can be deployed.

    Args:
        directory: For the synthesized app.
        speed: How many seconds pass for the services in one real second.
    """
    templates = app.synthesize(directory)
    loop = Loop()
    with OfflineAws(speed=speed) as aws:
        upload(aws, app.assets(directory))
        aws.personalize.settings(creating=0, concurrent_imports=1000)
        aws.personalize.durations(pending=10, in_progress=20)
        aws.pinpoint.durations(pending=10, in_progress=20)
        make_dataset(aws)
        yield Lab(aws, templates, loop)
    loop.close()


def upload(aws: OfflineAws, files: dict[tuple[str, str], Path]) -> None:
    """Upload what the CDK CLI would upload."""
    s3 = aws.client("s3")
    for bucket in sorted({bucket for bucket, _ in files}):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": aws.region})
    for (bucket, key), file in files.items():
        s3.put_object(Bucket=bucket, Key=key, Body=zipped(file) if file.is_dir() else file.read_bytes())


def zipped(directory: Path) -> bytes:
    """A folder as a zip file."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for file in sorted(path for path in directory.rglob("*") if path.is_file()):
            archive.write(file, file.relative_to(directory))
    return content.getvalue()


def make_dataset(aws: OfflineAws) -> None:
    """Make the dataset that all imports fill."""
    personalize: Any = aws.client("personalize")
    fields = [{"name": name, "type": kind} for name, kind in COLUMNS.items()]
    schema = {"type": "record", "name": "Interactions", "namespace": "shop", "fields": fields, "version": "1.0"}
    personalize.create_dataset_group(name="faults")
    personalize.create_dataset(
        name="faults",
        schemaArn=personalize.create_schema(name="faults", schema=json.dumps(schema))["schemaArn"],
        datasetGroupArn=app.DATASET.replace(":dataset/", ":dataset-group/").removesuffix("/INTERACTIONS"),
        datasetType="Interactions",
    )
