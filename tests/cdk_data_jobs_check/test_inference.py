"""Proposed schemas: what they are."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest

from cdk_data_jobs_check import ColumnProfile, Proposal, ProposalError, Severity, propose_schema
from cdk_data_jobs_check.field_remarks import RemarkKind
from cdk_data_jobs_check.schema_rules import DATASETS

PROBLEM, CONVERSION, NOTE = RemarkKind
DAYS = [f"2025-01-{day:02}" for day in range(1, 21)]
SECONDS = [str(1735690635 + index) for index in range(20)]


def profile(values: list[str]) -> ColumnProfile:
    """Profiles the values of a column, in two batches."""
    found = ColumnProfile()
    found.add(values[: len(values) // 2])
    found.add(values[len(values) // 2 :])
    return found


def propose(*columns: tuple[str, list[str]], **arguments: Any) -> Proposal:
    """Proposes a schema for columns."""
    return propose_schema({name: profile(values) for name, values in columns}, **arguments)


def of_header(names: str, **arguments: Any) -> Proposal:
    """Proposes a schema for columns without values."""
    return propose(*((name, []) for name in names.split(",")), **arguments)


def beside_id(values: list[str], name: str = "OWN", of: str = "Items", **arguments: Any) -> Proposal:
    """Proposes a schema for a column beside that of an id."""
    [column] = DATASETS[None][of].required
    return propose((column, [f"i{index}" for index in range(len(values))]), (name, values), **arguments)


def field(values: list[str], name: str = "OWN", of: str = "Items") -> dict[str, Any]:
    """Returns the proposed field for a column, without its name."""
    [_, found] = beside_id(values, name, of).fields
    return {key: value for key, value in found.attributes.items() if key != "name"}


def remarks(proposal: Proposal, kind: RemarkKind, index: int = 1) -> list[str]:
    """Returns the messages of a kind on a field."""
    return [remark.message for remark in proposal.fields[index].remarks if remark.kind is kind]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "-2147483648", "2147483647"], {"type": "int"}),
        (["1", "2147483648"], {"type": "long"}),
        (["1", "-9223372036854775808"], {"type": "long"}),
        (["1", "9223372036854775808"], {"type": "string"}),
        (["1", "2.5"], {"type": "float"}),
        (["1e-3", "2", "NaN"], {"type": ["null", "float"]}),
        (["1.5", "inf"], {"type": "float"}),
        (["nan", "inf"], {"type": ["null", "string"]}),
        (["True", "FALSE"], {"type": "boolean"}),
        (["true", "1"], {"type": "boolean"}),
        (["t", "f", "f"], {"type": "boolean"}),
        (["yes", "", "No"], {"type": ["null", "boolean"]}),
        (["t", "f", "x"], {"type": "string"}),
        (["1", "0", "1"], {"type": "int"}),
        (["30.0", "12.0", ""], {"type": ["null", "int"]}),
        (["30.0", "12.0", "NaN"], {"type": ["null", "int"]}),
        (["3000000000.0", ""], {"type": ["null", "long"]}),
        (["3e9", ""], {"type": ["null", "float"]}),
        (["30.0", "12.0"], {"type": "float"}),
        (["9007199254740993.0", ""], {"type": ["null", "float"]}),
        ([" 1", "2 "], {"type": "int"}),
        (["1", "  "], {"type": ["null", "int"]}),
        (["1", " NULL"], {"type": ["null", "int"]}),
        (["  ", " "], {"type": "string"}),
        (["poem", "NULL", "None", "poem"], {"type": ["null", "string"], "categorical": True}),
        (["1", "NULL"], {"type": ["null", "int"]}),
        ([*DAYS, *DAYS], {"type": "string"}),
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
        (["y" * 1001 + str(at) for at in range(3)], {"type": "string", "textual": True}),
        ([f"title {at}" for at in range(800)] + ["this | that"], {"type": "string"}),
        ([f"{at} " + "a word " * 30 + f"| {at}" for at in range(30)], {"type": "string", "textual": True}),
        (["|".join(["crime"] * 300)] * 2, {"type": "string", "categorical": True}),
        ([f"{letter}{at}" for letter in "ab" for at in range(900)] * 2, {"type": "string"}),
        (["a long description of " + "a book " * 9 + str(at) for at in range(3)], {"type": "string", "textual": True}),
    ],
)
def test_the_type_is_that_of_all_values(values: list[str], expected: dict[str, Any]) -> None:
    assert field(values) == expected


def test_only_items_have_textual_fields_and_one_at_most() -> None:
    short, long = ([letter * length + str(at) for at in range(3)] for letter, length in (("a", 60), ("b", 90)))
    proposal = propose(("ITEM_ID", ["1", "2", "3"]), ("A", short), ("B", [*long[1:], ""]))

    assert [one.textual for one in proposal.fields] == [False, False, True]
    assert "only one field may be textual, here B" in remarks(proposal, NOTE)[-1]
    assert proposal.fields[2].reason == "text of 91 characters on average; 1 of 3 values are empty"
    assert field(long, of="Users") == {"type": "string"}


def test_the_reason_of_a_text_has_nothing_of_what_it_would_be_otherwise() -> None:
    [_, found] = beside_id([f"long; and with semicolons; {at} " + "x" * 60 for at in range(3)]).fields

    assert found.reason == "text of 89 characters on average"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("ITEM_ID,USER_ID,TIMESTAMP", "Interactions"),
        ("USER_ID,ACTION_ID,EVENT_TYPE,TIMESTAMP", "Action_Interactions"),
        ("AGE,USER_ID", "Users"),
        ("ITEM_ID,GENRE", "Items"),
        ("ACTION_ID,VALUE", "Actions"),
        ("item_id,genre", "Items"),
        ("itemId,user id,timestamp", "Interactions"),
    ],
)
def test_the_dataset_type_is_that_of_the_ids(names: str, expected: str) -> None:
    proposal = of_header(names)

    assert (proposal.dataset_type, proposal.schema is None) == (expected, False)
    assert json.loads(proposal.document)["name"] == expected


@pytest.mark.parametrize("names", ["NAME,AGE", "USER_ID,ITEM_ID,ACTION_ID"])
def test_other_columns_need_a_dataset_type(names: str) -> None:
    with pytest.raises(ProposalError, match=r"must have the ids of one dataset type, got .*; name the type"):
        of_header(names)
    assert of_header(names, dataset_type="Users").dataset_type == "Users"


@pytest.mark.parametrize(
    "columns",
    [
        [("userId", ["1", "2"]), ("movieId", ["1", "2"]), ("rating", ["1", "2"]), ("timestamp", SECONDS[:2])],
        [("user_id", ["1", "1"]), ("movie_id", ["1", "2"]), ("ts", SECONDS[:2])],
    ],
)
def test_events_without_the_other_id_are_not_taken_for_users(columns: list[tuple[str, list[str]]]) -> None:
    with pytest.raises(
        ProposalError, match=r"look like interactions, but none is called ITEM_ID, got '.*; rename that"
    ):
        propose(*columns)
    assert propose(*columns, dataset_type="Users").dataset_type == "Users"


def test_users_may_have_a_time_and_come_twice_by_mistake() -> None:
    assert propose(("USER_ID", ["1", "2"]), ("SINCE", DAYS[:2])).dataset_type == "Users"
    assert propose(("USER_ID", ["1", "1"]), ("AGE", ["5", "7"])).dataset_type == "Users"


def test_a_domain_has_its_own_fields() -> None:
    columns = [("ITEM_ID", ["i1"]), ("PRICE", ["1"]), ("CATEGORY_L1", ["a"]), ("CREATION_TIMESTAMP", ["1735690635.5"])]
    plain, shop = propose(*columns), propose(*columns, ("adult", [""]), domain="ECOMMERCE")

    assert [one.avro_type for one in plain.fields] == ["string", "int", "string", "float"]
    assert [one.attributes for one in shop.fields[1:]] == [
        {"name": "PRICE", "type": "float"},
        {"name": "CATEGORY_L1", "type": "string", "categorical": True},
        {"name": "CREATION_TIMESTAMP", "type": "float"},
        {"name": "ADULT", "type": ["null", "string"], "categorical": True},
    ]
    assert (shop.fields[-1].column, shop.fields[-1].needs_conversion) == ("adult", True)
    assert shop.unused_names == ("CATEGORY_L2", "CATEGORY_L3", "PRODUCT_DESCRIPTION", "AGE_GROUP", "GENDER")
    with pytest.raises(ProposalError, match="of the domain ECOMMERCE, got Actions"):
        of_header("ACTION_ID,A", domain="ECOMMERCE")


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        ("USER_ID,age", ["USER_ID", "age"]),
        (
            "userId,inStock,HTTPServer,zip code,2nd_price",
            ["USER_ID", "IN_STOCK", "HTTP_SERVER", "ZIP_CODE", "_2ND_PRICE"],
        ),
        ("USER_ID,zip.code,inStock", ["USER_ID", "ZIP_CODE", "IN_STOCK"]),
        ("USER_ID,GENRE,genre", ["USER_ID", "GENRE", "genre"]),
        ("userId,GENRE,genre", ["USER_ID", "GENRE", "genre"]),
        ("user_id,userId,USER_ID", ["user_id", "userId", "USER_ID"]),
        (",USER_ID,A,Unnamed: 0,__index_level_0__, ", ["USER_ID", "A"]),
    ],
)
def test_fields_are_named_as_a_conversion_recognizes_them(columns: str, names: list[str]) -> None:
    assert [one.name for one in of_header(columns, dataset_type="Users").fields] == names


def test_columns_without_names_are_listed() -> None:
    assert of_header(",USER_ID,A,Unnamed: 0").unnamed_columns == ("", "Unnamed: 0")


def test_a_name_without_letters_is_one_that_no_field_can_have() -> None:
    proposal = of_header("USER_ID,%")

    assert (proposal.unnamed_columns, [field.name for field in proposal.fields]) == ((), ["USER_ID", "%"])
    assert "got '%'" in proposal.violations[0].message


def test_names_that_differ_in_case_alone_are_said() -> None:
    proposal = of_header("USER_ID,PRICE,price")

    assert "its name is as that of 'price', but for case" in remarks(proposal, NOTE)[0]
    assert "its name is as that of 'PRICE', but for case" in remarks(proposal, NOTE, 2)[0]


@pytest.mark.parametrize(
    ("values", "name", "note"),
    [
        ([str(at) for at in range(20)], "STORE", "it may be an id or a code"),
        (["5", "5"], "STORE_ID", "it may be an id or a code"),
        (
            ["1", "2"] * 10,
            "STATE",
            "it has 2 different values: if they are codes, and no amounts, make it a categorical s",
        ),
        (["1", "0"] * 10, "STATE", "make it a categorical string, or a boolean"),
        (["t", "f"], "PREMIUM", "if these are no booleans, make it a categorical string"),
        (["30.0", "12.0"], "PAGES", "all values are whole, such as 30.0"),
        (["1.23456789"], "RATIO", "some values have more than 7 digits"),
        (["123456789", "0.5"], "RATIO", "some values have more than 7 digits"),
        (["1.5", "inf"], "RATIO", "some values are NaN or infinite"),
        ([f"name {at}" for at in range(1001)], "TITLE", "more than 1,000 different values: too many for categories"),
        (["a", "b"], "TITLE", "2 different values in 2: make it categorical if they are categories"),
        ([""], "TITLE", "say what its values will be"),
        (DAYS, "SINCE", "its values look like dates, or times without a time zone: leave the column out"),
        (SECONDS, "SINCE", "its values look like Unix times in seconds: leave the column out"),
        (["x" * 1001], "TITLE", "the longest value has 1,001 characters, and may have 1,000"),
    ],
)
def test_what_a_reader_should_look_at_is_said(values: list[str], name: str, note: str) -> None:
    [found] = remarks(beside_id(values, name, "Users"), NOTE)

    assert note in found


@pytest.mark.parametrize(
    ("values", "conversion"),
    [
        (["True", "False"], "'False' and 'True' to true and false"),
        (["t", "f"], "'f' and 't' to true and false"),
        (["30.0", ""], "whole numbers such as 30.0 to 30"),
        (["1", "NULL"], "null to an empty value, such as 'NULL', in 1 of 2"),
        ([" 1"], "values without the spaces around them"),
    ],
)
def test_what_a_conversion_changes_is_said(values: list[str], conversion: str) -> None:
    proposal = beside_id(values)

    assert remarks(proposal, CONVERSION) == [conversion]
    assert (proposal.fields[0].needs_conversion, proposal.fields[1].needs_conversion) == (False, True)


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        (["1735690635"], None, ""),
        (["1735690635.0"], CONVERSION, "whole numbers such as 30.0 to 30"),
        (["2025-01-01T00:00:00Z", "2025-01-01 02:00:00+01"], CONVERSION, "times in ISO 8601 to seconds"),
        (["1735690635123"], CONVERSION, "milliseconds to seconds, with the option --milliseconds"),
        (["2025-01-01T00:00:00"], CONVERSION, "with the option --time-zone"),
        (["2025-01-01", "2025-01-02T00:00Z"], CONVERSION, "with the option --time-zone"),
        (["1735690635", "2025-01-01T00:00:00Z"], CONVERSION, "times in ISO 8601 to seconds"),
        (["1735690635123", "2025-01-01"], CONVERSION, "milliseconds to seconds, with the option --milliseconds"),
        (["1735690635", "2025-01-01T00:00:00Z", "soon"], PROBLEM, "such as 'soon'"),
        (["1E9"], CONVERSION, "whole numbers such as '1E9' to integers"),
        (["1.7E+9"], PROBLEM, "such as '1.7E+9'"),
        (["2025-01-01", "9999-12-31"], PROBLEM, "some times are after the year 5137, such as '9999-12-31', whose"),
        (["1735690635", "1735690635123"], PROBLEM, "some times are in seconds, and some in milliseconds"),
        (["1735690635123456"], PROBLEM, "its times are in microseconds or less"),
        (
            ["1735690635.5"],
            PROBLEM,
            "not all values are exact Unix times in seconds or times in ISO 8601, such as '1735690635.5'",
        ),
        (["yesterday"], PROBLEM, "such as 'yesterday'"),
        (["2025-13-01T00:00:00Z"], PROBLEM, "such as '2025-13-01T00:00:00Z'"),
        (["1735690635", ""], PROBLEM, "1 of 2 values are empty, and the service refuses that"),
        (["1735690635", "NaT"], PROBLEM, "1 of 2 values are 'NaT' or alike, and the service refuses null"),
    ],
)
def test_times_are_what_the_service_or_a_conversion_reads(values: list[str], kind: RemarkKind, message: str) -> None:
    proposal = propose(("TIMESTAMP", values), ("USER_ID", ["u"] * len(values)), ("ITEM_ID", ["i"] * len(values)))
    said = proposal.fields[0].remarks

    assert proposal.fields[0].attributes == {"name": "TIMESTAMP", "type": "long"}
    kinds = {remark.kind for remark in said}
    # A column with a problem may need a conversion, too.
    assert (kinds - {CONVERSION} if PROBLEM in kinds else kinds) == ({kind} if kind else set())
    assert message in "".join(remark.message for remark in said)


@pytest.mark.parametrize("digits", [21, 400])
def test_a_time_of_any_length_is_seen_to_be_no_time_in_seconds(digits: int) -> None:
    proposal = beside_id(["9" * digits], "CREATION_TIMESTAMP")

    assert remarks(proposal, PROBLEM) == ["its times are in microseconds or less: write them in seconds"]


def test_the_only_column_of_times_is_the_required_one() -> None:
    ids = [("USER_ID", ["u"]), ("ITEM_ID", ["i"])]
    one = propose(*ids, ("ts", SECONDS[:1]))
    two = propose(*ids, ("ts", SECONDS[:1]), ("seen", DAYS[:1]))

    assert one.schema
    assert remarks(one, PROBLEM, 2) == ["its values are Unix times in seconds: rename the column 'ts' to TIMESTAMP"]
    assert [violation.rule for violation in two.violations] == ["required-field"]
    assert (
        "look like Unix times in seconds: if TIMESTAMP is meant, rename the column: `data" in remarks(two, NOTE, 2)[0]
    )
    assert "or times without a time zone: if TIMESTAMP is meant, rename the column" in remarks(two, NOTE, 3)[0]


def test_of_items_a_time_may_be_that_of_their_creation() -> None:
    proposal = beside_id(["2025-01-01T00:00:00Z"], "createdAt")

    assert proposal.fields[1].attributes == {"name": "createdAt", "type": "string"}
    assert "times in ISO 8601: if CREATION_TIMESTAMP is meant, rename the column" in remarks(proposal, NOTE)[0]


@pytest.mark.parametrize(
    ("values", "name", "of", "message"),
    [
        (["a" * 257], "USER_ID", "Users", "the longest value has 257 characters, and may have 256"),
        (["", "a"], "USER_ID", "Users", "1 of 2 values are empty, and the service refuses that"),
        (["x|" * 501] * 2, "OWN", "Users", "the longest value has 1,002 characters, and may have 1,000"),
        (["abc\udce9"], "OWN", "Users", "some values are not in the encoding of the file"),
        (["a\0b\0"], "OWN", "Users", "some values are not in the encoding of the file"),
        (["a", "\\N"], "USER_ID", "Users", "1 of 2 values are '\\N' or alike, and the service refuses null"),
        (["x"], "CREATION_TIMESTAMP", "Items", "such as 'x'"),
        (["1735690635", " "], "TIMESTAMP", "Interactions", "some values have nothing but spaces"),
        (["x"], "VALUE", "Actions", "not all values are of type long, such as 'x'"),
    ],
)
def test_what_no_conversion_can_mend_is_a_problem(values: list[str], name: str, of: str, message: str) -> None:
    columns = {column: ["a"] * len(values) for column in (*DATASETS[None][of].required, "MORE")} | {name: values}
    proposal = propose(*columns.items())
    [found] = [remark.message for one in proposal.fields for remark in one.remarks if remark.kind is PROBLEM]

    assert message in found


def test_an_id_that_looks_like_null_is_a_string() -> None:
    proposal = propose(("USER_ID", ["null", "a"]), ("AGE", ["1", "2"]))

    assert "1 of 2 values are 'null' or alike, and are taken for strings" in remarks(proposal, NOTE, 0)[0]


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        ("USER_ID", "no-optional-field"),
        ("USER_ID," + ",".join(f"A{at}" for at in range(26)), "metadata-fields"),
        ("USER_ID,größe", "field-name"),
        ("USER_ID,AB,A_B", "field-name"),
        ("USER_ID,ITEM_ID", "required-field"),
    ],
)
def test_columns_that_no_schema_may_have_are_said(header: str, rule: str) -> None:
    proposal = of_header(header)

    errors = [one.rule for one in proposal.violations if one.severity is Severity.ERROR]
    assert (proposal.schema, errors) == (None, [rule])


@pytest.mark.parametrize("columns", [{}, {"": ColumnProfile()}])
def test_files_without_columns_are_an_error(columns: dict[str, ColumnProfile]) -> None:
    with pytest.raises(ProposalError, match="there must be a file with a header"):
        propose_schema(columns)


@pytest.mark.parametrize("make", [str, "{}.5".format, "user {}".format, "a|{}".format])
def test_memory_does_not_grow_with_the_values(make: Any) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            found = ColumnProfile()
            for start in range(0, count, 1000):
                found.add([make(number) for number in range(start, start + 1000)])
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(60_000) < peak(20_000) + 10_000
