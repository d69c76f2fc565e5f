"""Makes watch.svg, the picture of `data-jobs watch`: `.venv/bin/python docs/pictures/make_watch.py`, in four minutes.

It deploys a bookshop's data to the offline AWS, in real time, with one import at a time so that the next waits for the
quota, and takes the picture of what the command shows when everything is to be seen. Only the seconds differ from one
run to the next. With the arguments `app` and a folder it is the CDK app that is deployed.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.spinner import Spinner
from rich.terminal_theme import MONOKAI

HERE = Path(__file__).parent
HOME = HERE.parent.parent
DATA = HOME / "examples" / "data"
STACK = "Bookshop"
WIDTH = 120
MAX_WAIT = 300


def write(folder: Path) -> None:
    """Writes the readers: six files, one of which is no text."""
    for number in range(1, 7):
        rows = [f"EMAIL,{row}@example.com,{number}-{row}" for row in range(200)]
        body = "\n".join(["ChannelType,Address,Id", *rows, ""]).encode()
        (folder / f"{number}.csv").write_bytes(b"\xff" if number == 1 else body)


def declare(readers: str) -> None:
    """Synthesize the app."""
    from aws_cdk import App, Duration, Stack, aws_personalize, aws_pinpoint  # noqa: PLC0415 - the picture needs none

    from cdk_data_jobs import DataSource, personalize, pinpoint  # noqa: PLC0415

    app = App()
    stack = Stack(app, STACK)
    group = aws_personalize.CfnDatasetGroup(stack, "Group", name="bookshop")
    datasets = {
        "Items": {"ITEM_ID": "string", "GENRE": "string", "PRICE": "float"},
        "Users": {"USER_ID": "string", "AGE_GROUP": "string"},
        "Interactions": {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long", "EVENT_TYPE": "string"},
    }
    imports = []
    for kind, columns in datasets.items():
        categories = ("GENRE", "AGE_GROUP")
        fields = [
            {"name": name, "type": type_, **({"categorical": True} if name in categories else {})}
            for name, type_ in columns.items()
        ]
        record = {"type": "record", "name": kind, "namespace": "shop", "fields": fields, "version": "1.0"}
        schema = aws_personalize.CfnSchema(stack, f"{kind}Schema", name=kind.lower(), schema=json.dumps(record))
        dataset = aws_personalize.CfnDataset(
            stack,
            kind,
            name=kind.lower(),
            dataset_type=kind,
            dataset_group_arn=group.attr_dataset_group_arn,
            schema_arn=schema.attr_schema_arn,
        )
        source = DataSource.from_asset(str(DATA / f"{kind.lower()}.csv"))
        imports.append(personalize.DatasetImportJob(stack, f"Import{kind}", dataset=dataset, source=source))
    again = personalize.DatasetImportJob(
        stack,
        "ImportSale",
        dataset=personalize.Dataset.from_dataset_arn(stack, "Sale", dataset.attr_dataset_arn),
        source=DataSource.from_asset(str(DATA / "interactions.csv")),
        timeout=Duration.minutes(30),
    )
    again.node.add_dependency(*imports)
    pinpoint.ImportJob(
        stack,
        "ImportReaders",
        application=aws_pinpoint.CfnApp(stack, "Readers", name="bookshop"),
        source=DataSource.from_asset(readers),
        format=pinpoint.Format.CSV,
        register_endpoints=True,
        max_failures=1,
    )
    app.synth()


def main() -> None:
    """Deploy, and take the picture."""
    from cdk_data_jobs_cli.aws.client import AwsClient  # noqa: PLC0415 - the app needs none of them
    from cdk_data_jobs_cli.aws.deployment import Deployment  # noqa: PLC0415
    from cdk_data_jobs_cli.aws.job_state import StackSnapshot  # noqa: PLC0415
    from cdk_data_jobs_cli.aws.stack import Stack  # noqa: PLC0415
    from cdk_data_jobs_cli.display.table import render  # noqa: PLC0415
    from cdk_data_jobs_local import OfflineAws  # noqa: PLC0415

    def is_complete(snapshot: StackSnapshot) -> bool:
        return (
            snapshot.count("succeeded") == 1
            and snapshot.count("waiting") == 1
            and any(job.waiting_for == "quota" for job in snapshot.jobs)
            and any(job.waiting_for == "job" and job.progress.pieces for job in snapshot.jobs)
        )

    with OfflineAws() as aws:
        aws.bootstrap(cwd=HOME)
        aws.personalize.settings(concurrent_imports=1, pending=5, in_progress=35, creating=1)
        aws.pinpoint.durations(pending=5, in_progress=200)
        # The change set is made by the CLI and executed here, so that nobody has to wait for the end.
        with tempfile.TemporaryDirectory() as folder:
            options = "--method", "prepare-change-set", "--change-set-name", "picture", "--require-approval", "never"
            readers = Path(folder) / "readers"
            readers.mkdir()
            write(readers)
            app = f"{sys.executable} {__file__} app {readers}"
            prepared = aws.cdk("deploy", *options, app=app, cwd=HOME, outdir=Path(folder) / "cdk.out")
        if prepared.returncode:
            sys.exit(prepared.stdout)
        aws.client("cloudformation").execute_change_set(StackName=STACK, ChangeSetName="picture")
        os.environ.update(aws.environment)
        client = AwsClient()
        deployment = Deployment(Stack(client, client.describe_stack(STACK)))
        ends = time.monotonic() + MAX_WAIT
        while not is_complete(snapshot := deployment.snapshot()):
            if snapshot.count("running") and snapshot.count("succeeded"):
                aws.personalize.durations(in_progress=MAX_WAIT)
            if time.monotonic() > ends:
                sys.exit(f"it did not come to what is to be seen: {snapshot}")
            time.sleep(1)
        console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
        console.print(render(snapshot, client.now(), WIDTH, spinner=Spinner("dots", style="cyan")))
    picture = console.export_svg(title=f"data-jobs watch {STACK}", theme=MONOKAI, unique_id="watch")
    # The fonts are those of who looks at it: a picture loads nothing.
    (HERE / "watch.svg").write_text(re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    declare(sys.argv[2]) if sys.argv[1:2] == ["app"] else main()
