"""Entries: a job of each kind that runs a program or a query of another service, with each argument of its own."""

from typing import Any

from catalogue import run_jobs
from catalogue.shop import Shop

from cdk_data_jobs import stepfunctions


def step_functions_execution(shop: Shop, id: str = "Job", **options: Any) -> stepfunctions.Execution:
    return run_jobs.execute(
        shop,
        id,
        input={"bucket": shop.bucket.bucket_name, "tables": ["orders", "readers"]},
        trace_header="Root=1-5759e988-bd862e3fe1be46a9",
        encryption_key=shop.key,
        **options,
    )
