"""How long does a new instance of the function take until it is ready?"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.engine import LAMBDA, REGION
from benchmarks.results import Sample, Section, Table, Target, in_turns, ratio

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MAX_RATIO = 1.15
_CLIENT = "import boto3\nboto3.client('{}')\n"
_HANDLER = "from data_jobs.handler import handler\n"
_AWS = f"from data_jobs.aws import Aws\naws = Aws('arn:aws:lambda:{REGION}:111122223333:function:f')\n"
_OF_JOB = "aws._client('personalize', of_job=True)\n"
CASES = {
    "nothing": "",
    "bare": _CLIENT.format("stepfunctions"),
    "request": _HANDLER + _AWS + "aws._client('stepfunctions', of_job=False)\n",
    "bare step": _CLIENT.format("personalize"),
    "step": _HANDLER + _AWS + _OF_JOB,
    "first step": _HANDLER + _AWS + "aws._client('cloudformation', of_job=False)\n" + _OF_JOB,
}
"""What a new interpreter does: nothing; make a bare client, of Step Functions or of the job's service; or import the
handler and make the clients of an invocation by CloudFormation, of a look at a job, or of a job's creation."""
_ROWS = {
    "a request of CloudFormation: Step Functions": ("request", "bare"),
    "a look at a job: Amazon Personalize": ("step", "bare step"),
    "the creation of a job: Amazon Personalize and CloudFormation": ("first step", "bare step"),
}
_TEXT = """\
In a new interpreter: the import of the function's handler and the making of the clients that an invocation needs,
against `import boto3` and a bare `boto3.client(...)` of the same service; both without the start of the interpreter.
boto3 is compiled, as Lambda's runtime has it, and the function's own code is not, as it comes to Lambda. {}"""
_INSTRUCTIONS = "Counted in instructions, by valgrind, which are the same at every run; the times are of the processor."
_TIMES = "valgrind is not installed, which would count instructions: the targets are for the processor's time."


def measure(folder: Path, runs: int) -> Section:
    """Measures.

    Args:
        folder: Where a copy of the function's code goes that nobody has compiled.
        runs: How many times.
    """
    code = folder / "function"
    shutil.copytree(LAMBDA, code, ignore=shutil.ignore_patterns("__pycache__"))
    times = in_turns(runs, CASES, lambda case: _processor_seconds(code, CASES[case]))
    valgrind = shutil.which("valgrind")
    counted = {case: _instructions(valgrind, code, source) for case, source in CASES.items()} if valgrind else None
    figures = counted or {case: min(sample.values) for case, sample in times.items()}
    own = {case: figure - figures["nothing"] for case, figure in figures.items()}
    target = Target(
        figure="cold start of the function, against a bare `boto3.client(...)`",
        wanted=f"at most {MAX_RATIO:.2f} x",
        got=ratio(own["request"], own["bare"]),
        met=own["request"] <= MAX_RATIO * own["bare"],
        because=f"its own code takes {ratio(own['request'] - own['bare'], own['bare'])} of the bare client's start",
    )
    text = _TEXT.format(_INSTRUCTIONS if counted else _TIMES)
    return Section(title="Cold start", text=text, targets=[target], tables=[_table(own, counted, times)])


def _table(own: Mapping[str, float], counted: Mapping[str, float] | None, times: Mapping[str, Sample]) -> Table:
    rows = []
    for what, (case, bare) in _ROWS.items():
        row: list[object] = [what, ratio(own[case], own[bare])]
        for one in (case, bare):
            if counted:
                row.append(f"{own[one] / 1e6:,.0f}")
            sample = times[one]
            row.append(f"{Sample(tuple(1000 * value for value in sample.values)):.0f}")
        rows.append(row)
    names = ["million instructions"] * bool(counted) + ["ms, with the interpreter's start"]
    columns = ["for", "ratio", *(f"ours, {name}" for name in names), *(f"bare, {name}" for name in names)]
    return Table(columns, rows)


def environment(code: Path) -> dict[str, str]:
    """Returns the environment of a new interpreter that finds the function's code.

    Args:
        code: The folder of the code.
    """
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(code),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }


def _processor_seconds(code: Path, source: str) -> float:
    measured = source + "import resource\nused = resource.getrusage(resource.RUSAGE_SELF)\n"
    measured += "print(used.ru_utime + used.ru_stime)\n"
    done = subprocess.run(  # noqa: S603 - a source of this module
        [sys.executable, "-c", measured], env=environment(code), capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def _instructions(valgrind: str, code: Path, source: str) -> float:
    options = ["--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={os.devnull}"]
    done = subprocess.run(  # noqa: S603 - a source of this module
        [valgrind, *options, sys.executable, "-c", source],
        env=environment(code),
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"I\s+refs:\s+([0-9,]+)", done.stderr)
    if found is None:
        raise RuntimeError(f"valgrind did not tell how many instructions:\n{done.stderr}")
    return float(found[1].replace(",", ""))
