"""CSV headers against the schema that the app declares."""

from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_personalize as cdk_personalize

from cdk_data_jobs import personalize
from cdk_data_jobs.schema import check_columns

Write = Callable[..., Path]


def test_a_header_with_all_columns_passes(declared_dataset: cdk_personalize.CfnDataset, write: Write) -> None:
    check_columns([write("a.csv", "AGE,USER_ID,MORE\r\n") / "a.csv"], declared_dataset)


def test_no_files_pass(declared_dataset: cdk_personalize.CfnDataset) -> None:
    check_columns([], declared_dataset)


def test_all_missing_columns_are_told(declared_dataset: cdk_personalize.CfnDataset, write: Write) -> None:
    with pytest.raises(ValueError, match=r"got 'NAME' in '.*a.csv', which lacks USER_ID, AGE; add them"):
        check_columns([write("a.csv", "NAME\n") / "a.csv"], declared_dataset)


def test_headers_that_differ_are_refused(dataset: personalize.Dataset, write: Write) -> None:
    folder = write("a.csv", "USER_ID,AGE\n")
    write("b.csv", "AGE,USER_ID\n")

    with pytest.raises(ValueError, match=r"the same header, got 'USER_ID,AGE' in 'a.csv' and 'AGE,USER_ID' in 'b.csv'"):
        check_columns([folder / "a.csv", folder / "b.csv"], dataset)


def test_another_encoding_is_refused(dataset: personalize.Dataset, write: Write) -> None:
    with pytest.raises(ValueError, match="must be encoded in UTF-8"):
        check_columns([write("a.csv", "USER_ID,Größe\n".encode("latin-1")) / "a.csv"], dataset)


@pytest.mark.parametrize("schema", ["not JSON", "[]", '{"fields": [1]}', cdk.Token.as_string({"Ref": "Schema"})])
def test_a_schema_that_cannot_be_read_here_is_left_to_the_service(stack: cdk.Stack, write: Write, schema: str) -> None:
    dataset = _dataset(stack, cdk_personalize.CfnSchema(stack, "S", name="s", schema=schema).attr_schema_arn)

    check_columns([write("a.csv", "NAME\n") / "a.csv"], dataset)


@pytest.mark.parametrize("arn", ["arn:aws:personalize:r:a:schema/s", cdk.Fn.import_value("schema")])
def test_a_schema_outside_the_app_is_left_to_the_service(stack: cdk.Stack, write: Write, arn: str) -> None:
    check_columns([write("a.csv", "NAME\n") / "a.csv"], _dataset(stack, arn))


def _dataset(stack: cdk.Stack, schema_arn: str) -> cdk_personalize.CfnDataset:
    return cdk_personalize.CfnDataset(
        stack, "Dataset", name="d", dataset_type="Users", dataset_group_arn="arn", schema_arn=schema_arn
    )
