"""The property-based tests of the whole tree, with ten times the examples of every day."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

TREE = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "pytest", "tests", "--ignore=tests/proof", "-m", "hypothesis", "-q"]
OPTIONS = ["--hypothesis-profile=thorough", "--hypothesis-show-statistics", "-n", "auto", "--maxprocesses", "4"]


def test_every_property_holds_for_a_thousand_examples(record: Any, everything: bool) -> None:
    if not everything:
        pytest.skip("takes minutes: --all")
    done = subprocess.run([*COMMAND, *OPTIONS], cwd=TREE, capture_output=True, text=True, check=False)  # noqa: S603 - our own tests

    assert done.returncode == 0, done.stdout.partition("= Hypothesis Statistics =")[0][-20_000:]
    examples: Counter[str] = Counter()
    name = ""
    for line in done.stdout.splitlines():
        if found := re.match(r"\S+::test_(\w+)", line):
            name = found[1].replace("_", " ")
        elif found := re.match(r" +- (\d+) passing, 0 failing", line):
            examples[name] += int(found[1])
    assert examples
    for name, tried in sorted(examples.items()):
        record.add("bad_input", property=name, examples=tried, result="holds")
