"""Names, times, locations and tags: what passes and what is refused."""

import re
from types import SimpleNamespace

import pytest
from aws_cdk import CfnParameter, Duration, Stack, Token
from hypothesis import given
from hypothesis import strategies as st

from cdk_data_jobs import checks
from cdk_data_jobs.checks import ValidationError

MAX = 50
SERVICE_PATTERN = re.compile(r"^[a-zA-Z0-9][a-zA-Z0-9\-_]*\Z")
paths = st.lists(st.text(min_size=1), min_size=1, max_size=8).map("/".join)


@given(paths)
def test_a_default_name_is_always_valid(path: str) -> None:
    name = checks.default_job_name(path, MAX)

    assert 1 <= len(name) <= MAX
    assert SERVICE_PATTERN.match(name)


@given(paths)
def test_a_default_name_depends_on_the_path_alone(path: str) -> None:
    assert checks.default_job_name(path, MAX) == checks.default_job_name(path, MAX)


@given(st.text("abc-_/ é", min_size=60), st.text("abc-_/ é", min_size=60))
def test_long_paths_that_differ_have_names_that_differ(one: str, other: str) -> None:
    same = checks.default_job_name(one, MAX) == checks.default_job_name(other, MAX)

    shortened = len(re.sub(r"[^a-zA-Z0-9_-]+", "-", one).strip("-_")) > MAX
    assert same == (one == other) or not shortened


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("Shop/ImportUsers", "Shop-ImportUsers"),
        ("Prod/Shop/Data/Import users (all)", "Prod-Shop-Data-Import-users-all"),
        ("Shop/" + "Import" * 10, "Shop-ImportImportImportImportImportImport-6f1375e8"),
        ("Shop/" + "x" * 45, "Shop-" + "x" * 45),
        ("Shop/" + "x" * 34 + "--" + "y" * 20, "Shop-" + "x" * 34 + "-8d12deb8"),
        ("商店/進口", "job-1de0e3d6"),
    ],
)
def test_a_default_name_is_readable_and_pinned(path: str, name: str) -> None:
    assert checks.default_job_name(path, MAX) == name


@pytest.mark.parametrize("name", ["a", "9", "A-b_c", "x" * 50])
def test_valid_names_pass(name: str) -> None:
    checks.check_job_name(name, MAX)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", r"1 to 50 characters, because each run adds a suffix to it, got 0: ''"),
        ("x" * 51, r"1 to 50 characters.*got 51"),
        ("-a", r"must start with a letter or digit.*got '-a'"),
        ("a b", r"letters, digits, hyphens and underscores, got 'a b'"),
        ("a\n", r"got 'a\\n'"),
        ("é", r"got 'é'"),
        (7, r"must be a string, got int 7"),
    ],
)
def test_other_names_are_refused(name: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        checks.check_job_name(name, MAX)


@pytest.mark.parametrize(
    ("timeout", "message"),
    [
        (Duration.seconds(59), r"timeout must be 1 minute to 7 days, got 59 seconds"),
        (Duration.millis(59_999), r"timeout must be 1 minute to 7 days, got 59 seconds 999 millis"),
        (Duration.millis(90_500), r"timeout must be in whole seconds, got 1 minute 30 seconds"),
        (Duration.hours(169), r"got 7 days 1 hour; use wait_for_completion=False"),
        (300, r"timeout must be an aws_cdk.Duration, got int 300; use Duration.minutes"),
    ],
)
def test_a_timeout_out_of_range_is_refused(timeout: Duration, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        checks.check_timeout(timeout, Duration.days(7))


@pytest.mark.parametrize("minutes", [1, 7 * 24 * 60])
def test_the_ends_of_the_range_pass(minutes: int) -> None:
    checks.check_timeout(Duration.minutes(minutes), Duration.days(7))


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", r"ends in '/', got an empty string"),
        ("/users.csv", r"after the bucket's name and its '/', got '/users.csv'"),
        ("s3://data/users.csv", r"the part of the location after the bucket's name"),
        ("users/*.csv", r"must not have '\*'.*got 'users/\*.csv'$"),
        ("users/${aws:username}/", r"wildcards in the policies"),
        (None, r"must be a string, got NoneType"),
    ],
)
def test_keys_that_are_none_are_refused(key: str, message: str) -> None:
    with pytest.raises(ValidationError, match=f"^key_or_prefix must .*{message.removeprefix('must ')}"):
        checks.check_key(key, "key_or_prefix")


def test_a_prefix_ends_in_a_slash() -> None:
    checks.check_prefix("out/", "prefix")

    with pytest.raises(ValidationError, match="prefix must be a folder and end in '/', got 'out'"):
        checks.check_prefix("out", "prefix")


ALIAS = "arn:aws:kms:eu-west-1:111122223333:alias/data"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1"


@pytest.mark.parametrize(
    ("key", "got"),
    [
        (SimpleNamespace(key_arn=ALIAS), "an alias"),
        (SimpleNamespace(key_arn=KEY, alias_name="alias/data"), "an alias"),
        (SimpleNamespace(key_arn="1234"), "'1234'"),
        (SimpleNamespace(key_arn="arn:aws:s3:::key"), "'arn:aws:s3:::key'"),
    ],
)
def test_a_key_is_told_by_its_own_arn(key: object, got: str) -> None:
    checks.check_key_arn(SimpleNamespace(key_arn=KEY))

    with pytest.raises(ValidationError) as refused:
        checks.check_key_arn(key)
    assert str(refused.value) == (
        "encryption_key must be a key and not an alias, because services take only the ARN of a key, got "
        f"{got}; use aws_kms.Key.from_key_arn(...)"
    )


def test_a_key_is_no_text() -> None:
    with pytest.raises(ValidationError, match=r"got str '.*'; use aws_kms.Key.from_key_arn\(...\) for an existing one"):
        checks.check_key_arn(KEY)


@pytest.mark.parametrize(("value", "message"), [(0, "at least 1, got int 0"), ("2", "got str '2'"), (True, "got")])
def test_a_count_is_a_whole_number(value: object, message: str) -> None:
    checks.check_count(None, "num_results", least=1)
    checks.check_count(Token.as_number({"Ref": "Count"}), "num_results", least=1)
    checks.check_count(Token.as_any({"Ref": "Count"}), "num_results", least=1)
    for end in (1, 500):
        checks.check_count(end, "num_results", least=1, most=500)

    with pytest.raises(ValidationError, match=f"num_results must be a whole number.*{message}"):
        checks.check_count(value, "num_results", least=1)


def test_a_location_has_at_most_256_characters() -> None:
    checks.check_location("s3://data/" + "x" * 246, "data")

    told = r"at most 256 characters, the bucket's name included, got 257: 's3://data/x+'; use a shorter key or prefix"
    with pytest.raises(ValidationError, match=told):
        checks.check_location("s3://data/" + "x" * 247, "data")


def test_of_a_token_bucket_only_the_known_part_counts() -> None:
    bucket = Token.as_string({"Ref": "Data"})
    checks.check_location(f"s3://{bucket}/" + "x" * 247, bucket)

    with pytest.raises(ValidationError, match="got 257"):
        checks.check_location(f"s3://{bucket}/" + "x" * 248, bucket)


LIKE = "like arn:aws:personalize:<region>:<account>:<resource> and have at most 256 characters, got "
PERSONALIZE = "arn:aws:personalize:eu-west-1:111122223333:"


@pytest.mark.parametrize(
    ("arn", "told"),
    [
        ("users", f"{LIKE}'users'"),
        ("arn:aws:s3:::users", f"{LIKE}'arn:aws:s3:::users'"),
        (PERSONALIZE + "x" * 214, f"{LIKE}'{PERSONALIZE}{'x' * 214}'"),
        (5, "a string, got int 5"),
    ],
)
def test_arns_of_others_are_refused(arn: str, told: str) -> None:
    checks.check_personalize_arn(PERSONALIZE + "x" * 213, "dataset_arn")

    with pytest.raises(ValidationError) as refused:
        checks.check_personalize_arn(arn, "dataset_arn")
    assert str(refused.value) == f"dataset_arn must be {told}"


@pytest.mark.parametrize(
    ("value", "told"),
    [(5, "a string, got int 5"), ("a:b", "an id of letters, digits, hyphens and underscores, got 'a:b'")],
)
def test_an_id_is_no_arn(value: str, told: str) -> None:
    checks.check_identifier("a-b_9", "segment_id")

    with pytest.raises(ValidationError) as refused:
        checks.check_identifier(value, "segment_id")
    assert str(refused.value) == f"segment_id must be {told}"


def test_of_what_is_neither_text_nor_number_the_type_is_told() -> None:
    with pytest.raises(ValidationError, match=r"must be True or False, got list$"):
        checks.check_flag([], "full")


def test_tokens_pass(stack: Stack) -> None:
    token = CfnParameter(stack, "Parameter").value_as_string

    checks.check_job_name(token, MAX)
    checks.check_job_name(f"{token}{'-' * 99}", MAX)
    checks.check_prefix(token, "prefix")
    checks.check_location(f"s3://data/{token}{'-' * 256}", "data")
    checks.check_personalize_arn(token, "dataset_arn")
    checks.check_timeout(Duration.seconds(Token.as_number({"Ref": "Parameter"})), Duration.days(7))
    assert checks.tag_errors([{"Key": stack.resolve(token), "Value": stack.resolve(token)}]) == []


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ({f"key{number}": "" for number in range(51)}, "at most 50 tags, got 51"),
        ({"aws:cdk": ""}, "must not start with 'aws:', which is reserved, got 'aws:cdk'"),
        ({"k" * 129: ""}, f"a tag's key must have 1 to 128 characters, got 129: '{'k' * 129}'"),
        ({"": ""}, "1 to 128 characters, got 0: ''"),
        ({"key": "v" * 257}, "at most 256 characters, got 257 for 'key'"),
        ({"price": "3 €"}, "got '€' in 'price'"),
        ({"key;": "a,b"}, "letters, digits, white space and _ . : / = + - @, got ',' ';' in 'key;'"),
    ],
)
def test_faulty_tags_are_told(tags: dict[str, str], message: str) -> None:
    (error,) = checks.tag_errors([{"Key": key, "Value": value} for key, value in tags.items()])

    assert message in error


def test_a_tag_that_is_not_known_yet_hides_no_other() -> None:
    known = {"Key": "aws:a", "Value": {"Ref": "Team"}}

    assert len(checks.tag_errors([{"Key": {"Ref": "Name"}, "Value": ""}, known])) == 1


def test_tags_at_the_limits_pass() -> None:
    most = [{"Key": f"{number:0128}", "Value": "v" * 256} for number in range(50)]

    assert checks.tag_errors([*most[:-1], {"Key": "k", "Value": ""}]) == []


def test_tags_in_every_script_pass() -> None:
    assert checks.tag_errors([{"Key": "équipe : 1/2", "Value": "検索 a_b.c=d+e-f@g"}]) == []
