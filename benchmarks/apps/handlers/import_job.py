"""The two functions that one writes for a CDK Provider to import a dataset and wait for the end."""

from __future__ import annotations

import hashlib
from typing import Any

import boto3

personalize = boto3.client("personalize")


def on_event(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Creates the job that a resource asks for; its deletion needs nothing."""
    if event["RequestType"] == "Delete":
        return {}
    properties = event["ResourceProperties"]
    suffix = hashlib.sha256(event["RequestId"].encode()).hexdigest()[:8]
    job = personalize.create_dataset_import_job(jobName=f"{properties['JobName']}-{suffix}", **properties["Parameters"])
    return {"PhysicalResourceId": job["datasetImportJobArn"]}


def is_complete(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Looks whether the job has ended."""
    if event["RequestType"] == "Delete":
        return {"IsComplete": True}
    arn = event["PhysicalResourceId"]
    job = personalize.describe_dataset_import_job(datasetImportJobArn=arn)["datasetImportJob"]
    if job["status"] == "CREATE FAILED":
        raise RuntimeError(f"the import failed: {job.get('failureReason')} ({arn})")
    return {"IsComplete": job["status"] == "ACTIVE"}
