"""The function as it is recorded: after each of its steps, what the bucket holds is kept beside what the run says."""

from __future__ import annotations

import hashlib
import json
import time
from types import SimpleNamespace
from typing import Any

import boto3

from data_jobs import batches, copies
from data_jobs.aws import Aws
from data_jobs.handler import handler as take_step

BUCKET, SNAPSHOTS = "recorded-data", "snapshots/"
SECONDS_OF_A_COPY = 130
"""So that a step has time for two files."""

clock = SimpleNamespace(now=0.0)
copy_file = Aws.copy_file


def copy_slowly(aws: Aws, source: str, target: str) -> None:
    """Copy a file, as if it were large."""
    copy_file(aws, source, target)
    clock.now += SECONDS_OF_A_COPY


Aws.copy_file = copy_slowly  # type: ignore[method-assign]
copies.time = batches.time = SimpleNamespace(monotonic=lambda: clock.now, time=time.time)  # type: ignore[assignment]


def handler(event: dict[str, Any], context: Any) -> Any:
    """Take a step, or start a run."""
    run = take_step(event, context)
    if run:
        s3 = boto3.client("s3")
        keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
        objects = {
            key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
            for key in keys
            if not key.startswith(SNAPSHOTS)
        }
        s3.put_object(Bucket=BUCKET, Key=snapshot_of(dict(run)), Body=json.dumps(objects).encode())
    return run


def snapshot_of(run: dict[str, Any]) -> str:
    """Where what the bucket held after a step is kept."""
    return SNAPSHOTS + hashlib.sha256(json.dumps(run, sort_keys=True).encode()).hexdigest()
