"""The checker and the emulator judge small inputs as the evidence says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from cdk_data_jobs_check import Mode, Schema, SchemaError, check_files
from cdk_data_jobs_local.services.core.errors import ServiceError
from cdk_data_jobs_local.services.core.jobs import JobFailedError
from cdk_data_jobs_local.services.personalize import csv_data
from cdk_data_jobs_local.services.personalize.schemas import parse_schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EVENT = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}
TYPED_EVENT = {**EVENT, "EVENT_TYPE": "string"}
USER, ITEM = {"USER_ID": "string"}, {"ITEM_ID": "string"}
ACTION_EVENT = {"USER_ID": "string", "ACTION_ID": "string", "EVENT_TYPE": "string", "TIMESTAMP": "long"}
PRICED = {**ITEM, "PRICE": "float"}
NULLABLE = ["null", "string"]


class Case(NamedTuple):
    """An input and its judgement.

    Attributes:
        name: What it shows.
        judgement: `accepted`, `warning` or `error`.
        dataset_type: The name of the schema's record.
        fields: The types of the fields, or their attributes.
        row: A row of the file; `{n}` is its number.
        header: The header. By default the names of the fields.
        domain: The domain of the dataset group.
        mentions: What a finding says.
    """

    name: str
    judgement: str
    dataset_type: str
    fields: dict[str, Any]
    row: str
    header: str | None = None
    domain: str | None = None
    mentions: str = ""


CASES = [
    # Schemas
    Case("a name in lower case", "warning", "interactions", EVENT, "u1,i1,1735690635"),
    Case("a name in lower case of users", "warning", "users", {**USER, "AGE": "int"}, "u1,30"),
    Case("a time that may be null", "error", "Interactions", {**EVENT, "TIMESTAMP": ["long", "null"]}, "u1,i1,"),
    Case("a time that is text", "error", "Interactions", {**EVENT, "TIMESTAMP": "string"}, "u1,i1,2025-01-01"),
    Case("an id that is a number", "error", "Users", {"USER_ID": "long", "AGE": "int"}, "1,30", mentions="USER_ID"),
    Case("an id that may be null", "error", "Items", {"ITEM_ID": NULLABLE, "PRICE": "float"}, ",1.5"),
    Case("an underscore between names", "error", "Items", {**ITEM, "A_B": "int", "AB": "int"}, "i1,1,2", mentions="AB"),
    Case("25 fields", "accepted", "Users", {**USER, **{f"F{n}": "int" for n in range(25)}}, "u1" + ",1" * 25),
    Case("26 fields", "error", "Users", {**USER, **{f"F{n}": "int" for n in range(26)}}, "u1" + ",1" * 26),
    Case("six fields", "error", "Action_Interactions", {**ACTION_EVENT, **{f"F{n}": "int" for n in range(6)}}, ""),
    Case("a shop without event types", "error", "Interactions", EVENT, "", domain="ECOMMERCE", mentions="EVENT_TYPE"),
    Case("a shop without prices", "error", "Items", {**ITEM, "NAME": "string"}, "", domain="ECOMMERCE"),
    Case("films without genres", "error", "Items", {**ITEM, "NAME": "string"}, "", domain="VIDEO_ON_DEMAND"),
    Case("actions of a shop", "error", "Actions", {"ACTION_ID": "string", "VALUE": "long"}, "", domain="ECOMMERCE"),
    Case(
        "a float time of creation", "accepted", "Items", {**PRICED, "CREATION_TIMESTAMP": "float"}, "i1,1,1735690635.5"
    ),
    Case("an event value of text", "error", "Interactions", {**EVENT, "EVENT_VALUE": "string"}, ""),
    Case("a textual user field", "error", "Users", {**USER, "BIO": {"type": "string", "textual": True}}, "u1,a"),
    Case("a category of numbers", "warning", "Users", {**USER, "AGE": {"type": "int", "categorical": True}}, "u1,30"),
    Case(
        "an attribute in quotes", "warning", "Items", {**ITEM, "KIND": {"type": "string", "categorical": "true"}}, "i,a"
    ),
    Case(
        "an event type that may be null",
        "warning",
        "Interactions",
        {**EVENT, "EVENT_TYPE": NULLABLE},
        "u1,i1,1735690635,",
    ),
    Case("no fields but the id", "error", "Users", USER, "u1"),
    Case("no metadata but a plain string", "warning", "Users", {**USER, "NAME": "string"}, "u1,a", mentions="its own"),
    # Headers
    Case("another order", "warning", "Interactions", EVENT, "i1,u1,1735690635", header="ITEM_ID,USER_ID,TIMESTAMP"),
    Case("one column more", "warning", "Users", {**USER, "AGE": "int"}, "0,u1,30", header="index,USER_ID,AGE"),
    Case("a column less", "error", "Users", {**USER, "AGE": "int"}, "u1", header="USER_ID", mentions="AGE"),
    Case(
        "names in lower case", "error", "Users", {**USER, "AGE": "int"}, "u1,30", header="user_id,age", mentions="case"
    ),
    Case("names in quotes", "error", "Users", {**USER, "AGE": "int"}, "u1,30", header='"USER_ID","AGE"'),
    # Values
    Case("nine event types", "accepted", "Interactions", TYPED_EVENT, "u1,i1,1735690635,kind{d}"),
    Case(
        "eleven event types", "warning", "Interactions", TYPED_EVENT, "u1,i1,1735690635,kind{e}", mentions="event types"
    ),
    Case("milliseconds", "error", "Interactions", EVENT, "u1,i1,1735690635123", mentions="milliseconds"),
    Case("an empty time", "error", "Interactions", EVENT, "u1,i1,", mentions="TIMESTAMP"),
    Case("booleans as Python writes them", "warning", "Users", {**USER, "OLD": "boolean"}, "u1,True"),
    Case("booleans in lower case", "accepted", "Users", {**USER, "AGE": "int", "OLD": "boolean"}, "u1,30,false"),
    Case("a boolean that is a number", "error", "Users", {**USER, "OLD": "boolean"}, "u1,1"),
    Case("a number with leading zeros", "accepted", "Users", {**USER, "AGE": "int"}, f"u1,{'7':0>40}"),
    Case("a number that is too big", "error", "Users", {**USER, "AGE": "int"}, "u1,3000000000"),
    Case("a float that is too big", "warning", "Users", {**USER, "SCORE": "float"}, "u1,1e39"),
    Case("a double that is too big", "warning", "Users", {**USER, "SCORE": "double"}, "u1,1e400"),
    Case("an exponent as Python writes it", "accepted", "Users", {**USER, "SCORE": "float"}, "u1,1e-05"),
    Case("a path without quotes", "warning", "Items", {**ITEM, "PATH": "string", "NAME": "string"}, "i1,C:\\dir\\,b"),
    Case("an escaped comma without quotes", "warning", "Items", {**ITEM, "NAME": "string"}, "i1,a\\,b"),
    Case("a doubled quote", "warning", "Items", {**ITEM, "NAME": "string"}, 'i1,"a ""b"""'),
    Case("an escaped quote", "accepted", "Items", {**PRICED, "NAME": "string"}, 'i1,1,"a \\"b\\""'),
    Case(
        "an id of another dataset may be empty",
        "accepted",
        "Users",
        {**USER, "AGE": "int", "ITEM_ID": NULLABLE},
        "u1,30,",
    ),
    Case("an id that is too long", "error", "Users", {**USER, "AGE": "int"}, f"{'u' * 257},30"),
    Case("a long note of users", "warning", "Users", {**USER, "NOTE": "string"}, f"u1,{'n' * 1001}"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_is_judged_as_the_evidence_says(write: Callable[..., Path], case: Case) -> None:
    fields = [
        {"name": name, **(field if isinstance(field, dict) else {"type": field})} for name, field in case.fields.items()
    ]
    document = json.dumps({"type": "record", "name": case.dataset_type, "fields": fields})
    rows = [case.row.format(d=number % 9, e=number % 11) for number in range(1000)]
    path = write("\n".join([case.header or ",".join(case.fields), *rows]))

    judgement, messages = _check(document, case.domain, path)
    assert judgement == case.judgement, messages
    assert case.mentions in messages
    assert _is_refused(document, case.domain, path) == (judgement == "error")


def _check(document: str, domain: str | None, path: Path) -> tuple[str, str]:
    """Returns the judgement of the checker, and its messages."""
    try:
        schema = Schema.parse(document, domain)
    except SchemaError as error:
        return "error", str(error)
    report = check_files([path], schema)
    problems = [*schema.warnings, *report.findings]
    messages = "\n".join(f"{problem.message}; {problem.hint}" for problem in problems)
    return ("error" if report.errors else "warning" if problems else "accepted"), messages


def _is_refused(document: str, domain: str | None, path: Path) -> bool:
    """Returns whether the emulator refuses the schema or the file."""
    try:
        schema = parse_schema(document, domain)
        with path.open("rb") as stream:
            csv_data.check_header(stream, schema)
        csv_data.check({path: "s3://data/a.csv"}, schema, Mode.FULL, min_interactions=1000)
    except (ServiceError, JobFailedError):
        return True
    return False
