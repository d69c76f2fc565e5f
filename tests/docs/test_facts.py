"""docs/facts.md: the facts are complete, and the offline AWS states nothing else."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from docs import facts as page

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME = Path(__file__).parents[2]
LOCAL = HOME / "local" / "cdk_data_jobs_local"
MODULES = [path for room in ("services", "ministack_fixes", "server") for path in sorted((LOCAL / room).rglob("*.py"))]
FACTS = page.read()
STATUS = re.compile(r"(CREATE|UPDATE|DELETE|ROLLBACK)?[A-Z_ ]*(PENDING|PROGRESS|ACTIVE|FAILED|COMPLETED?|STOPPED)[A-Z_]*")
OWN = "the offline AWS "
"""How a message begins that says something about the offline AWS, not in the name of AWS."""


def strings(tree: ast.AST) -> Iterator[str]:
    """The strings of a module that callers may see, with `{}` for inserted values: no docstrings, and no log."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif not is_unseen(node):
            yield from strings(node)


def is_unseen(node: ast.AST) -> bool:
    """Whether a node is a docstring, a line of the log, or the message of a mistake in a test."""
    if isinstance(node, ast.Expr):
        called = node.value.func if isinstance(node.value, ast.Call) else None
        logs = isinstance(called, ast.Attribute) and getattr(called.value, "id", "") == "_log"
        return isinstance(node.value, ast.Constant) or logs
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        return getattr(node.exc.func, "id", "") in ("ValueError", "TypeError")
    return False


def numbers(tree: ast.Module) -> Iterator[str]:
    """The names of a module's constants and of its dataclasses' fields that are numbers."""
    bodies = [tree.body, *(node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef))]
    for statement in (one for body in bodies for one in body):
        value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        if value is not None and is_number(value):
            yield from (name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))


def is_number(value: ast.expr) -> bool:
    if isinstance(value, ast.BinOp):
        return is_number(value.left) and is_number(value.right)
    if isinstance(value, ast.Tuple):
        return all(map(is_number, value.elts))
    return isinstance(value, ast.Constant) and type(value.value) in (int, float)


def stated(module: Path) -> set[tuple[str, str]]:
    """What a module of the offline AWS states: error messages, states, and limits and durations."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    found = set(strings(tree))
    place = module.relative_to(LOCAL).as_posix()
    return {
        *(("texts", text) for text in found if is_sentence(text)),
        *(("statuses", text) for text in found if STATUS.fullmatch(text)),
        *(("values", f"{place}:{name}") for name in numbers(tree)),
    }


def is_sentence(text: str) -> bool:
    return re.search(r"[a-z]{2}.* .*[a-z]{2}", text) is not None and not text.startswith(OWN)


def known() -> set[tuple[str, str]]:
    return {(kind, one) for fact in FACTS for kind in ("texts", "statuses", "values") for one in getattr(fact, kind)}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(LOCAL).as_posix())
def test_the_offline_aws_states_facts_alone(module: Path) -> None:
    assert stated(module) - known() == set()


def test_every_message_state_and_number_of_a_fact_is_stated() -> None:
    assert known() - set().union(*map(stated, MODULES)) == set()


def test_the_page_is_made_from_the_facts() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.page(FACTS)


def test_a_fact_has_a_number_of_its_own_and_a_known_grade() -> None:
    ids = [fact.id for fact in FACTS]

    assert len(ids) == len({*ids})
    assert all(re.fullmatch(rf"({'|'.join(page.SERVICES)})-\d+", id_) for id_ in ids)
    assert {fact.grade for fact in FACTS} <= {*page.GRADES}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.id)
def test_a_fact_names_its_source_and_what_relies_on_it(fact: page.Fact) -> None:
    assert fact.what.endswith(".")
    assert fact.source
    assert not fact.source.endswith(".")
    assert fact.code
    assert [path for path in fact.code if not (HOME / path).is_file()] == []
    for test in fact.tests:
        path, _, name = test.partition("::")
        assert re.search(rf"^(async )?def {name}\(", (HOME / path).read_text(encoding="utf-8"), re.MULTILINE), test
