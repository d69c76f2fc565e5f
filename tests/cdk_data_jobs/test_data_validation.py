"""CSV headers, and whole files, against the schema of their dataset."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_personalize as cdk_personalize
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets
from aws_cdk.assertions import Annotations, Match
from constructs import Construct

from cdk_data_jobs import DataSource, personalize
from cdk_data_jobs._storage.local_files import CONVERT_HINT
from cdk_data_jobs._storage.location import LocalFile, Location
from cdk_data_jobs.personalize import _data_validation
from cdk_data_jobs.personalize._data_validation import validate_import
from cdk_data_jobs_check import Schema, check_files
from cdk_data_jobs_cli.conversion.convert import convert_files
from cdk_data_jobs_cli.conversion.detection import InputOptions
from cdk_data_jobs_cli.conversion.times import TimeOptions

Declare = Callable[..., personalize.DatasetImportJob]
Write = Callable[..., Path]

USERS = json.dumps(
    {
        "type": "record",
        "name": "Users",
        "fields": [{"name": "USER_ID", "type": "string"}, {"name": "AGE", "type": ["null", "int"]}],
    }
)


@pytest.mark.parametrize("check", [None, False])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("USER_ID,AGE\n", None),
        ("AGE,USER_ID\n", "the columns should be in the order"),
        ("USER_ID, AGE\n", "a header should have no spaces around the names"),
        ("\ufeffUSER_ID,AGE\r\n", "a CSV file needs no byte order mark"),
    ],
    ids=["good", "order", "spaces", "byte order mark"],
)
def test_a_header_that_is_accepted_is_so_whether_or_not_rows_are_checked(
    stack: cdk.Stack, import_job: Declare, write: Write, *, check: bool | None, content: str, expected: str | None
) -> None:
    folder = write("a.csv", content + "1,1\n")
    import_job(dataset=_users(stack), source=DataSource.from_asset(folder, check=check))
    annotations = Annotations.from_stack(stack)

    if expected:
        annotations.has_warning("/Shop/ImportUsers", Match.string_like_regexp(f"1 warning:\n .*{expected}"))
    else:
        annotations.has_no_warning("/Shop/ImportUsers", Match.any_value())


@pytest.mark.parametrize("check", [None, False])
@pytest.mark.parametrize(
    ("contents", "rule"),
    [
        (["NAME\n"], "header"),
        (["USER_ID\n"], "missing-column"),
        (["USER_ID,AGE\n", "AGE,USER_ID\n"], "different-header"),
        (['"USER_ID","AGE"\n'], "quoted-header"),
        (["USER_ID,AGE,Größe\n".encode("latin-1")], "utf-8"),
        ([gzip.compress(b"USER_ID,AGE\n")], "file-format"),
        (["\x1b" * 2**21], "header"),
    ],
    ids=["header", "missing", "different", "quoted", "Latin-1", "gzip", "endless"],
)
def test_a_header_that_is_refused_is_so_whether_or_not_rows_are_checked(
    stack: cdk.Stack, import_job: Declare, write: Write, *, check: bool | None, contents: list[str | bytes], rule: str
) -> None:
    for number, content in enumerate(contents):
        folder = write(f"{number}.csv", content)

    with pytest.raises(ValueError, match=rf"\[{rule}\]\n{CONVERT_HINT}\Z") as error:
        import_job(dataset=_users(stack), source=DataSource.from_asset(folder, check=check))
    assert len(str(error.value)) < 1500


def test_every_row_is_checked_against_the_schema_in_the_app(
    stack: cdk.Stack, import_job: Declare, write: Write
) -> None:
    folder = write("a.csv", "USER_ID,AGE\nu1,30\n,31\n")
    write("b.csv", "USER_ID,AGE\nu1,old\n")

    with pytest.raises(ValueError, match="the data of Shop/ImportUsers would be refused, got 2 errors:") as error:
        import_job(dataset=_users(stack), source=DataSource.from_asset(folder, check=True))
    first, second, hint = str(error.value).splitlines()[1:]
    assert first == f"  {folder}/a.csv:3:1: error: USER_ID must not be empty; fill it in, or leave the row out [empty]"
    assert second.startswith(f"  {folder}/b.csv:2:4: error: AGE must be of type int, got 'old'; write a whole number")
    assert hint == CONVERT_HINT


def test_by_default_every_row_is_checked(stack: cdk.Stack, import_job: Declare, write: Write) -> None:
    with pytest.raises(ValueError, match="would be refused, got 2 errors:"):
        import_job(dataset=_users(stack), source=DataSource.from_asset(write("a.csv", "USER_ID,AGE\n,old\n")))


def test_only_the_header_is_checked_if_an_app_says_so(stack: cdk.Stack, import_job: Declare, write: Write) -> None:
    users = _users(stack)
    import_job(dataset=users, source=DataSource.from_asset(write("a.csv", "USER_ID,AGE\n,old\n"), check=False))

    with pytest.raises(ValueError, match="add AGE"):
        import_job("Other", dataset=users, source=DataSource.from_asset(write("a.csv", "USER_ID\n"), check=False))


def test_the_header_is_checked_against_the_schema_in_a_file(import_job: Declare, write: Write) -> None:
    schema = write("users.avsc", USERS) / "users.avsc"

    with pytest.raises(ValueError, match="add AGE"):
        import_job(source=DataSource.from_asset(write("a.csv", "USER_ID\n") / "a.csv", check=False, schema=schema))


def test_without_a_schema_the_headers_must_be_the_same(import_job: Declare, write: Write) -> None:
    write("a.csv")

    with pytest.raises(ValueError, match="all files of an import must have the same header"):
        import_job(source=DataSource.from_asset(write("b.csv", "AGE,USER_ID\n")))


def test_a_file_may_have_the_schema(import_job: Declare, write: Write, dataset: personalize.Dataset) -> None:
    write("users.avsc", USERS)
    folder = write("data/a.csv", "USER_ID,AGE\nu1,old\n")
    source = DataSource.from_asset(folder / "data", schema=folder / "users.avsc")

    with pytest.raises(ValueError, match=r"got 1 error:\n .*a\.csv:2:4: error: AGE must be of type int"):
        import_job(dataset=dataset, source=source)


def test_good_rows_pass(stack: cdk.Stack, import_job: Declare, write: Write) -> None:
    import_job(dataset=_users(stack), source=DataSource.from_asset(write("a.csv"), check=True))

    Annotations.from_stack(stack).has_no_warning("/Shop/ImportUsers", Match.any_value())


def test_ten_kinds_of_errors_are_listed_and_the_others_counted(
    stack: cdk.Stack, import_job: Declare, write: Write
) -> None:
    names = [f"N{number}" for number in range(12)]
    fields = [{"name": "USER_ID", "type": "string"}, *({"name": name, "type": "int"} for name in names)]
    schema = json.dumps({"type": "record", "name": "Users", "fields": fields})
    source = DataSource.from_asset(write("a.csv", f"USER_ID,{','.join(names)}\n" + ("u1" + ",x" * 12 + "\n") * 20))

    with pytest.raises(ValueError, match="got 240 errors:") as error:
        import_job(dataset=_users(stack, schema), source=source)
    lines = str(error.value).splitlines()
    assert len(lines) == 13
    assert lines[1].endswith("(20 times) [type]")
    assert lines[-2:] == ["  and 2 more kinds; `data-jobs check` shows them", CONVERT_HINT]


def test_a_check_that_stopped_says_so(stack: cdk.Stack, import_job: Declare, write: Write) -> None:
    source = DataSource.from_asset(write("a.csv", "USER_ID,AGE\n" + ",1\n" * 200_000))

    with pytest.raises(ValueError, match=r"got 1..,... errors; the rest was not read, because there are so many:\n"):
        import_job(dataset=_users(stack), source=source)


def test_conversion_is_recommended_only_where_it_may_help(stack: cdk.Stack, import_job: Declare, write: Write) -> None:
    users = _users(stack)

    with pytest.raises(ValueError, match=r"USER_ID must not be empty[^\n]*\Z"):
        import_job("One", dataset=users, source=DataSource.from_asset(write("a.csv", "USER_ID,AGE\n,1\n")))
    with pytest.raises(ValueError, match=rf"\n{CONVERT_HINT}\Z"):
        import_job("Two", dataset=users, source=DataSource.from_asset(write("a.csv", '"USER_ID",AGE\n1,1\n')))


HEADER = b"ITEM_ID,CREATION_TIMESTAMP,SIZE\n"
CONVERTIBLE = {
    "file-format": [gzip.compress(HEADER + b"i1,1735690635,\n")],
    "header": [b"itemId;creationTimestamp;size\ni1;1735690635;\n"],
    "line-break": [HEADER + b'"i\n1",1735690635,1\n'],
    "line-end": [HEADER.replace(b"\n", b"\r") + b"i1,1735690635,1\r"],
    "milliseconds": [HEADER + b"i1,1735690635123,\n"],
    "missing-column": [b"ITEM_ID,creationTimestamp,SIZE\ni1,1735690635,\n"],
    "unclosed-quote": [HEADER + b'"i ""1\n2",1735690635,\n'],
    "different-header": [HEADER + b"i1,1735690635,\n", b"SIZE,ITEM_ID,CREATION_TIMESTAMP\n1,i2,1735690635\n"],
    "quoted-header": [b'"ITEM_ID",CREATION_TIMESTAMP,SIZE\ni1,1735690635,1\n'],
    "timestamp": [HEADER + b"i1,2025-01-01 00:00:00Z,\n"],
    "type": [HEADER + b"i1,1735690635,1.0\n"],
    "utf-8": [HEADER + b"\xfc,1735690635,\n"],
}
"""Files that break a rule, and that `data-jobs convert` reads all the same."""


@pytest.mark.parametrize("rule", CONVERTIBLE)
def test_conversion_helps_where_it_is_recommended(write: Write, rule: str) -> None:
    types = {"ITEM_ID": "string", "CREATION_TIMESTAMP": "long", "SIZE": ["null", "int"]}
    fields = [{"name": name, "type": type_} for name, type_ in types.items()]
    schema = Schema.parse(json.dumps({"type": "record", "name": "Items", "fields": fields}))
    for number, content in enumerate(CONVERTIBLE[rule]):
        folder = write(f"{number}.csv", content)
    files = sorted(folder.iterdir())
    encoding = "latin-1" if rule == "utf-8" else None
    rules = {finding.rule for finding in check_files(files, schema).findings}
    convert_files(
        files,
        folder / "converted",
        schema,
        options=InputOptions(encoding=encoding),
        times=TimeOptions(milliseconds=rule == "milliseconds"),
    )

    assert {rule} == rules & _data_validation.CONVERTIBLE_RULES
    assert not check_files([folder / "converted"], schema).findings


def test_each_recommendation_of_conversion_has_its_proof() -> None:
    assert CONVERTIBLE.keys() == _data_validation.CONVERTIBLE_RULES


def test_what_is_probably_not_meant_is_a_warning(stack: cdk.Stack, import_job: Declare, write: Write) -> None:
    source = DataSource.from_asset(write("a.csv", "USER_ID,AGE\n u1,30\n"), check=True)
    import_job(dataset=_users(stack), source=source)

    Annotations.from_stack(stack).has_warning(
        "/Shop/ImportUsers",
        Match.string_like_regexp(r"the data is accepted, but 1 warning:\n .*a\.csv:2:1: warning: USER_ID begins"),
    )


def test_the_mode_decides_how_big_the_data_may_be(stack: cdk.Stack, bucket: s3.Bucket, write: Write) -> None:
    path = write("a.csv", "no header\n") / "a.csv"
    with path.open("r+b") as file:
        file.truncate(2**30 + 1)
    users, job = _users(stack), Construct(stack, "Job")
    files = (
        LocalFile(path, cast("aws_s3_assets.Asset", SimpleNamespace(asset_hash="")), "a.csv"),
    )  # an upload would copy the gigabyte
    location = Location(bucket, "a.csv", "a.csv", files=files, check=True)

    with pytest.raises(ValueError, match=r"got 2 errors:\n.* at most 1 GB, got 1,073,741,825 bytes"):
        validate_import(job, location, users, incremental=True)
    with pytest.raises(ValueError, match=r"got 1 error:\n.* the first line must be the header"):
        validate_import(job, location, users, incremental=False)


def test_by_default_a_schema_outside_the_app_is_no_error(
    import_job: Declare, write: Write, dataset: personalize.Dataset
) -> None:
    import_job(dataset=dataset, source=DataSource.from_asset(write("a.csv", "USER_ID,AGE\n,old\n")))


def test_a_check_needs_a_schema(import_job: Declare, write: Write) -> None:
    with pytest.raises(ValueError, match=r"check=True needs the dataset's schema, .* got Shop/Users without one; name"):
        import_job(source=DataSource.from_asset(write("a.csv"), check=True))


@pytest.mark.parametrize("check", [None, False])
def test_what_is_probably_not_meant_in_a_schema_is_a_warning(
    stack: cdk.Stack, import_job: Declare, write: Write, check: bool | None
) -> None:
    users = _users(stack, USERS.replace("Users", "users"))
    import_job("FromAsset", dataset=users, source=DataSource.from_asset(write("a.csv"), check=check))
    import_job("FromBucket", dataset=users)

    for job in ("FromAsset", "FromBucket"):
        Annotations.from_stack(stack).has_warning(
            f"/Shop/{job}",
            Match.string_like_regexp("the schema is accepted, but\n .*should be the dataset type"),
        )


@pytest.mark.parametrize(
    ("of_schema", "of_group", "expected"),
    [
        (None, "ECOMMERCE", "got none for the schema and ECOMMERCE for the group"),
        ("ECOMMERCE", None, "got ECOMMERCE for the schema and none for the group"),
        ("ECOMMERCE", "ECOMMERCE", None),
        (cdk.Fn.import_value("domain"), "ECOMMERCE", None),
        ("ECOMMERCE", cdk.Fn.import_value("domain"), None),
    ],
    ids=["no domain of the schema", "no domain of the group", "the same", "a token", "a token of the group"],
)
def test_a_schema_of_another_domain_than_the_dataset_groups_is_a_warning(
    stack: cdk.Stack, import_job: Declare, of_schema: str | None, of_group: str | None, expected: str | None
) -> None:
    users = _users(stack)
    users.node.scope.node.find_child("S").domain = of_schema
    group = cdk_personalize.CfnDatasetGroup(stack, "Group", name="g", domain=of_group)
    users.dataset_group_arn = group.attr_dataset_group_arn
    import_job("Import", dataset=users)

    warnings = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("should have the domain"))
    assert [one.id for one in warnings] == (["/Shop/Import"] if expected else [])
    assert all(str(expected) in str(one.entry.data) for one in warnings)


def _users(stack: cdk.Stack, text: str = USERS) -> cdk_personalize.CfnDataset:
    schema = cdk_personalize.CfnSchema(stack, "S", name="s", schema=text)
    return cdk_personalize.CfnDataset(
        stack,
        "Dataset",
        name="d",
        dataset_type="Users",
        dataset_group_arn="arn",
        schema_arn=schema.attr_schema_arn,
    )
