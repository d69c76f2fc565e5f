"""docs/facts.md: the facts are complete, and the offline AWS states nothing else."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from docs import facts as page

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME = Path(__file__).parents[2]
LOCAL = HOME / "local" / "cdk_data_jobs_local"
EMULATOR_FOLDERS = ("services", "ministack_fixes", "server")
MODULES = [
    LOCAL / "account_settings.py",
    *(path for folder in EMULATOR_FOLDERS for path in sorted((LOCAL / folder).rglob("*.py"))),
]
MODULES.remove(LOCAL / "server" / "web_pages.py")  # refuses browsers, which AWS has no counterpart of
FACTS = page.read()
STATUS = re.compile(r"[A-Z]+[_ ][A-Z_ ]*(PENDING|PROGRESS|ACTIVE|FAILED|COMPLETED?|STOPPED)|ACTIVE|FAILED|COMPLETED")
OF_ITSELF = "the offline AWS "
"""How a message begins that says something about the offline AWS, not in the name of AWS."""
OWN_MESSAGES = {
    "injected by a test",  # the default message of a fault
    "end when standard input ends",  # the server's own options
    "the file descriptor of the listening socket",
    "where everything is kept; removed at the end",
    "there is no {}",  # its own commands
    "{} got no response",
    "this operation is not emulated",
    # What `denials()` says of a call, for the author of a test.
    ', required by "{}"',
    "its policies",
    "the policies of role {}",
    "the policies of role {} and {}",
    "the policies of role {}{}",
    "the policy of {}",
    "the policy of {}{}",
    "the trust policy of role {}",
    # What Python's parser says, which is translated into what AWS's says.
    "Expecting ',' delimiter",
    "Expecting ':' delimiter",
    "Expecting property name enclosed in double quotes",
}
OWN_NUMBERS = {
    "_POLL_SECONDS",  # how often it looks at its own clock
    "_CHUNK",  # bytes that it reads at once
    "_INSTANT",
    "_MAX_AT_ONCE",  # functions of one burst that this machine runs side by side
    "_MAX_DENIALS",  # what `denials()` keeps
    "_COHORTS",
    "_CLOSING",
    # Arguments of faults and rows of tables, which have no value of their own.
    "delay",
    "late",
    "times",
    "updated",
}


def strings(tree: ast.AST) -> Iterator[str]:
    """The strings of a module that callers may see, with `{}` for inserted values: no docstrings, and no log."""
    for name, node in ((name, node) for name, value in ast.iter_fields(tree) for node in nodes(value)):
        if name in ("annotation", "returns"):
            continue
        if text := written(node):
            yield text
        elif not is_unseen(node):
            yield from strings(node)


def written(node: ast.AST) -> str:
    """The string that a node of the source is, with `{}` for inserted values; empty if it is none."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def nodes(value: object) -> list[ast.AST]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, ast.AST)]


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
        return bool(value.elts) and all(map(is_number, value.elts))
    return isinstance(value, ast.Constant) and type(value.value) in (int, float)


def claims_of(module: Path) -> set[tuple[str, str]]:
    """What a module of the offline AWS claims of AWS: error messages, statuses, and limits and durations."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    found, place = set(strings(tree)), module.relative_to(LOCAL).as_posix()
    return {
        *(("messages", text) for text in found - OWN_MESSAGES if is_sentence(text)),
        *(("statuses", text) for text in found if STATUS.fullmatch(text)),
        *(("values", f"{place}:{name}") for name in {*numbers(tree)} - OWN_NUMBERS),
    }


def is_sentence(text: str) -> bool:
    return re.search(r"[a-z]{2}.* .*[a-z]{2}", text) is not None and not text.startswith(OF_ITSELF)


def listed_claims() -> set[tuple[str, str]]:
    return {(kind, one) for fact in FACTS for kind in ("messages", "statuses", "values") for one in getattr(fact, kind)}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(LOCAL).as_posix())
def test_the_offline_aws_states_facts_alone(module: Path) -> None:
    assert claims_of(module) - listed_claims() == set()


def test_the_offline_aws_states_every_message_state_and_value_of_a_fact() -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in MODULES}
    strings_in_source = {written(node) for source in sources.values() for node in ast.walk(ast.parse(source))}

    assert {text for fact in FACTS for text in (*fact.messages, *fact.statuses)} - strings_in_source == set()
    for value in (value for fact in FACTS for value in fact.values):
        path, _, name = value.partition(":")
        assert re.search(rf"^[ \w,]*\b{name}\b[^=\n]* = ", sources[LOCAL / path], re.MULTILINE), value


def test_the_page_is_made_from_the_facts() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.page(FACTS)


def test_questions_name_known_facts() -> None:
    stages = sorted((HOME / "tests" / "conformance" / "verify_aws" / "stages").glob("*.py"))
    asked = {
        id_ for path in stages for row in re.findall(r"facts=\((.*?)\)", path.read_text()) for id_ in row.split(", ")
    }

    assert {one.strip(' ",') for one in asked} <= {fact.id for fact in FACTS}


@pytest.mark.parametrize(("holds", "grade"), [(True, "measured"), (False, "documented")])
def test_what_aws_answered_is_measured_or_disputed(holds: bool, grade: str, tmp_path: Path) -> None:
    observed = {"first": (["CFN-43", "CFN-42"], holds), "second": (["CFN-43"], True)}
    record(tmp_path, observed)

    facts = {fact.id: fact for fact in page.read(tmp_path)}

    assert (facts["CFN-42"].grade, facts["CFN-43"].grade, facts["CFN-44"].grade) == (grade, grade, "documented")
    assert facts["CFN-43"].source.endswith('; c.json, "first"; c.json, "second"') == holds
    assert facts["CFN-43"].disputed == ("" if holds else 'AWS answered otherwise: c.json, "first"')


def test_what_aws_answered_is_added_to_what_other_sources_say(tmp_path: Path) -> None:
    before = next(fact.disputed for fact in FACTS if fact.id == "CFN-4")
    record(tmp_path, {"first": (["CFN-4"], False)})

    after = next(fact.disputed for fact in page.read(tmp_path) if fact.id == "CFN-4")

    assert before
    assert after == f'{before}; AWS answered otherwise: c.json, "first"'


def record(folder: Path, observed: dict[str, tuple[list[str], bool]]) -> None:
    observations = {name: {"facts": ids, "as_expected": right} for name, (ids, right) in observed.items()}
    (folder / "c.json").write_text(json.dumps({"steps": {"deploy": {"observations": observations}}}))


def test_a_fact_has_a_known_grade_and_a_number_that_no_other_has_or_had() -> None:
    ids, retired = [fact.id for fact in FACTS], page.retired()

    assert {fact.grade for fact in FACTS} <= {*page.GRADES}
    assert {*retired.values()} <= {*ids}
    for service in page.SERVICES:
        numbered = [id_ for id_ in (*ids, *retired) if id_.rpartition("-")[0] == service]
        assert sorted(numbered) == sorted(f"{service}-{number}" for number in range(1, len(numbered) + 1))


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.id)
def test_a_fact_names_its_source_and_what_relies_on_it(fact: page.Fact) -> None:
    assert fact.what.endswith(".")
    assert fact.source
    assert not fact.source.endswith(".")
    assert fact.code
    assert [path for path in fact.code if not (HOME / path).is_file()] == []
    for test in fact.tests:
        path, _, name = test.partition("::")
        assert re.search(
            rf"^(async )?def {name or 'test_'}", (HOME / path).read_text(encoding="utf-8"), re.MULTILINE
        ), test
