"""Every mutant that no test sees has a reason, and is one of the code as it is."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent))  # this folder is no package
from mutations import mutants

HERE = Path(__file__).parent
HOME = HERE.parents[1]
FOLDERS = {"engine": HOME / "lambda/data_jobs", "constructs": HOME / "constructs/cdk_data_jobs"}
LIST: dict[str, list[dict[str, Any]]] = json.loads((HERE / "survivors.json").read_text(encoding="utf-8"))


def test_every_survivor_has_one_reason() -> None:
    for module, groups in LIST.items():
        listed = [mutant for group in groups for mutant in group["mutants"]]
        assert listed, module
        assert len(listed) == len({*listed}), module
        assert all(len(group["reason"]) > 20 for group in groups), module


@pytest.mark.parametrize("module", LIST)
def test_every_survivor_is_a_mutant_of_the_code_as_it_is(module: str) -> None:
    part, _, name = module.partition("/")
    [file] = FOLDERS[part].rglob(f"{name}.py")
    keys = {mutant.key for mutant in mutants(file)}

    assert {mutant for group in LIST[module] for mutant in group["mutants"]} - keys == set()
