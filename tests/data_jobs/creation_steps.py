"""Calls that create jobs, and the Updates that request them."""

from __future__ import annotations

import datetime as dt
from typing import Any

FIRST_NAME = "shop-interactions-19f1064b"
ARN = "arn:aws:personalize:eu-west-1:111122223333:dataset-import-job/"


def create_parameters(name: str = FIRST_NAME) -> dict[str, Any]:
    """The parameters that the service must get: CloudFormation's string has become a boolean again."""
    return {
        "jobName": name,
        "datasetArn": "arn:aws:personalize:eu-west-1:111122223333:dataset/shop/INTERACTIONS",
        "dataSource": {"dataLocation": "s3://bucket/interactions.csv"},
        "roleArn": "arn:aws:iam::111122223333:role/service-role",
        "publishAttributionMetricsToS3": True,
    }


def job_response(name: str = FIRST_NAME, status: str = "CREATE IN_PROGRESS", **changes: Any) -> dict[str, Any]:
    created = dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)
    job = {**create_parameters(name), "datasetImportJobArn": ARN + name, "status": status, "creationDateTime": created}
    return {"datasetImportJob": {**job, **changes}}
