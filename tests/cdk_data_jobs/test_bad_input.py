"""Any value of an argument is valid or refused with a message, and what is valid is what the service takes."""

import contextlib
import enum
import functools
import json
import math
import re
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any, cast

import aws_cdk as cdk
import botocore.session
import pytest
from aws_cdk import aws_personalize as cdk_personalize
from aws_cdk import aws_s3 as s3
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cdk_data_jobs._definition.parameters import get_parameter, resolve_arn, set_parameter, validate_values
from cdk_data_jobs._job.job_names import validate_job_name
from cdk_data_jobs._job.tagging import find_tag_errors
from cdk_data_jobs._storage.local_files import FileFilter, find_files
from cdk_data_jobs._storage.location import Location
from cdk_data_jobs._support import validation
from cdk_data_jobs._support.tokens import ends_in_token, target_of
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs.personalize._dataset_schemas import find_schema
from cdk_data_jobs.personalize._validation import validate_arn, validate_location
from cdk_data_jobs_check import check_headers

PERSONALIZE = botocore.session.get_session().get_service_model("personalize")
ARN_PATTERN = re.compile(PERSONALIZE.shape_for("Arn").metadata["pattern"])
odd = st.sampled_from(
    ["", "/", "\0", "*", "s3://bucket/key", "a\nb", "${Token[TOKEN.1]", "${x}", "é" * 300, "\ud800", "..", "~"]
)
texts = st.text(max_size=40) | odd
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)


class Number(enum.IntEnum):
    """A number that JSON does not take as it is."""

    ONE = 1


others = st.builds(object) | st.binary(max_size=5) | st.builds(Path) | st.sampled_from(Number) | st.dates()
others |= st.just(MappingProxyType({"a": 1})) | st.just(cdk.Duration) | st.tuples()
anything = json_values | others
on_fixtures = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


class Bucket:
    """What a location needs of a bucket."""

    def __init__(self, bucket_name: str) -> None:
        self.bucket_name = bucket_name


def passes(validate: Any, *arguments: Any) -> bool:
    """Whether a value is valid; if it is not, nothing but a message may say so."""
    try:
        validate(*arguments)
    except ValidationError as error:
        assert re.search(r" must .*, (got|not an ARN) ?", str(error), re.DOTALL)  # noqa: PT017 - it says what was expected
        assert not str(error).endswith(".")  # noqa: PT017
        return False
    return True


@given(anything)
@example(math.inf)
@example(math.nan)
def test_values_of_any_type_are_refused_with_a_message(value: Any) -> None:
    text = isinstance(value, str)

    assert text or not passes(validate_job_name, value, 50)
    assert text or not passes(validation.validate_object_key, value, "key")
    assert text or not passes(validation.validate_prefix, value, "prefix")
    assert text or not passes(validation.validate_identifier, value, "id")
    assert text or not passes(validate_arn, value, "arn")
    assert not passes(validation.validate_timeout, value, cdk.Duration.days(7))
    assert not passes(validation.validate_kms_key, value)
    assert not passes(validation.validate_reference, value, "key_arn", "key", "a key", "from_key_arn")
    count = functools.partial(validation.validate_count, minimum=0)
    assert passes(count, value, "count") == (value is None or (type(value) is int and value >= 0))


@given(texts)
def test_a_key_that_passes_is_no_pattern_and_no_url(key: str) -> None:
    if passes(validation.validate_object_key, key, "key"):
        assert key
        assert not set(key) & set("*?")
        assert "${" not in key
        assert not key.startswith(("/", "s3://", "http://", "https://"))
    assert passes(validation.validate_prefix, key, "prefix") == (
        passes(validation.validate_object_key, key, "key") and key.endswith("/")
    )


@given(texts | st.from_regex(ARN_PATTERN))
def test_an_arn_is_taken_exactly_if_the_service_takes_it(arn: str) -> None:
    assert passes(validate_arn, arn, "arn") == (len(arn) <= 256 and bool(ARN_PATTERN.fullmatch(arn)))


@given(texts)
def test_a_key_of_kms_that_passes_is_no_alias(arn: str) -> None:
    for value in (arn, f"arn:aws:kms:eu-west-1:111122223333:{arn}", f"arn:aws:kms:eu-west-1:111122223333:key/{arn}"):
        if passes(validation.validate_kms_key, SimpleNamespace(key_arn=value)):
            assert ":alias/" not in value
            assert ":key/" in value


@given(texts | st.from_regex(r"[\w-]+"))
def test_an_identifier_is_of_ascii(value: str) -> None:
    assert passes(validation.validate_identifier, value, "id") == bool(re.fullmatch(r"[A-Za-z0-9_-]+", value))


@given(st.dictionaries(st.text(max_size=140), st.text(max_size=270), max_size=60))
def test_tags_are_invalid_exactly_if_the_service_refuses_them(tags: dict[str, str]) -> None:
    faulty = len(tags) > 50
    for key, value in tags.items():
        faulty |= not 1 <= len(key) <= 128 or len(value) > 256 or key.lower().startswith("aws:")
        faulty |= any(not (one.isalnum() or one.isspace() or one in "_.:/=+-@") for one in key + value if one.isascii())

    errors = find_tag_errors([{"Key": key, "Value": value} for key, value in tags.items()])

    assert errors or not faulty
    assert all(isinstance(error, str) for error in errors)


@given(st.text(max_size=300), st.text("abc-", min_size=3, max_size=63))
def test_a_location_that_passes_is_short_enough(key: str, bucket: str) -> None:
    location = Location(cast("s3.IBucket", Bucket(bucket)), key, "*")

    assert passes(validate_location, location) == (len(location.url) <= 256)


@given(before=texts, after=texts)
@on_fixtures
def test_only_a_whole_token_has_a_target(stack: cdk.Stack, before: str, after: str) -> None:
    token = cdk.CfnParameter(cdk.Stack(cdk.App(), "Other"), "Parameter").value_as_string
    text = f"{before}{token}{after}"

    assert (target_of(text) is None) == bool(before or after)
    assert target_of(f"{before}{stack.region}{after}") is None
    assert target_of(before) is None
    assert ends_in_token(f"{before}{token}")
    assert not ends_in_token(before)


@given(template=texts, parameters=st.dictionaries(st.text(max_size=5), json_values, max_size=4))
@on_fixtures
def test_an_arn_template_is_filled_or_refused(stack: cdk.Stack, template: str, parameters: dict[str, Any]) -> None:
    filled = resolve_arn("arn:{partition}:x:{region}:{account}:y", stack, parameters)
    names = "".join(f"{{{name}}}" for name in parameters)

    assert filled == f"arn:{stack.partition}:x:{stack.region}:{stack.account}:y"
    passes(resolve_arn, template + names, stack, parameters)


@given(
    st.dictionaries(st.text("ab", max_size=2), json_values), st.lists(st.text("ab", max_size=2), min_size=1, max_size=3)
)
def test_a_parameter_is_found_where_it_was_put(parameters: dict[str, Any], names: list[str]) -> None:
    path, kept = ".".join(names), json.dumps(parameters)
    changed = dict(parameters)

    assert get_parameter(parameters, path) is None or isinstance(names, list)
    if passes(set_parameter, changed, path, "new"):
        assert get_parameter(changed, path) == "new"
    assert json.dumps(parameters) == kept


@given(st.dictionaries(texts, json_values | others, max_size=3))
@example({"a": math.inf})
@example({"a": [2**53]})
@example({"a": {"b": -(2**53)}})
@on_fixtures
def test_parameters_that_pass_are_in_the_template_as_they_are(stack: cdk.Stack, parameters: dict[str, Any]) -> None:
    if passes(validate_values, parameters):
        written = stack.resolve(stack.to_json_string({"all": parameters}))
        assert json.loads(written, parse_int=float) == {"all": without_none(parameters)}  # JavaScript's numbers


def test_parameters_may_have_tokens() -> None:
    reference = {"Ref": "X"}
    for token in (cdk.Token.as_any(reference), cdk.Token.as_string(reference), cdk.Token.as_number(reference)):
        assert passes(validate_values, {"a": [{"b": token}]})


def without_none(value: Any) -> Any:
    """A value without the members that have none."""
    if isinstance(value, list):
        return [without_none(item) for item in value]
    if isinstance(value, dict):
        return {name: without_none(item) for name, item in value.items() if item is not None}
    return value


@given(
    content=st.binary(max_size=60) | texts.map(lambda text: text.encode("utf-8", "replace")), schema=json_values | texts
)
@on_fixtures
def test_any_file_and_any_schema_are_accepted_or_refused(tmp_path: Path, content: bytes, schema: Any) -> None:
    file = tmp_path / "items.csv"
    file.write_bytes(content)
    stack = cdk.Stack(cdk.App(), "Shop")
    fields = [{"name": schema}, {"name": "ITEM_ID"}]
    for number, text in enumerate(
        [schema, json.dumps(schema), json.dumps({"fields": schema}), json.dumps({"fields": fields})]
    ):
        if not isinstance(text, str) or not text:
            continue
        declared = cdk_personalize.CfnSchema(stack, f"Schema{number}", name="items", schema=text)
        dataset = cdk_personalize.CfnDataset(
            stack,
            f"Dataset{number}",
            name="items",
            dataset_type="Items",
            dataset_group_arn="arn",
            schema_arn=declared.attr_schema_arn,
        )
        with contextlib.suppress(ValidationError):
            find_schema(dataset, None)
    check_headers([file], None)


file_names = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=20
).filter(lambda name: name not in (".", ".."))


@given(names=st.sets(file_names | file_names.map(lambda name: f"{name}.CSV"), max_size=5), deep=st.booleans())
@on_fixtures
def test_of_any_folder_the_job_gets_what_it_reads_or_nobody_does(
    tmp_path_factory: pytest.TempPathFactory, names: set[str], deep: bool
) -> None:
    folder = tmp_path_factory.mktemp("data")
    for name in names:
        (folder / name).write_text("x")
    try:
        found = find_files(folder, FileFilter((".csv",), recursive=deep))
    except ValidationError as error:
        assert "at least one .csv file" in str(error)  # noqa: PT017
        found = {}

    assert set(found) == {name for name in names if Path(name).suffix.lower() == ".csv"}
