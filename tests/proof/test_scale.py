"""Scale: hundreds of jobs in a stack, the quota of five, the quotas of calls, and a million rows."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from scale.deployment import Deployment, Phase
from scale.stacks import (
    APP,
    JOB,
    MAX_LOCAL_JOBS,
    csv_file,
    dataset,
    local_file,
    max_at_once,
    number_of,
    settings,
    stack_for,
)

from cdk_data_jobs_local import OfflineAws
from cdk_data_jobs_local.account_settings import QUOTAS
from cdk_data_jobs_local.ministack_fixes.quotas import LARGE_REGIONS, STEP_FUNCTIONS

MAX_RESOURCES, MAX_TEMPLATE_BYTES = 500, 1_000_000
MAX_ROLE_POLICIES, MAX_BUCKET_POLICY = 10_240, 20_480
LONG = {"AWS::Partition": "aws-us-gov", "AWS::AccountId": "1" * 12, "AWS::Region": "ap-southeast-2"}
DATASET = "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/INTERACTIONS"
ROWS = 1_000_000
SMALL_REGION = "eu-central-1"
LISTING = "percent of ListExecutions' refill that 400 would take"
MAX_LISTING_PERCENT = 25
MEGABYTE = 1024 * 1024


def test_four_hundred_jobs_fit_into_a_stack(tmp_path: Path, record: Any) -> None:
    jobs = 400
    began = time.monotonic()
    template = synthesized(jobs, MAX_LOCAL_JOBS, tmp_path)
    seconds = time.monotonic() - began

    resources = json.loads(template)["Resources"].values()
    types = Counter(resource["Type"] for resource in resources)
    policies: dict[str, Counter[str]] = {"AWS::IAM::Policy": Counter(), "AWS::S3::BucketPolicy": Counter()}
    for resource in (one for one in resources if one["Type"] in policies):
        properties = resource["Properties"]
        for owner in properties.get("Roles", [properties.get("Bucket")]):
            policies[resource["Type"]][json.dumps(owner)] += size(properties["PolicyDocument"])
    of_roles, of_buckets = (max(sizes.values()) for sizes in policies.values())
    record.add("scale", what=f"{jobs} jobs in a stack: seconds of the synthesis", figure=seconds)
    record.add("scale", what=f"resources, of {MAX_RESOURCES} that are possible", figure=sum(types.values()))
    record.add("scale", what=f"bytes of the template, of {MAX_TEMPLATE_BYTES:,}", figure=f"{len(template):,}")
    record.add("scale", what=f"characters of a role's policies, of {MAX_ROLE_POLICIES:,}", figure=f"{of_roles:,}")
    record.add("scale", what=f"characters of a bucket's policy, of {MAX_BUCKET_POLICY:,}", figure=f"{of_buckets:,}")
    assert types[JOB] == jobs
    assert sum(types.values()) <= min(MAX_RESOURCES, jobs + 12 + 4 * 4)
    assert len(template) <= MAX_TEMPLATE_BYTES
    assert of_roles <= MAX_ROLE_POLICIES
    assert of_buckets <= MAX_BUCKET_POLICY


def test_many_jobs_at_once_wait_for_their_turn(tmp_path: Path, record: Any, everything: bool) -> None:
    jobs, chain, chained = (50, 5, 25) if everything else (20, 5, 10)
    followers = [number for number in range(chained) if number % chain]
    with stack_for(jobs, tmp_path, speed=15, region=SMALL_REGION, quotas="new") as stack:
        seconds = stack.deploy(jobs, local=jobs // 2, chain=chain, chained=chained)

        stack.assert_each_ran_once(jobs)
        made = {number_of(job): job for job in stack.jobs}
        assert all(made[number - 1]["ended"] <= made[number]["creationDateTime"] for number in followers)
        refused = stack.aws.personalize.calls()["CreateDatasetImportJob"] - jobs
        stack.delete()
        stack.assert_nothing_remains()
    record.add(
        "scale", what=f"{jobs} jobs at once against the quota of five: seconds of the deployment", figure=seconds
    )
    record.add("scale", what="most of them at a time", figure=max_at_once([*made.values()]))
    record.add("scale", what="creations that were refused for the quota and tried again", figure=refused)


def test_four_hundred_jobs_run_once_each(tmp_path: Path, record: Any, everything: bool) -> None:
    if not everything:
        pytest.skip("takes minutes: --all")
    jobs = 400
    # If it ran faster, the machine could not keep up with the clock. Ten functions could not keep up with it either,
    # for each takes several times longer here than in AWS: what a new account does is counted in virtual time.
    with stack_for(jobs, tmp_path, speed=4, quotas="established") as stack:
        seconds = stack.deploy(jobs, local=MAX_LOCAL_JOBS)

        stack.assert_each_ran_once(jobs)
        deletion = stack.delete()
        stack.assert_nothing_remains()
    record.add("scale", what=f"{jobs} jobs deployed, each once: seconds of the deployment", figure=seconds)
    record.add("scale", what="seconds of the stack's deletion", figure=deletion)


@pytest.mark.parametrize(("age", "region"), [("established", LARGE_REGIONS[-1]), ("new", SMALL_REGION)])
def test_jobs_that_wait_leave_the_accounts_quotas_to_others(
    tmp_path: Path, record: Any, everything: bool, age: str, region: str
) -> None:
    jobs, seconds = (400, 30) if everything else (50, 120)
    local = min(MAX_LOCAL_JOBS, jobs // 2)
    template = json.loads(synthesized(jobs, local, tmp_path, region).decode())
    with contextlib.closing(Deployment(template, region=region, quotas=age, seconds=seconds)) as stack:
        stack.put_files(csv_file(1))
        creation = stack.create()
        created = stack.statuses
        stack.settle()
        copies = len(stack.copies)
        deletion = stack.delete()
        deleted = stack.statuses
        stack.settle()
        left = len(stack.copies)
        made = stack.jobs

    label = f"{jobs} jobs, {age} account, {region}"
    record.add("scale", what=f"{label}: hours that a job waited, on average", figure=creation.job_hours / jobs)
    for what, figure in quota_usage(creation, age, region).items():
        record.add("scale", what=f"{label}: {what}", figure=figure)
    record.add("scale", what=f"{label}: seconds of the stack's deletion", figure=deletion.seconds)
    record.add("scale", what=f"{label}: ListExecutions calls of it", figure=deletion.calls["ListExecutions"].made)
    record.add("scale", what=f"{label}: of these, throttled", figure=deletion.calls["ListExecutions"].throttled)
    assert created == deleted == {"SUCCESS": jobs}
    assert [job["status"] for job in made] == ["ACTIVE"] * jobs
    assert len({job["dataSource"]["dataLocation"] for job in made}) == jobs
    assert max_at_once(made) <= 5
    assert (copies, left) == (0, 0)  # a bucket that is not empty would not be deleted
    assert quota_usage(creation, age, region)[LISTING] < MAX_LISTING_PERCENT


def test_a_stack_that_is_deleted_while_its_jobs_wait_asks_little(tmp_path: Path, record: Any, everything: bool) -> None:
    jobs = 400 if everything else 50
    local = min(MAX_LOCAL_JOBS, jobs // 2)
    template = json.loads(synthesized(jobs, local, tmp_path, SMALL_REGION).decode())
    with contextlib.closing(Deployment(template, region=SMALL_REGION, quotas="new", seconds=600)) as stack:
        stack.put_files(csv_file(1))
        stack.create(within=300)
        deletion = stack.delete()
        deleted = stack.statuses
        stack.settle()
        left, made = len(stack.copies), stack.jobs

    label = f"{jobs} jobs, deleted while they wait, new account, {SMALL_REGION}"
    record.add("scale", what=f"{label}: seconds of the stack's deletion", figure=deletion.seconds)
    for operation in ("ListExecutions", "DescribeExecution"):
        record.add("scale", what=f"{label}: {operation} calls of it", figure=deletion.calls[operation].made)
    assert deleted == {"SUCCESS": jobs}
    assert [job["status"] for job in made] == ["ACTIVE"] * 5
    assert left == 0
    assert deletion.calls["DescribeExecution"].made < jobs


def test_a_million_rows_are_imported(record: Any, everything: bool) -> None:
    if not everything or not Path("/proc").exists():
        pytest.skip("takes a minute, and Linux, which tells the memory of a process: --all")
    small, large = imported(ROWS // 10), imported(ROWS)

    record.add("scale", what=f"{ROWS:,} rows imported: seconds", figure=large["seconds"])
    record.add("scale", what="rows a second", figure=ROWS / large["seconds"])
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


def synthesized(jobs: int, local: int, folder: Path, region: str = "eu-west-1") -> bytes:
    """The template of a stack of so many jobs, some of which read a local file."""
    local_file(folder).write_bytes(csv_file(1))
    buckets = [f"many-{number}" for number in range((jobs + 99) // 100)]
    options = settings(jobs, buckets, DATASET.replace("eu-west-1", region), folder=folder, local=local)
    environment = {**os.environ, "MANY": json.dumps(options), "CDK_OUTDIR": str(folder)}
    subprocess.run([sys.executable, APP], env=environment, check=True)  # noqa: S603 - the app beside
    return (folder / "Many.template.json").read_bytes()


def quota_usage(phase: Phase, age: str, region: str) -> dict[str, float]:
    """What 400 jobs that wait would take of each quota, on average, and what was taken in the busiest minute."""
    refills = {name: figures[region not in LARGE_REGIONS][1] for name, figures in STEP_FUNCTIONS.items()}
    stack_calls = QUOTAS[age]["stack_calls"]
    hourly = {name: calls.made / phase.job_hours for name, calls in phase.calls.items()}
    taken = {name: 100 * 400 * rate / 3600 / refills.get(name, stack_calls) for name, rate in hourly.items()}
    return {
        "ListExecutions calls per job-hour": hourly["ListExecutions"],
        LISTING: taken["ListExecutions"],
        "the most of them in a minute": phase.busiest["ListExecutions"],
        "percent of StartExecution's": taken["StartExecution"],
        "percent of DescribeExecution's": taken["DescribeExecution"],
        "percent of what is guessed of DescribeStacks'": taken["DescribeStacks"],
        "DescribeStacks calls that were throttled": phase.calls["DescribeStacks"].throttled,
        "percent of the functions that may run at once, on average": 100
        * phase.busy
        / QUOTAS[age]["concurrent_executions"],
        "the most functions at once": phase.functions,
    }


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
    """A part of a template, with names instead of references."""
    if isinstance(value, list):
        return [resolved(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Join" in value:
        return "".join(resolved(item) for item in value["Fn::Join"][1])
    if "Fn::Sub" in value:
        return re.sub(r"\$\{([^}]+)\}", lambda found: LONG[found[1]], value["Fn::Sub"])
    if "Ref" in value or "Fn::GetAtt" in value:
        return LONG.get(value.get("Ref"), "arn:aws:iam::111122223333:role/Many-a-name-of-64-characters-at-most")
    return {key: resolved(item) for key, item in value.items()}
