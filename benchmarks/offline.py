"""How are the apps deployed to an AWS on this machine?"""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from benchmarks.assemblies import app_environment, command, synthesize
from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
COLUMNS = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}
NO_QUOTA = 1000  # imports at a time, so that nobody waits for a turn


@contextmanager
def account(folder: Path, speed: float) -> Iterator[Account]:
    """An AWS on this machine, bootstrapped, with a dataset to import into.

    Args:
        folder: Where cloud assemblies go.
        speed: How many seconds pass for the services in a real one.
    """
    with OfflineAws(speed=speed) as aws:
        aws.bootstrap(cwd=ROOT)
        aws.personalize.settings(concurrent_imports=NO_QUOTA, creating=0)
        yield Account(aws, folder)


class Account:
    """An AWS on this machine, and what the apps need there."""

    def __init__(self, aws: OfflineAws, folder: Path) -> None:
        """Makes the dataset.

        Args:
            aws: The AWS.
            folder: Where cloud assemblies go.
        """
        self.aws = aws
        self.folder = folder
        self.dataset = make_dataset(aws)
        self._empty: dict[str, str] = {}

    def prepare(self, app: str, stack: str, jobs: int) -> None:
        """Makes an app's stack without its jobs, and puts what they import into its bucket.

        Args:
            app: The app.
            stack: The stack's name.
            jobs: How many jobs there will be.
        """
        if app not in self._empty:
            # Synthesized once: stacks differ in the name of the bucket only.
            empty = synthesize(app, self.folder / f"empty-{app}", stack="Placeholder", jobs=0)
            self._empty[app] = json.dumps(empty.template)
        cloudformation = self.aws.client("cloudformation")
        cloudformation.create_stack(
            StackName=stack, TemplateBody=self._empty[app].replace("placeholder", stack.lower())
        )
        cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
        body = csv_file(1000)
        for number in range(jobs):
            key = f"day-{number:03}/interactions.csv"
            self.aws.client("s3").put_object(Bucket=stack.lower(), Key=key, Body=body)

    def deploy(self, app: str, stack: str, jobs: int, **wanted: object) -> None:
        """Runs `cdk deploy` of a prepared app.

        Args:
            app: The app.
            stack: The stack's name.
            jobs: How many jobs.
            **wanted: What the app is told besides.

        Raises:
            RuntimeError: If it fails.
        """
        told = app_environment(validation=False, stack=stack, jobs=jobs, dataset=self.dataset, **wanted)
        with mock.patch.dict("os.environ", told):
            self._cdk(app, stack, " ".join(command(app)))

    def deploy_synthesized(self, app: str, stack: str, jobs: int, **wanted: object) -> None:
        """Runs `cdk deploy` of an app that is synthesized before; the arguments are as for `deploy`."""
        folder = self.folder / f"{stack}-{self.aws.server.port}"
        synthesize(app, folder, validation=False, stack=stack, jobs=jobs, dataset=self.dataset, **wanted)
        self._cdk(app, stack, str(folder), synthesized=True)

    def _cdk(self, app: str, stack: str, what: str, *, synthesized: bool = False) -> None:
        outdir = None if synthesized else self.folder / f"{stack}.out"
        done = self.aws.cdk("deploy", "--require-approval", "never", cwd=ROOT, app=what, outdir=outdir)
        if done.returncode != 0:
            raise RuntimeError(f"cdk deploy of {app}.py failed:\n{done.stdout}")

    def completed(self, stack: str) -> dict[str, float]:
        """When the resources that stand for each job were complete, in the services' time, by the job's ARN."""
        clock = self.aws.server.clock
        found: dict[str, float] = {}
        for event in self.aws.stack_events(stack):
            if event["ResourceStatus"].endswith("_COMPLETE"):
                real = event["Timestamp"].timestamp()
                found[event.get("PhysicalResourceId", "")] = clock.base + (real - clock.base) * clock.speed
        return found

    def jobs(self, stack: str) -> list[dict[str, Any]]:
        """The import jobs of a stack."""
        place = f"s3://{stack.lower()}/"
        return [job for job in self.aws.personalize.jobs() if job["dataSource"]["dataLocation"].startswith(place)]


def make_dataset(aws: OfflineAws) -> str:
    """Makes a dataset of interactions, and returns its ARN."""
    personalize = aws.client("personalize")
    fields = [{"name": name, "type": kind} for name, kind in COLUMNS.items()]
    avro = {"type": "record", "name": "Interactions", "namespace": "shop", "fields": fields, "version": "1.0"}
    schema = personalize.create_schema(name="shop", schema=json.dumps(avro))["schemaArn"]
    group = personalize.create_dataset_group(name="shop")["datasetGroupArn"]
    made = personalize.create_dataset(name="shop", schemaArn=schema, datasetGroupArn=group, datasetType="Interactions")
    return str(made["datasetArn"])


def csv_file(rows: int) -> bytes:
    """Interactions."""
    lines = (f"user-{row % 50_000},item-{row % 1999},{1_700_000_000 + row}\n" for row in range(rows))
    return "".join([",".join(COLUMNS) + "\n", *lines]).encode()
