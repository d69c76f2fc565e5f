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
STATUS = re.compile(r"[A-Z][A-Z_ ]*([A-Z](ED|ING)|[_ ](COMPLETE|PROGRESS|DATA))|[A-Z_ ]*ACTIVE|ALARM")
NO_STATUSES = {"AVERAGE_RATING", "IS_PAYLOAD_TRUNCATED"}
OF_ITSELF = "the offline AWS "
"""How a message begins that says something about the offline AWS, not in the name of AWS."""
OWN_MESSAGES = {
    "injected by a test",  # the default message of a fault
    "end when standard input ends",  # the server's own options
    "the file descriptor of the listening socket",
    "the folder of a package that the server needs",
    "where everything is kept; removed at the end",
    "there is no {}",  # its own commands
    "{} got no response",
    "this operation is not emulated",
    # Mistakes in a test.
    "there is no setting {}, but {}",
    "there is no kind of job {}, but {}",
    "there is no job {}",
    "{} must be True or False, got {}",
    "{} must be a number, at least 0, got {}",
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
    "bursts.py:_MAX_AT_ONCE",  # functions of one burst that this machine runs side by side
    "permissions.py:_MAX_DENIALS",  # what `denials()` keeps
    "jobs.py:_CLOSING",
    "timetable.py:_INSTANT",
    "logs.py:65536",
    "__main__.py:75",  # seconds for which the server keeps an idle connection
    "client.py:_SUCCESS",  # statuses of HTTP
    "retries.py:1e+06",  # what keeps a power from becoming infinite
    "retries.py:50",
    "batch.py:7",  # digits of made-up scores, and of made-up ids and names
    "imports.py:8",
    "schedules.py:16",
    "parallel.py:5",  # positions of arguments, of an ARN's parts and of a date's digits, and milliseconds in a second
    "required_actions.py:3",
    "permissions.py:4",
    "permissions.py:5",
    "requests.py:5",
    "response_urls.py:8",
    "embedded_metrics.py:1000",
    # Arguments of faults and rows of tables, which have no value of their own.
    "faults.py:delay",
    "faults.py:late",
    "faults.py:times",
    "invocations.py:times",
    "jobs.py:updated",
    "protocols.py:delay",
}
SELF_EVIDENT = {0, 1, 2}
"""Numbers that say nothing where they stand."""


def strings(tree: ast.AST) -> Iterator[str]:
    """The strings of a module that callers may see, with `{}` for inserted values: no docstrings, and no log."""
    for name, node in ((name, node) for name, value in ast.iter_fields(tree) for node in nodes(value)):
        if name in ("annotation", "returns"):
            continue
        if text := written(node):
            yield text
        if isinstance(node, ast.JoinedStr):
            inserted = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
            yield from strings(ast.List(inserted))
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
    """Whether a node is a docstring or a line of the log."""
    if not isinstance(node, ast.Expr):
        return False
    called = node.value.func if isinstance(node.value, ast.Call) else None
    logs = isinstance(called, ast.Attribute) and getattr(called.value, "id", "") == "_log"
    return isinstance(node.value, ast.Constant) or logs


def numbers(tree: ast.AST) -> Iterator[str]:
    """The names of constants and of classes' fields that hold numbers, and the numbers without a name."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and node.value:
            if literals(node.value):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                yield from (name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.expr)):
            yield from (f"{value:g}" for value in literals(node) - SELF_EVIDENT)
        else:
            yield from numbers(node)


def literals(tree: ast.AST) -> set[float]:
    """The numbers in a part of the source, without the indexes of elements."""
    indexes = {node.slice for node in ast.walk(tree) if isinstance(node, ast.Subscript)}
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in indexes)
    return {node.value for node in constants if type(node.value) in (int, float)}


def claims_of(module: Path) -> set[tuple[str, str]]:
    """What a module of the offline AWS claims of AWS: error messages, statuses, and limits and durations."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    found, path = set(strings(tree)), module.relative_to(LOCAL).as_posix()
    return {
        *(("messages", text) for text in found - OWN_MESSAGES if is_sentence(text)),
        *(("statuses", text) for text in found - NO_STATUSES if STATUS.fullmatch(text)),
        *(
            ("values", f"{path}:{name}")
            for name in {*numbers(tree)}
            if not {name, f"{module.name}:{name}"} & OWN_NUMBERS
        ),
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
        named = re.search(rf"^[ \w,]*\b{name}\b[^=\n]* = ", sources[LOCAL / path], re.MULTILINE)
        assert named or name in {*numbers(ast.parse(sources[LOCAL / path]))}, value


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
    before = next(fact.disputed for fact in FACTS if fact.id == "PER-9")
    record(tmp_path, {"first": (["PER-9"], False)})

    after = next(fact.disputed for fact in page.read(tmp_path) if fact.id == "PER-9")

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
    assert fact.tests or not fact.values
    assert [path for path in fact.code if not (HOME / path).is_file()] == []
    for test in fact.tests:
        path, _, name = test.partition("::")
        assert re.search(
            rf"^(async )?def {name or 'test_'}", (HOME / path).read_text(encoding="utf-8"), re.MULTILINE
        ), test


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("class A:\n    if True:\n        limit = 4096", "limit"),
        ("if True:\n    LIMIT = 4096", "LIMIT"),
        ("try:\n    LIMIT = 4096\nexcept Exception:\n    pass", "LIMIT"),
        ("LIMIT = 0\nLIMIT += 4096", "LIMIT"),
        ("A.limit = LIMITS['x'] = 4096", "LIMITS"),
        ("print(LIMIT := 4096)", "4096"),
        ("class A(B, limit=4096): pass", "4096"),
        ("@limited(4096)\ndef f(): pass", "4096"),
        ("def f():\n    return 404", "404"),
        ("f = lambda: 4096", "f"),
        ("""def f(x):\n    return f"no{'' if x else ' because it is wrong'}" """, " because it is wrong"),
        ("def f():\n    return 'CREATE STOPPING'", "CREATE STOPPING"),
    ],
)
def test_a_claim_is_seen_wherever_it_stands(
    source: str, claim: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "module.py").write_text(source)
    monkeypatch.setitem(globals(), "LOCAL", tmp_path)

    assert claim in {one.removeprefix("module.py:") for _, one in claims_of(tmp_path / "module.py")}
