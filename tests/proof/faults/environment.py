"""What all stacks of the matrix share: an offline AWS with datasets, the templates, and the files that they need."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

from faults import app
from faults.network import Loop
from faults.stack import Environment
from faults.waiting import until

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COLUMNS = {
    "Interactions": {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"},
    "Users": {"USER_ID": "string", "AGE": "int"},
}
FIRST = "the-first-users"


@contextlib.contextmanager
def start(directory: Path, templates: dict[str, dict[str, Any]], *, speed: float) -> Iterator[Environment]:
    """Start an offline AWS in which the stacks of the matrix can be deployed.

    Args:
        directory: Where the app was synthesized.
        templates: The templates, by kind.
        speed: How many seconds pass for the services in one real second.
    """
    loop = Loop()
    with OfflineAws(speed=speed) as aws:
        upload(aws, app.assets(directory))
        aws.personalize.settings(creating=0, concurrent_imports=1000, dataset_groups=1000, schemas=1000)
        aws.personalize.durations(pending=10, in_progress=20)
        aws.pinpoint.durations(pending=10, in_progress=20)
        make_datasets(aws)
        yield Environment(aws, templates, loop)
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


def make_datasets(aws: OfflineAws) -> None:
    """Make the datasets that all imports fill; INCREMENTAL imports are possible."""
    personalize: Any = aws.client("personalize")
    personalize.create_dataset_group(name="faults")
    for name, columns in COLUMNS.items():
        fields = [{"name": column, "type": kind} for column, kind in columns.items()]
        schema = {"type": "record", "name": name, "namespace": "shop", "fields": fields, "version": "1.0"}
        personalize.create_dataset(
            name=f"faults-{name}",
            schemaArn=personalize.create_schema(name=f"faults-{name}", schema=json.dumps(schema))["schemaArn"],
            datasetGroupArn=app.DATASET.replace(":dataset/", ":dataset-group/").removesuffix("/INTERACTIONS"),
            datasetType=name,
        )
    fill(aws, personalize)


def fill(aws: OfflineAws, personalize: Any) -> None:
    """Import the first users, without which no INCREMENTAL import is possible."""
    s3, iam = aws.client("s3"), aws.client("iam")
    principal = {"Effect": "Allow", "Principal": {"Service": "personalize.amazonaws.com"}}
    arns = [f"arn:aws:s3:::{FIRST}", f"arn:aws:s3:::{FIRST}/*"]
    s3.create_bucket(Bucket=FIRST, CreateBucketConfiguration={"LocationConstraint": aws.region})
    s3.put_object(Bucket=FIRST, Key="users.csv", Body=app.users(0, 1).encode())
    policy = {"Statement": [{**principal, "Action": "s3:*", "Resource": arns}]}
    s3.put_bucket_policy(Bucket=FIRST, Policy=json.dumps(policy))
    trust = {"Statement": [{**principal, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName=FIRST, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    reads = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": arns}]}
    iam.put_role_policy(RoleName=FIRST, PolicyName="reads", PolicyDocument=json.dumps(reads))
    job = personalize.create_dataset_import_job(
        jobName=FIRST,
        datasetArn=app.USERS,
        dataSource={"dataLocation": f"s3://{FIRST}/users.csv"},
        roleArn=role,
        importMode="FULL",
    )["datasetImportJobArn"]

    def status() -> str:
        return str(personalize.describe_dataset_import_job(datasetImportJobArn=job)["datasetImportJob"]["status"])

    until(lambda: status() == "ACTIVE", 30, lambda: f"the first import is {status()}")
