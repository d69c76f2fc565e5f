"""How many rows a second are checked, and imported by the AWS on this machine, and in how much memory?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.offline import COLUMNS, csv_file, make_dataset
from benchmarks.results import Sample, Section, Table, Target, in_turns, ratio
from cdk_data_jobs_local import OfflineAws

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROWS = (100_000, 1_000_000, 3_000_000)
MOST_TO_IMPORT = 1_000_000
MOST_TIMES_AS_LONG = 2
CONSTANT = 1.1  # times as much memory for thirty times as many rows
BYTES_OF_A_ROW = 20  # and the import's may grow by so many

PACKAGES = ("duckdb", "pandas", "polars", "pyarrow")
CHECK, IMPORT = "`data-jobs check`", "the offline import"
_WAYS = {
    CHECK: "check",
    "csv.reader": "csv_reader",
    "pandas": "pandas",
    "polars": "polars",
    "pyarrow": "pyarrow",
    "DuckDB": "duckdb",
}
_MEGABYTE = 1024 * 1024
_TEXT = """\
Interactions of three columns, from a file that was just written. `data-jobs check` looks at every value; the readers
make values of all texts and numbers, and pandas, polars and DuckDB keep them in memory, where their packages allow with
all processors: what that takes of processors' time is given too. The readers are installed into an environment of its
own that is thrown away. Each reads in a process of its own, whose memory is given at its most, with its packages.
`data-jobs check` and csv.reader use one processor."""
_IMPORT = """\
The offline AWS' import: from the call that creates the job until it is ACTIVE, with what it does besides reading: it
assumes the role, reads from the S3 on this machine, checks every value, and keeps the rows on disk. The memory is what
the server's process has more at its most than before, less the file, which its S3 keeps in memory."""


def measure(folder: Path, runs: int, rows: Sequence[int]) -> Section:
    """Measures.

    Args:
        folder: Where files and the environment of the readers go.
        runs: How many times.
        rows: How many rows.
    """
    files = {count: folder / f"{count}.csv" for count in rows}
    for count, file in files.items():
        file.write_bytes(csv_file(count))
    schema = folder / "schema.json"
    fields = [{"name": name, "type": kind} for name, kind in COLUMNS.items()]
    namespace = "com.amazonaws.personalize.schema"
    avro = {"type": "record", "name": "Interactions", "namespace": namespace, "fields": fields, "version": "1.0"}
    schema.write_text(json.dumps(avro), encoding="utf-8")
    other = _environment_of_readers(folder / "readers")
    ways = [way for way in _WAYS if other or way in (CHECK, "csv.reader")]
    read = {count: _read(ways, runs, file, schema, other) for count, file in files.items()}
    imported = {
        count: _import_some_times(runs, file.read_bytes(), count)
        for count, file in files.items()
        if count <= MOST_TO_IMPORT
    }
    return Section(
        title="Rows",
        text=_TEXT if other else f"{_TEXT} They could not be installed here: csv.reader stands alone.",
        targets=[*_check_targets(read), *_import_targets(imported, read)],
        tables=[_read_table(read), _import_table(imported, read)],
    )


Figures = dict[str, Sample]
"""Seconds, seconds of processors, and bytes of memory, by `seconds`, `processor` and `peak`."""


def _environment_of_readers(folder: Path) -> Path | None:
    """The interpreter of an environment with the readers; none if they cannot be installed."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    command = [str(python), "-m", "pip", "install", "--quiet", "--only-binary=:all:", *PACKAGES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - pip's
    if done.returncode != 0:
        print(f"the readers cannot be installed: {done.stderr.strip()}", file=sys.stderr)
        return None
    return python


def _read(ways: Sequence[str], runs: int, file: Path, schema: Path, other: Path | None) -> Mapping[str, Figures]:
    measured: dict[str, list[dict[str, float]]] = {way: [] for way in ways}

    def once(way: str) -> float:
        own = way in (CHECK, "csv.reader") or other is None
        command = [sys.executable if own else str(other), str(Path(__file__).with_name("readers.py")), _WAYS[way]]
        done = subprocess.run(  # noqa: S603 - a script of this folder
            [*command, str(file), str(schema)], capture_output=True, text=True, check=True
        )
        measured[way].append(json.loads(done.stdout))
        return measured[way][-1]["seconds"]

    in_turns(runs, ways, once)
    names = ("seconds", "processor", "peak", "rows")
    return {
        way: {name: Sample(tuple(one[name] for one in values)) for name in names} for way, values in measured.items()
    }


def _check_targets(read: Mapping[int, Mapping[str, Figures]]) -> list[Target]:
    most, least = max(read), min(read)
    checked = read[most][CHECK]
    others = {way: figures["seconds"].median for way, figures in read[most].items() if way != CHECK}
    fastest = min(others, key=lambda way: others[way])
    times = checked["seconds"].median / others[fastest]
    processor = checked["processor"].median / min(
        figures["processor"].median for way, figures in read[most].items() if way != CHECK
    )
    growth = checked["peak"].median / read[least][CHECK]["peak"].median
    return [
        Target(
            figure=f"{CHECK} of {most:,} rows, against the fastest reader",
            wanted=f"at most {MOST_TIMES_AS_LONG} x the time of {fastest}",
            got=f"{times:.2f} x, {most / checked['seconds'].median:,.0f} rows a second",
            met=times <= MOST_TIMES_AS_LONG,
            because=(
                f"{fastest} is compiled and uses {os.cpu_count()} processors, and checks nothing; of processors' time "
                f"it takes {processor:.2f} x, and {checked['seconds'].median / others['csv.reader']:.2f} x the time of "
                "csv.reader"
            ),
        ),
        Target(
            figure=f"its memory for {most:,} rows, against {least:,}",
            wanted=f"constant: at most {CONSTANT} x",
            got=f"{growth:.2f} x, {checked['peak'].median / _MEGABYTE:.0f} MB",
            met=growth <= CONSTANT,
        ),
    ]


def _read_table(read: Mapping[int, Mapping[str, Figures]]) -> Table:
    rows: list[list[object]] = []
    for count, ways in read.items():
        checked = ways[CHECK]["seconds"].median
        for way, figures in ways.items():
            speeds = Sample(tuple(count / seconds / 1e6 for seconds in figures["seconds"].values))
            rows.append(
                [
                    way,
                    f"{count:,}",
                    ratio(figures["seconds"].median, checked),
                    f"{speeds:.2f}",
                    f"{figures['processor']:.2f}",
                    f"{figures['peak'].median / _MEGABYTE:.0f}",
                ]
            )
    columns = ["", "rows", "time, x the check's", "million rows a second", "seconds of processors", "megabytes at most"]
    return Table(columns, rows)


# --- the offline import ---


def _import_some_times(runs: int, body: bytes, rows: int) -> Figures:
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


def _import_targets(imported: Mapping[int, Figures], read: Mapping[int, Mapping[str, Figures]]) -> list[Target]:
    most, least = max(imported), min(imported)
    seconds = imported[most]["seconds"].median
    others = {way: figures["seconds"].median for way, figures in read[most].items() if way != CHECK}
    fastest = min(others, key=lambda way: others[way])
    growth = (imported[most]["peak"].median - imported[least]["peak"].median) / max(most - least, 1)
    return [
        Target(
            figure=f"{IMPORT} of {most:,} rows, against the fastest reader",
            wanted=f"at most {MOST_TIMES_AS_LONG} x the time of {fastest}",
            got=f"{seconds / others[fastest]:.1f} x, {most / seconds:,.0f} rows a second",
            met=seconds <= MOST_TIMES_AS_LONG * others[fastest],
            because=f"it also checks every value and keeps every row; {seconds / others['csv.reader']:.1f} x the time "
            "of csv.reader alone",
        ),
        Target(
            figure="its memory beside the file, more bytes for each row more",
            wanted=f"constant: at most {BYTES_OF_A_ROW}",
            got=f"{growth:.1f}",
            met=growth <= BYTES_OF_A_ROW,
        ),
    ]


def _import_table(imported: Mapping[int, Figures], read: Mapping[int, Mapping[str, Figures]]) -> Table:
    rows = []
    for count, figures in imported.items():
        fastest = min(one["seconds"].median for way, one in read[count].items() if way != CHECK)
        speeds = Sample(tuple(count / seconds for seconds in figures["seconds"].values))
        memory = Sample(tuple(value / _MEGABYTE for value in figures["peak"].values))
        rows.append([f"{count:,}", ratio(figures["seconds"].median, fastest), f"{speeds:,.0f}", f"{memory:.0f}"])
    return Table(["rows", "time, x the fastest reader's", "rows a second", "megabytes beside the file"], rows, _IMPORT)
