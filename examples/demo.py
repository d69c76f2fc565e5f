"""What `make demo` runs: app.py, deployed by the real CDK CLI to an AWS on this machine, and what it imported."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console
from rich.table import Table

from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

T = TypeVar("T")

HOME = Path(__file__).parent.parent
SPEED = 200
"""Seconds that pass for the services in one real second: the imports take five minutes each."""

console = Console(highlight=False)


def main() -> int:
    """Starts the offline AWS, deploys the app, shows the imported data and stops."""
    with OfflineAws(speed=SPEED) as aws:
        console.print(
            f"An AWS on this machine, at {aws.endpoint_url}. Its time is compressed: {SPEED} seconds pass there in one "
            "of yours."
        )
        step("cdk bootstrap", lambda print_line: aws.bootstrap(cwd=HOME, on_output=print_line))
        deployed = step("cdk deploy", lambda print_line: deploy(aws, print_line))
        if deployed.returncode:
            console.print(deployed.stdout, style="red")
            return 1
        console.print(imported(aws))
    console.print("\nThe AWS on this machine is gone again. To deploy the same app to an account of yours:\n")
    console.print("  npx cdk bootstrap && npx cdk deploy\n", style="bold")
    console.print(
        "with the account's credentials in the environment and .venv/bin first in PATH. Personalize bills what you "
        "import and store; `npx cdk destroy` removes all but the files in the CDK's bootstrap bucket."
    )
    return 0


def deploy(aws: OfflineAws, print_line: Callable[[str], None]) -> subprocess.CompletedProcess[str]:
    """Runs `cdk deploy` on app.py."""
    return aws.cdk("deploy", "--require-approval", "never", cwd=HOME, on_output=print_line)


def step(name: str, work: Callable[[Callable[[str], None]], T]) -> T:
    """Runs something that takes long, and shows its progress."""
    began = time.monotonic()
    with console.status(f"{name} ...") as status:
        done = work(lambda line: status.update(f"{name}: {line.strip()[: console.width - len(name) - 6]}"))
    console.print(f"{name}: {time.monotonic() - began:.0f} s of your time")
    return done


def imported(aws: OfflineAws) -> Table:
    """Returns what the service reports about its import jobs and their datasets."""
    personalize = aws.client("personalize")
    table = Table(title="What was imported", caption=f"Took: in compressed time, {SPEED} times as fast as yours")
    for column in ("Job", "Dataset", "Status", "Rows", "Took"):
        table.add_column(column, no_wrap=True, justify="right" if column == "Rows" else "left")
    for summary in personalize.list_dataset_import_jobs()["datasetImportJobs"]:
        arn = summary["datasetImportJobArn"]
        job = personalize.describe_dataset_import_job(datasetImportJobArn=arn)["datasetImportJob"]
        dataset = personalize.describe_dataset(datasetArn=job["datasetArn"])["dataset"]
        took = timedelta(seconds=round((job["lastUpdatedDateTime"] - job["creationDateTime"]).total_seconds()))
        rows = aws.personalize.row_count(job["datasetArn"])
        table.add_row(job["jobName"], dataset["name"], job["status"], f"{rows:,}", str(took))
    return table


if __name__ == "__main__":
    sys.exit(main())
