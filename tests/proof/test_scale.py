"""Scale: hundreds of jobs in a stack, the quota of five, and a million rows."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Iterator

APP = Path(__file__).parent / "scale" / "many.py"
JOB = "Custom::PersonalizeDatasetImportJob"
MOST_RESOURCES, LARGEST_TEMPLATE = 500, 1_000_000
LARGEST_ROLE_POLICIES, LARGEST_BUCKET_POLICY = 10_240, 20_480
LONG = {"AWS::Partition": "aws-us-gov", "AWS::AccountId": "1" * 12, "AWS::Region": "ap-southeast-2"}
DATASET = "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/INTERACTIONS"
FIELDS = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}
ROWS = 1_000_000
MEGABYTE = 1024 * 1024


@dataclass
class Stack:
    """A stack of many imports, and what the services know of it."""

    aws: OfflineAws
    name: str
    folder: Path
    dataset: str
    buckets: list[str]

    def deploy(self, jobs: int, *, chain: int = 5, chained: int = 0) -> float:
        """`cdk deploy`, and the seconds that it takes."""
        wanted = settings(self.name, jobs, self.buckets, self.dataset) | {"chain": chain, "chained": chained}
        began = time.monotonic()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MANY", json.dumps(wanted))
            done = self.aws.cdk(
                "deploy",
                "--require-approval",
                "never",
                cwd=APP.parent,
                app=f"{sys.executable} {APP}",
                outdir=self.folder / "cdk.out",
            )
        assert done.returncode == 0, done.stdout
        return time.monotonic() - began

    def write(self, jobs: int) -> None:
        """Put the file of each import to its place."""
        body = csv_file(1000)
        for number in range(jobs):
            self.aws.client("s3").put_object(
                Bucket=self.buckets[number // 100], Key=f"{number:03}/interactions.csv", Body=body
            )

    @property
    def jobs(self) -> list[dict[str, Any]]:
        """The imports into the stack's dataset."""
        return [job for job in self.aws.personalize.jobs() if job["datasetArn"] == self.dataset]

    @property
    def statuses(self) -> Counter[str]:
        """How many of the stack's imports CloudFormation says what of."""
        pages = self.aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.name)
        resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
        return Counter(one["ResourceStatus"] for one in resources if one["ResourceType"] == JOB)


@contextlib.contextmanager
def stack_for(jobs: int, folder: Path, *, speed: float) -> Iterator[Stack]:
    """A stack without jobs in an AWS of its own, whose buckets have the data of those to come."""
    with OfflineAws(speed=speed) as aws:
        aws.bootstrap()
        aws.personalize.durations(pending=1, in_progress=4, creating=0)
        buckets = [f"many-{number}" for number in range((jobs + 99) // 100)]
        stack = Stack(aws, "Many", folder, dataset(aws, "Many"), buckets)
        stack.deploy(0)
        stack.write(jobs)
        yield stack


def settings(stack: str, jobs: int, buckets: list[str], dataset: str) -> dict[str, Any]:
    """What the app is told."""
    return {"stack": stack, "jobs": jobs, "buckets": buckets, "dataset": dataset, "chain": 1, "chained": 0}


def csv_file(rows: int) -> bytes:
    """Interactions."""
    lines = (f"user-{row % 50_000},item-{row % 1999},{1_700_000_000 + row}\n" for row in range(rows))
    return "".join([",".join(FIELDS) + "\n", *lines]).encode()


def dataset(aws: OfflineAws, name: str) -> str:
    """A dataset of interactions."""
    personalize = aws.client("personalize")
    fields = [{"name": field, "type": kind} for field, kind in FIELDS.items()]
    avro = {"type": "record", "name": "Interactions", "namespace": "shop", "fields": fields, "version": "1.0"}
    schema = personalize.create_schema(name=name, schema=json.dumps(avro))["schemaArn"]
    group = personalize.create_dataset_group(name=name)["datasetGroupArn"]
    made = personalize.create_dataset(name=name, schemaArn=schema, datasetGroupArn=group, datasetType="Interactions")
    return str(made["datasetArn"])


def assert_each_ran_once(stack: Stack, jobs: int) -> None:
    """None is lost, none runs twice, and never more than five at a time."""
    made = stack.jobs
    assert [job["status"] for job in made] == ["ACTIVE"] * jobs
    assert len({job["dataSource"]["dataLocation"] for job in made}) == jobs
    assert most_at_once(made) <= 5
    assert sum(stack.statuses.values()) == jobs
    assert all(status.endswith("_COMPLETE") for status in stack.statuses)
    assert stack.aws.personalize.row_count(stack.dataset) == 1000


def most_at_once(jobs: list[dict[str, Any]]) -> int:
    """How many jobs there were at most that had been created and had not ended."""
    return max(
        sum(one["creationDateTime"] <= other["creationDateTime"] < one["ended"] for one in jobs) for other in jobs
    )


def place(job: dict[str, Any]) -> int:
    """The number of a job, as its folder tells it."""
    return int(job["dataSource"]["dataLocation"].split("/")[-2])


def test_four_hundred_jobs_fit_into_a_stack(tmp_path: Path, record: Any) -> None:
    jobs = 400
    wanted = settings("Many", jobs, [f"many-{number}" for number in range(4)], DATASET)
    environment = {**os.environ, "MANY": json.dumps(wanted), "CDK_OUTDIR": str(tmp_path)}
    began = time.monotonic()
    subprocess.run([sys.executable, APP], env=environment, check=True)  # noqa: S603 - the app beside
    seconds = time.monotonic() - began

    template = (tmp_path / "Many.template.json").read_bytes()
    resources = json.loads(template)["Resources"].values()
    types = Counter(resource["Type"] for resource in resources)
    policies: dict[str, Counter[str]] = {"AWS::IAM::Policy": Counter(), "AWS::S3::BucketPolicy": Counter()}
    for resource in (one for one in resources if one["Type"] in policies):
        properties = resource["Properties"]
        for owner in properties.get("Roles", [properties.get("Bucket")]):
            policies[resource["Type"]][json.dumps(owner)] += size(properties["PolicyDocument"])
    of_roles, of_buckets = (max(sizes.values()) for sizes in policies.values())
    record.add("scale", what=f"{jobs} jobs in a stack: seconds of the synthesis", figure=seconds)
    record.add("scale", what=f"resources, of {MOST_RESOURCES} that are possible", figure=sum(types.values()))
    record.add("scale", what=f"bytes of the template, of {LARGEST_TEMPLATE:,}", figure=f"{len(template):,}")
    record.add("scale", what=f"characters of a role's policies, of {LARGEST_ROLE_POLICIES:,}", figure=f"{of_roles:,}")
    record.add("scale", what=f"characters of a bucket's policy, of {LARGEST_BUCKET_POLICY:,}", figure=f"{of_buckets:,}")
    assert types[JOB] == jobs
    assert sum(types.values()) <= min(MOST_RESOURCES, jobs + 12 + 3 * 4)
    assert len(template) <= LARGEST_TEMPLATE
    assert of_roles <= LARGEST_ROLE_POLICIES
    assert of_buckets <= LARGEST_BUCKET_POLICY


def test_fifty_jobs_at_once_wait_for_their_turn(tmp_path: Path, record: Any) -> None:
    jobs, chain, chained = 50, 5, 25
    followers = [number for number in range(chained) if number % chain]
    with stack_for(jobs, tmp_path, speed=15) as stack:
        seconds = stack.deploy(jobs, chain=chain, chained=chained)

        assert_each_ran_once(stack, jobs)
        made = {place(job): job for job in stack.jobs}
        assert all(made[number - 1]["ended"] <= made[number]["creationDateTime"] for number in followers)
        refused = stack.aws.personalize.calls()["CreateDatasetImportJob"] - jobs
    record.add(
        "scale", what=f"{jobs} jobs at once against the quota of five: seconds of the deployment", figure=seconds
    )
    record.add("scale", what="most of them at a time", figure=most_at_once([*made.values()]))
    record.add("scale", what="creations that were refused for the quota and tried again", figure=refused)


def test_four_hundred_jobs_run_once_each(tmp_path: Path, record: Any, everything: bool) -> None:
    if not everything:
        pytest.skip("takes minutes: --all")
    jobs = 400
    with stack_for(jobs, tmp_path, speed=4) as stack:  # or the machine could not keep up with the clock
        seconds = stack.deploy(jobs)

        assert_each_ran_once(stack, jobs)
    record.add("scale", what=f"{jobs} jobs deployed, each once: seconds of the deployment", figure=seconds)


def test_a_million_rows_are_imported(record: Any, everything: bool) -> None:
    if not everything or not Path("/proc").exists():
        pytest.skip("takes a minute, and Linux, which tells the memory of a process: --all")
    small, large = imported(ROWS // 10), imported(ROWS)

    record.add("scale", what=f"{ROWS:,} rows imported: seconds", figure=large["seconds"])
    record.add("scale", what="rows a second", figure=f"{ROWS / large['seconds']:,.0f}")
    record.add(
        "scale",
        what="megabytes of the file, which the S3 of this machine keeps in memory",
        figure=large["file"] / MEGABYTE,
    )
    record.add("scale", what="most memory of the server's process in megabytes", figure=large["peak"] / MEGABYTE)
    record.add("scale", what="megabytes of it that the import took", figure=large["taken"] / MEGABYTE)
    record.add("scale", what="the same for a tenth of the rows", figure=small["taken"] / MEGABYTE)
    record.add("scale", what="bytes of memory that the import took a row", figure=large["taken"] / ROWS)
    record.add("scale", what="bytes on disk that a row keeps", figure=large["disk"] / ROWS)
    assert large["taken"] - small["taken"] < 10 * MEGABYTE


def imported(rows: int) -> dict[str, float]:
    """Import a file of so many rows into an AWS of its own; what that took, in seconds and bytes."""
    with OfflineAws(speed=60) as aws:
        aws.personalize.durations(pending=0, in_progress=1, creating=0)
        request = {
            "jobName": "rows",
            "datasetArn": dataset(aws, "Rows"),
            "roleArn": role_for_bucket(aws, "rows"),
            "dataSource": {"dataLocation": "s3://rows/interactions.csv"},
        }
        body = csv_file(rows)
        aws.client("s3").put_object(Bucket="rows", Key="interactions.csv", Body=body)
        process = Path(f"/proc/{aws.server.pid}")
        (process / "clear_refs").write_text("5")  # the peak counts from here
        before = memory(process, "VmRSS")
        began = time.monotonic()
        personalize = aws.client("personalize", read_timeout=600)
        arn = personalize.create_dataset_import_job(**request)["datasetImportJobArn"]
        status = ""
        while status not in ("ACTIVE", "CREATE FAILED"):
            job = personalize.describe_dataset_import_job(datasetImportJobArn=arn)["datasetImportJob"]
            status = job["status"]
        seconds = time.monotonic() - began
        assert status == "ACTIVE", job["failureReason"]
        assert aws.personalize.row_count(request["datasetArn"]) == rows
        peak = memory(process, "VmHWM")
        disk = sum(file.stat().st_size for file in aws.server.directory.glob("rows-*/**/*.csv"))
    return {"seconds": seconds, "peak": peak, "taken": peak - before, "file": len(body), "disk": disk}


def memory(process: Path, kind: str) -> int:
    """The memory of a process in bytes: VmRSS now, VmHWM at most."""
    [line] = [line for line in (process / "status").read_text().splitlines() if line.startswith(kind)]
    return int(line.split()[1]) * 1024


def role_for_bucket(aws: OfflineAws, bucket: str) -> str:
    """Make a bucket that Amazon Personalize may read, and a role that it may do so with."""
    service = {"Service": "personalize.amazonaws.com"}
    reading = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
    }
    assuming = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": service}
    s3, iam = aws.client("s3"), aws.client("iam")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": aws.region})
    s3.put_bucket_policy(Bucket=bucket, Policy=policy({**reading, "Principal": service}))
    role = iam.create_role(RoleName=bucket, AssumeRolePolicyDocument=policy(assuming))["Role"]
    iam.put_role_policy(RoleName=bucket, PolicyName="Read", PolicyDocument=policy(reading))
    return str(role["Arn"])


def policy(*statements: dict[str, Any]) -> str:
    """A policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def size(document: Any) -> int:
    """The length of a policy when all references have become names as long as they usually get."""
    return len(json.dumps(resolved(document), separators=(",", ":")))


def resolved(value: Any) -> Any:
    """A part of a template, with names in place of references."""
    if isinstance(value, list):
        return [resolved(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Join" in value:
        return "".join(resolved(item) for item in value["Fn::Join"][1])
    if "Ref" in value or "Fn::GetAtt" in value:
        return LONG.get(value.get("Ref"), "arn:aws:iam::111122223333:role/Many-a-name-of-64-characters-at-most")
    return {key: resolved(item) for key, item in value.items()}
