"""CSV headers, and whole files, against the schema that the app declares."""

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
from cdk_data_jobs._storage.location import LocalFile, Location
from cdk_data_jobs.personalize._data_validation import validate_columns, validate_import

Declare = Callable[..., personalize.DatasetImportJob]
Write = Callable[..., Path]

USERS = json.dumps(
    {
        "type": "record",
        "name": "Users",
        "fields": [{"name": "USER_ID", "type": "string"}, {"name": "AGE", "type": ["null", "int"]}],
    }
)


def test_a_header_with_all_columns_passes(declared_dataset: cdk_personalize.CfnDataset, write: Write) -> None:
    validate_columns([write("a.csv", "AGE,USER_ID,MORE\r\n") / "a.csv"], declared_dataset)


def test_a_byte_order_mark_is_no_part_of_the_first_name(
    declared_dataset: cdk_personalize.CfnDataset, write: Write
) -> None:
    validate_columns([write("a.csv", "\ufeffUSER_ID,AGE\r\n") / "a.csv"], declared_dataset)


def test_no_files_pass(declared_dataset: cdk_personalize.CfnDataset) -> None:
    validate_columns([], declared_dataset)


def test_all_missing_columns_are_in_the_message(declared_dataset: cdk_personalize.CfnDataset, write: Write) -> None:
    with pytest.raises(ValueError, match=r"got 'NAME' in '.*a.csv', which lacks USER_ID, AGE; add them"):
        validate_columns([write("a.csv", "NAME\n") / "a.csv"], declared_dataset)


def test_headers_that_differ_are_refused(dataset: personalize.Dataset, write: Write) -> None:
    folder = write("a.csv", "USER_ID,AGE\n")
    write("b.csv", "AGE,USER_ID\n")

    with pytest.raises(ValueError, match=r"the same header, got 'USER_ID,AGE' in 'a.csv' and 'AGE,USER_ID' in 'b.csv'"):
        validate_columns([folder / "a.csv", folder / "b.csv"], dataset)


def test_another_encoding_is_refused(dataset: personalize.Dataset, write: Write) -> None:
    with pytest.raises(ValueError, match="must be encoded in UTF-8"):
        validate_columns([write("a.csv", "USER_ID,Größe\n".encode("latin-1")) / "a.csv"], dataset)


@pytest.mark.parametrize(
    "text",
    ["not JSON", "[]", '{"fields": [1]}', cdk.Token.as_string({"Ref": "Schema"})],
    ids=["no JSON", "no record", "no names", "a token"],
)
def test_a_schema_that_cannot_be_read_here_is_left_to_the_service(stack: cdk.Stack, write: Write, text: str) -> None:
    dataset = _users(stack, text)

    validate_columns([write("a.csv", "NAME\n") / "a.csv"], dataset)


@pytest.mark.parametrize(
    "arn", ["arn:aws:personalize:r:a:schema/s", cdk.Fn.import_value("schema")], ids=["an ARN", "a token"]
)
def test_a_schema_outside_the_app_is_left_to_the_service(stack: cdk.Stack, write: Write, arn: str) -> None:
    validate_columns([write("a.csv", "NAME\n") / "a.csv"], _dataset(stack, arn))


def test_every_row_is_checked_against_the_schema_in_the_app(
    stack: cdk.Stack, import_job: Declare, write: Write
) -> None:
    folder = write("a.csv", "USER_ID,AGE\nu1,30\n,31\n")
    write("b.csv", "USER_ID,AGE\nu1,old\n")

    with pytest.raises(ValueError, match="the data of Shop/ImportUsers would be refused, got 2 errors:") as error:
        import_job(dataset=_users(stack), source=DataSource.from_asset(folder, check=True))
    first, second = str(error.value).splitlines()[1:]
    assert first == f"  {folder}/a.csv:3:1: error: USER_ID must not be empty; fill it in, or leave the row out [empty]"
    assert second.startswith(f"  {folder}/b.csv:2:4: error: AGE must be of type int, got 'old'; write a whole number")


def test_by_default_every_row_is_checked(stack: cdk.Stack, import_job: Declare, write: Write) -> None:
    with pytest.raises(ValueError, match="would be refused, got 2 errors:"):
        import_job(dataset=_users(stack), source=DataSource.from_asset(write("a.csv", "USER_ID,AGE\n,old\n")))


def test_only_the_header_is_checked_if_an_app_says_so(stack: cdk.Stack, import_job: Declare, write: Write) -> None:
    source = DataSource.from_asset(write("a.csv", "USER_ID,AGE\n,old\n"), check=False)

    import_job(dataset=_users(stack), source=source)


def test_a_file_may_have_the_schema(import_job: Declare, write: Write, dataset: personalize.Dataset) -> None:
    write("users.avsc", USERS)
    folder = write("data/a.csv", "USER_ID,AGE\nu1,old\n")
    source = DataSource.from_asset(folder / "data", check=folder / "users.avsc")

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
    assert len(lines) == 12
    assert lines[1].endswith("(20 times) [type]")
    assert lines[-1] == "  and 2 more kinds; `data-jobs check` shows them"


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


@pytest.mark.parametrize(
    ("domain", "message"), [("ECOMMERCE", "add EVENT_TYPE"), (None, "at least 1,000 interactions")]
)
def test_the_schema_is_checked_for_its_domain(
    stack: cdk.Stack, import_job: Declare, write: Write, domain: str | None, message: str
) -> None:
    columns = {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"}
    fields = [{"name": name, "type": type_} for name, type_ in columns.items()]
    document = json.dumps({"type": "record", "name": "Interactions", "fields": fields})
    schema = cdk_personalize.CfnSchema(stack, "S", name="s", schema=document, domain=domain)
    source = DataSource.from_asset(write("a.csv", f"{','.join(columns)}\nu1,i1,1735690635\n"))

    dataset = _dataset(stack, schema.attr_schema_arn)
    dataset.dataset_type = "Interactions"

    with pytest.raises(ValueError, match=message):
        import_job(dataset=dataset, source=source)


def test_the_schema_must_be_of_the_datasets_type(stack: cdk.Stack, import_job: Declare, write: Write) -> None:
    users = _users(stack)
    users.dataset_type = "Items"

    with pytest.raises(ValueError, match="of a dataset of type Items must be for that type, got one for Users"):
        import_job(dataset=users, source=DataSource.from_asset(write("a.csv")))


def test_what_is_probably_not_meant_in_a_schema_is_a_warning(
    stack: cdk.Stack, import_job: Declare, write: Write
) -> None:
    import_job(dataset=_users(stack, USERS.replace("Users", "users")), source=DataSource.from_asset(write("a.csv")))

    Annotations.from_stack(stack).has_warning(
        "/Shop/ImportUsers",
        Match.string_like_regexp("the schema is accepted, but\n .*should be the dataset type"),
    )


def test_a_check_needs_a_schema(import_job: Declare, write: Write) -> None:
    with pytest.raises(ValueError, match=r"check=True needs the dataset's schema, .* got Shop/Users without one; name"):
        import_job(source=DataSource.from_asset(write("a.csv"), check=True))


@pytest.mark.parametrize("in_app", [True, False])
def test_a_schema_that_the_service_would_refuse_is_refused_if_data_is_to_be_checked_against_it(
    stack: cdk.Stack, import_job: Declare, write: Write, in_app: bool
) -> None:
    text = USERS.replace("Users", "Readers")
    source = DataSource.from_asset(write("a.csv") / "a.csv", check=in_app or write("r.avsc", text) / "r.avsc")

    with pytest.raises(ValueError, match=r"the name of a schema must be a dataset type, .* got 'Readers'"):
        import_job(dataset=_users(stack, text), source=source)


def _users(stack: cdk.Stack, text: str = USERS) -> cdk_personalize.CfnDataset:
    return _dataset(stack, cdk_personalize.CfnSchema(stack, "S", name="s", schema=text).attr_schema_arn)


def _dataset(stack: cdk.Stack, schema_arn: str) -> cdk_personalize.CfnDataset:
    return cdk_personalize.CfnDataset(
        stack, "Dataset", name="d", dataset_type="Users", dataset_group_arn="arn", schema_arn=schema_arn
    )
