"""How many rows a second does the AWS on this machine import, and in how much memory?"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.offline import make_dataset
from benchmarks.reading import CSV_READER, MEGABYTE, MOST_TIMES_AS_LONG, Figures, fastest_of
from benchmarks.results import Sample, Table, Target, ratio
from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_TO_IMPORT = 1_000_000
BYTES_OF_A_ROW = 20  # by which its memory may grow

_TEXT = """\
The offline AWS' import: from the call that creates the job until it is ACTIVE, with what it does besides reading: it
assumes the role, reads from the S3 on this machine, checks every value, and keeps the rows on disk. The memory is what
the server's process has more at its most than before, less the file, which its S3 keeps in memory."""


def import_some_times(runs: int, body: bytes, rows: int) -> Figures:
    """Imports a file some times."""
    done = [_import(body, rows) for _ in range(runs)]
    return {name: Sample(tuple(one[name] for one in done)) for name in ("seconds", "peak")}


def _import(body: bytes, rows: int) -> dict[str, float]:
    """Imports a file into an AWS of its own, and returns the seconds, and the bytes of memory beside the file."""
    with OfflineAws(speed=60) as aws:
        aws.personalize.durations(pending=0, in_progress=0.1, creating=0)
        role = _role_and_bucket(aws, body)
        dataset = make_dataset(aws)
        _forget_most_memory(aws)
        before = _memory(aws, "VmRSS")
        personalize = aws.client("personalize", read_timeout=600)
        began = time.monotonic()
        job = personalize.create_dataset_import_job(
            jobName="rows", datasetArn=dataset, roleArn=role, dataSource={"dataLocation": "s3://rows/rows.csv"}
        )["datasetImportJobArn"]
        while (status := _status(personalize, job)) not in ("ACTIVE", "CREATE FAILED"):
            time.sleep(0.05)
        seconds = time.monotonic() - began
        if status != "ACTIVE" or aws.personalize.row_count(dataset) != rows:
            raise RuntimeError(f"the import of {rows} rows ended as {status}")
        return {"seconds": seconds, "peak": _memory(aws, "VmHWM") - before}


def _status(personalize: Any, job: str) -> str:  # noqa: ANN401 - boto3 has no types
    described = personalize.describe_dataset_import_job(datasetImportJobArn=job)
    return str(described["datasetImportJob"]["status"])


def _role_and_bucket(aws: OfflineAws, body: bytes) -> str:
    """Makes a role and a bucket that the service may use, puts the file there, and returns the role's ARN."""
    service = {"Service": "personalize.amazonaws.com"}
    allow = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"]}
    allow |= {"Resource": ["arn:aws:s3:::rows", "arn:aws:s3:::rows/*"]}
    s3, iam = aws.client("s3", read_timeout=600), aws.client("iam")
    s3.create_bucket(Bucket="rows", CreateBucketConfiguration={"LocationConstraint": aws.region})
    s3.put_bucket_policy(Bucket="rows", Policy=_policy({**allow, "Principal": service}))
    s3.put_object(Bucket="rows", Key="rows.csv", Body=body)
    trust = _policy({"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"})
    role = iam.create_role(RoleName="rows", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="rows", PolicyName="read", PolicyDocument=_policy(allow))
    return str(role)


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _memory(aws: OfflineAws, name: str) -> float:
    """Bytes of memory of the server's process."""
    status = Path(f"/proc/{aws.server.pid}/status").read_text(encoding="utf-8")
    return next(float(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith(f"{name}:"))


def _forget_most_memory(aws: OfflineAws) -> None:
    """Lets the most memory that the server's process had count from now on: the file's upload took some (proc(5))."""
    Path(f"/proc/{aws.server.pid}/clear_refs").write_text("5", encoding="utf-8")


def targets(imported: Mapping[int, Figures], read: Mapping[int, Mapping[str, Figures]]) -> list[Target]:
    """What is wanted of the import."""
    most, least = max(imported), min(imported)
    seconds, fastest = imported[most]["seconds"].median, fastest_of(read[most])
    best, slow = (read[most][way]["seconds"].median for way in (fastest, CSV_READER))
    growth = (imported[most]["peak"].median - imported[least]["peak"].median) / (most - least)
    return [
        Target(
            figure=f"the offline import of {most:,} rows, against the fastest reader",
            wanted=f"at most {MOST_TIMES_AS_LONG} x the time of {fastest}",
            got=f"{ratio(seconds, best)}, {most / seconds:,.0f} rows a second",
            met=seconds <= MOST_TIMES_AS_LONG * best,
            because=f"it also checks every value and keeps every row; {ratio(seconds, slow)} the time of {CSV_READER}",
        ),
        Target(
            figure="its memory beside the file, more bytes for each row more",
            wanted=f"constant: at most {BYTES_OF_A_ROW}",
            got=f"{growth:.1f}",
            met=growth <= BYTES_OF_A_ROW,
            because=f"it is {imported[most]['peak'].median / MEGABYTE:.0f} MB for {most:,} rows",
        ),
    ]


def table(imported: Mapping[int, Figures], read: Mapping[int, Mapping[str, Figures]]) -> Table:
    """What was measured."""
    rows = []
    for count, figures in imported.items():
        fastest = read[count][fastest_of(read[count])]["seconds"].median
        speeds = Sample(tuple(count / seconds for seconds in figures["seconds"].values))
        memory = Sample(tuple(value / MEGABYTE for value in figures["peak"].values))
        rows.append([f"{count:,}", ratio(figures["seconds"].median, fastest), f"{speeds:,.0f}", f"{memory:.0f}"])
    return Table(["rows", "time, x the fastest reader's", "rows a second", "megabytes beside the file"], rows, _TEXT)
