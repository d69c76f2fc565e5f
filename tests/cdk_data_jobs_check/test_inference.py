"""Proposed schemas: what they are, and that they and their files are accepted."""

from __future__ import annotations

import io
import json
import tracemalloc
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_data_jobs_check import DataFile, Proposal, ProposalError, Severity, check_files, line_chunks, propose_schema
from cdk_data_jobs_check.reading import write_row
from cdk_data_jobs_check.schema_rules import DATASETS

if TYPE_CHECKING:
    from collections.abc import Callable

QUOTES = {"unclosed-quote", "line-break", "stray-quote", "doubled-quote"}
OWN = ["OWN", "My_Field2", "cost", "SKU", "Zip_Code", "text"]


def propose(*columns: tuple[str, list[str]], folder: Path, **arguments: Any) -> Proposal:
    """Proposes a schema for a file with these columns."""
    path = folder / "data.csv"
    rows = zip(*(values for _, values in columns), strict=True)
    path.write_text(",".join(name for name, _ in columns) + "\n" + "".join(map(write_row, rows)), newline="")
    return propose_schema([path], **arguments)


def field(tmp_path: Path, values: list[str], name: str = "OWN", of: str = "Items") -> dict[str, Any]:
    """Returns the proposed field for a column beside the id's, without its name."""
    ids = (DATASETS[None][of].required.keys() & {"ITEM_ID", "USER_ID"}).pop()
    proposal = propose((ids, [f"i{at}" for at in range(len(values))]), (name, values), folder=tmp_path)
    return {key: value for key, value in proposal.fields[1].attributes.items() if key != "name"}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "-2147483648", "2147483647"], {"type": "int"}),
        (["1", "2147483648"], {"type": "long"}),
        (["1", "-9223372036854775808"], {"type": "long"}),
        (["1", "9223372036854775808"], {"type": "string"}),
        (["1", "2.5"], {"type": "float"}),
        (["1e3", "2", "NaN"], {"type": "float"}),
        (["nan", "inf"], {"type": "string"}),
        (["True", "FALSE"], {"type": "boolean"}),
        (["true", "1"], {"type": "string"}),
        (["1", "", "2"], {"type": ["null", "int"]}),
        (["1"] * 5000 + ["x"], {"type": "string", "categorical": True}),
        (["1"] * 5000 + ["2.5"], {"type": "float"}),
        (["01067", "10115"], {"type": "string"}),
        (["", ""], {"type": ["null", "string"]}),
        (["Dune", "Emma", "Ulysses"], {"type": "string"}),
        (["poem", "novel"] * 2, {"type": "string", "categorical": True}),
        (["poem", "novel", "poem|novel", ""], {"type": ["null", "string"], "categorical": True}),
        ([f"{at}" + "x" for at in range(1001)] * 2, {"type": "string"}),
        ([f"{at}" + "x" for at in range(1000)] * 2, {"type": "string", "categorical": True}),
        (["y" * 1001] * 3, {"type": "string", "textual": True}),
        (["a long description of " + "a book " * 9 + str(at) for at in range(3)], {"type": "string", "textual": True}),
    ],
)
def test_the_type_is_that_of_all_values(tmp_path: Path, values: list[str], expected: dict[str, Any]) -> None:
    assert field(tmp_path, values) == expected


def test_only_items_have_textual_fields_and_one_at_most(tmp_path: Path) -> None:
    short, long = ([letter * length + str(at) for at in range(3)] for letter, length in (("a", 60), ("b", 90)))
    ids = ["1", "2", "3"]
    proposal = propose(("ITEM_ID", ids), ("A", short), ("B", long), folder=tmp_path)

    assert [one.textual for one in proposal.fields] == [False, False, True]
    assert "only one field may be textual, here B" in proposal.fields[1].notes[-1]
    assert field(tmp_path, long, of="Users") == {"type": "string"}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("ITEM_ID,USER_ID,TIMESTAMP", "Interactions"),
        ("USER_ID,ACTION_ID,EVENT_TYPE,TIMESTAMP", "Action_Interactions"),
        ("AGE,USER_ID", "Users"),
        ("ITEM_ID,GENRE", "Items"),
        ("ACTION_ID,VALUE", "Actions"),
        ("item_id,genre", "Items"),
    ],
)
def test_the_dataset_type_is_that_of_the_ids(write: Callable[..., Path], names: str, expected: str) -> None:
    proposal = propose_schema([write(f"{names}\n")])

    assert (proposal.dataset_type, proposal.violations) == (expected, ())
    assert json.loads(proposal.document)["name"] == expected


@pytest.mark.parametrize("names", ["NAME,AGE", "USER_ID,ITEM_ID,ACTION_ID"])
def test_other_columns_need_a_dataset_type(write: Callable[..., Path], names: str) -> None:
    path = write(f"{names}\n")

    with pytest.raises(ProposalError, match=r"must have the ids of one dataset type, got .*; name the type"):
        propose_schema([path])
    assert propose_schema([path], dataset_type="Users").dataset_type == "Users"


def test_a_domain_has_its_own_fields(write: Callable[..., Path]) -> None:
    path = write("ITEM_ID,PRICE,CATEGORY_L1,CREATION_TIMESTAMP,Adult\ni1,1,a,1.5e9,\n")
    plain, shop = propose_schema([path]), propose_schema([path], domain="ECOMMERCE")

    assert [one.kind for one in plain.fields] == ["string", "int", "string", "float", "string"]
    assert [one.attributes for one in shop.fields[1:]] == [
        {"name": "PRICE", "type": "float"},
        {"name": "CATEGORY_L1", "type": "string", "categorical": True},
        {"name": "CREATION_TIMESTAMP", "type": "float"},
        {"name": "ADULT", "type": ["null", "string"], "categorical": True},
    ]
    assert shop.fields[-1].notes == ("the column is called 'Adult': rename it, the case of letters counts",)
    with pytest.raises(ProposalError, match="of the domain ECOMMERCE, got Actions"):
        propose_schema([write("ACTION_ID,A\n")], domain="ECOMMERCE")


@pytest.mark.parametrize(
    ("values", "name", "note"),
    [
        ([str(at) for at in range(20)], "STORE", "it may be an id or a code"),
        (["5", "5"], "STORE_ID", "it may be an id or a code"),
        (["1", "2"] * 10, "STATE", "it has 2 different values: if they are codes"),
        (["1.23456789"], "RATIO", "some values have more than 7 digits"),
        (["1.5", "NaN"], "RATIO", "some values are NaN"),
        ([f"name {at}" for at in range(1001)], "TITLE", "more than 1,000 different values: too many for categories"),
        (["a", "b"], "TITLE", "2 different values in 2: make it categorical if they are categories"),
        ([""], "TITLE", "say what its values will be"),
    ],
)
def test_what_a_reader_should_look_at_is_said(tmp_path: Path, values: list[str], name: str, note: str) -> None:
    ids = [f"u{at}" for at in range(len(values))]
    [found] = propose(("USER_ID", ids), (name, values), folder=tmp_path).fields[1].notes

    assert note in found


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        ("USER_ID", "no-optional-field"),
        ("USER_ID," + ",".join(f"A{at}" for at in range(26)), "metadata-fields"),
        ("USER_ID,the name", "field-name"),
        ("USER_ID,AB,A_B", "field-name"),
        ("USER_ID,ITEM_ID", "required-field"),
    ],
)
def test_columns_that_no_schema_may_have_are_said(write: Callable[..., Path], header: str, rule: str) -> None:
    proposal = propose_schema([write(f"{header}\n")])

    assert (proposal.schema, [one.rule for one in proposal.violations]) == (None, [rule])


def test_all_files_of_a_folder_count_and_rows_that_are_not_valid_do_not(write: Callable[..., Path]) -> None:
    folder = write("USER_ID,AGE\nu1,1\nu2\n\n", "a.csv").parent
    write('USER_ID,AGE\r\nu3,\r\n"u,4",5000000000\r\n"u5,x\r\n', "b.CSV")
    write("no header", "c.txt")
    write("", "d.csv")
    write("USER_ID,AGE\nu6,x\n", "more/e.csv")
    proposal = propose_schema([folder])

    assert proposal.rows == 3
    assert proposal.fields[1].attributes == {"name": "AGE", "type": ["null", "long"]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PAR1\x15\x04", "must be uncompressed CSV in UTF-8, got Parquet"),
        (b"", "there must be a CSV file with a header, got none"),
        (b"USER_ID" + b",A" * 1000, "the first line must be the header, got 1,001 columns"),
    ],
)
def test_what_is_no_csv_is_an_error(write: Callable[..., Path], content: bytes, message: str) -> None:
    with pytest.raises(ProposalError, match=message):
        propose_schema([write(content)])


def test_memory_does_not_grow_with_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_chunks, "_CHUNK_BYTES", 2**14)

    def peak(path: Path) -> int:
        tracemalloc.start()
        try:
            assert propose_schema([path]).fields[1].kind == "int"
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    with TemporaryDirectory() as folder:
        peaks = []
        for rows in (20_000, 20_000, 40_000):
            path = Path(folder, f"{rows}.csv")
            path.write_text("USER_ID,AGE\n" + "".join(f"user-{at},{at}\n" for at in range(rows)))
            peaks.append(peak(path))

    assert peaks[2] < peaks[1] + 30_000


def good(name: str, types: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Generates values that a known field may have."""
    if "TIMESTAMP" in name:
        return st.integers(10**9, 2 * 10**9).map(str)
    if types[0] == "string":
        return st.text('abc|é \\",', min_size=1, max_size=5).map(lambda value: value.strip(" ") or "x")
    return st.integers(-1000, 1000).map(str)


PLAIN = [
    st.integers(-(2**40), 2**40).map(str),
    st.integers(-(2**63), 2**63 - 1).map(str),
    st.integers(-3, 3).map(str),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(str),
    st.sampled_from(["true", "FALSE"]),
    st.sampled_from(["a", "b", "a|b"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=70),
    st.text("0123456789", min_size=1, max_size=25),
]
UGLY = st.sampled_from(["NaN", "-inf", "1e5", " 1", "1,5", "+7", ".5", "5.", "x" * 1001, "9" * 1001, "9" * 40, "null"])


@st.composite
def datasets(draw: st.DrawFn) -> tuple[str, str | None, list[str], list[list[str]], set[str]]:
    """Generates a dataset type, a domain, and a file's header and rows; and which columns are ugly."""
    domain = draw(st.sampled_from([*DATASETS]))
    dataset_type = draw(st.sampled_from([*DATASETS[domain]]))
    rules = DATASETS[domain][dataset_type]
    reserved = draw(st.lists(st.sampled_from([*rules.reserved, "OWN"]), max_size=4, unique=True))
    own = draw(st.lists(st.sampled_from(OWN), min_size=1, max_size=4, unique=True))
    if rules.max_metadata is None:
        own = own[:2]
    names = draw(st.permutations(list(dict.fromkeys([*rules.required, *reserved, *own]))))
    ugly: set[str] = set()
    count = draw(st.integers(1, 6))
    columns = []
    for name in names:
        rule = {**rules.required, **rules.reserved}.get(name)
        if rule:
            values = good(name, rule.types)
            values = values if name in rules.required or name == "EVENT_TYPE" else values | st.just("")
        else:
            values = draw(st.sampled_from(PLAIN)) | draw(st.sampled_from([st.just(""), *PLAIN]))
            if draw(st.booleans()):
                ugly.add(name)
                values |= UGLY
        columns.append(draw(st.lists(values, min_size=count, max_size=count)))
    return dataset_type, domain, list(names), [list(row) for row in zip(*columns, strict=True)], ugly


@given(datasets(), st.booleans())
def test_a_proposed_schema_and_the_files_with_it_are_accepted(
    generated: tuple[str, str | None, list[str], list[list[str]], set[str]], is_named: bool
) -> None:
    dataset_type, domain, names, rows, ugly = generated
    content = (",".join(names) + "\n" + "".join(map(write_row, rows))).encode()
    with TemporaryDirectory() as folder:
        path = Path(folder, "data.csv")
        path.write_bytes(content)
        proposal = propose_schema([path], dataset_type=dataset_type if is_named else None, domain=domain)

        assert proposal.schema is not None, proposal.violations
        assert (proposal.dataset_type, list(proposal.schema.names)) == (dataset_type, names)
        assert proposal.rows == len(rows)
        report = check_files([path], proposal.schema)

    errors = {(one.rule, one.column) for one in report.findings if one.severity is Severity.ERROR}
    # Items may have no string of more characters, whatever the schema says.
    too_long = {("category-length", name) for name in ugly}
    assert errors - too_long <= {("too-few-rows", None)}


@given(st.binary(max_size=300))
def test_any_bytes_are_a_proposal_or_an_error(content: bytes) -> None:
    file = DataFile("x", PurePosixPath("x"), None, lambda: io.BytesIO(b"USER_ID,A\n" + content))
    proposal = propose_schema([file])

    assert proposal.schema is not None
    found = check_files([file], proposal.schema).violation_counts.keys()
    # Where quotes are wrong, what is a value is anyone's guess.
    assert found & {"type", "range"} == set() or found & QUOTES
