"""Names of jobs: valid for the service, whatever the path of the construct is."""

import re
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import botocore.session
import pytest
from constructs import Construct
from hypothesis import given
from hypothesis import strategies as st

from cdk_data_jobs import personalize
from cdk_data_jobs._definition.table import definition_of, read_table
from cdk_data_jobs._job.job_names import default_job_name, validate_job_name
from cdk_data_jobs._support.construct_paths import path_below
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs.definitions import JobNaming
from data_jobs.request import Request

JOB_TYPE = "Custom::PersonalizeDatasetImportJob"
TABLE = read_table()
NAMED = [kind for kind, row in TABLE.items() if "name" in row]
MAX = 50
ODD = [
    "///",
    "*",
    "😀" * 200,
    "x" * 255,
    "進口",
    "a\nb",
    "-_-",
    "${x}",
    "e\u0301",
    "\u202e",
    "0",
    "_",
    "-a-",
    "import users.csv",
]
# The CDK itself stumbles over names that every object of JavaScript has.
ids = st.text(min_size=1, max_size=255).filter(lambda text: not text.startswith("__")) | st.sampled_from(ODD)
paths = st.lists(st.text(min_size=1) | st.sampled_from(ODD), min_size=1).map("/".join)


def name_pattern(service: str, shape: str) -> re.Pattern[str]:
    """What the service says of a name."""
    model = botocore.session.get_session().get_service_model(service)
    return re.compile(model.shape_for(shape).metadata["pattern"])


SERVICE_PATTERN = name_pattern("personalize", "Name")


def job_name(base: str, kind: str, request_id: str, number: int) -> str:
    """The name that a run gives to its job."""
    event = {
        "RequestType": "Create",
        "RequestId": request_id,
        "ResponseURL": "https://answers",
        "ResourceType": kind,
        "LogicalResourceId": "Job",
        "StackId": "stack",
        "ResourceProperties": {"JobName": base},
    }
    return Request.from_event(event).job_name(number, TABLE[kind]["name"]["max_length"])


@pytest.mark.parametrize("kind", NAMED)
@given(path=paths, request_id=st.uuids().map(str), number=st.integers(0, 998))
def test_each_run_of_each_kind_has_a_name_that_its_service_takes(
    kind: str, path: str, request_id: str, number: int
) -> None:
    base = default_job_name(path, definition_of(kind).name.base_max_length)  # type: ignore[union-attr]
    name = job_name(base, kind, request_id, number)

    validate_job_name(base, MAX)
    assert SERVICE_PATTERN.fullmatch(name)
    assert len(name) <= TABLE[kind]["name"]["max_length"]
    assert name.startswith(base)


@given(paths, st.lists(st.tuples(st.uuids().map(str), st.integers(0, 998)), min_size=2, max_size=2, unique=True))
def test_requests_and_attempts_that_differ_have_names_that_differ(path: str, runs: list[tuple[str, int]]) -> None:
    base = default_job_name(path, MAX)
    one, other = (job_name(base, JOB_TYPE, *run) for run in runs)

    assert one != other


@given(st.lists(st.text("a1é導Й", min_size=1, max_size=20), min_size=2, max_size=2, unique=True))
def test_ids_that_differ_in_letters_that_names_cannot_have_make_names_that_differ(ids_: list[str]) -> None:
    one, other = (default_job_name(f"Shop/{id_}", MAX) for id_ in ids_)

    assert one != other


@given(st.text(max_size=60) | st.from_regex(SERVICE_PATTERN))
def test_a_given_name_is_taken_exactly_if_the_service_takes_it(name: str) -> None:
    valid = len(name) <= MAX and bool(SERVICE_PATTERN.fullmatch(name)) and name.isascii()

    try:
        validate_job_name(name, MAX)
    except ValidationError:
        assert not valid
    else:
        assert valid


@given(st.integers(-5, 80), paths)
def test_a_length_that_leaves_room_for_no_name_is_refused(max_length: int, path: str) -> None:
    try:
        naming = JobNaming(parameter="jobName", job_id="arn:{name}", max_length=max_length, name_taken_errors=["Taken"])
    except ValidationError:
        assert max_length < 25
    else:
        assert 1 <= len(default_job_name(path, naming.base_max_length)) <= naming.base_max_length


@given(st.lists(ids, min_size=1, max_size=4))
def test_real_constructs_have_paths_that_make_names(names: list[str]) -> None:
    stack = cdk.Stack(cdk.App(), "Shop")
    scope: Construct = stack
    for name in names:
        scope = Construct(scope, name)

    assert validate_job_name(default_job_name(scope.node.path, MAX), MAX) is None
    assert f"{stack.node.path}/{path_below(stack, scope)}" == scope.node.path


def test_jobs_with_odd_ids_are_declared_side_by_side(
    stack: cdk.Stack, import_job: Callable[..., personalize.DatasetImportJob], resources: Callable[..., dict[str, Any]]
) -> None:
    for name in ODD:
        try:
            import_job(f"Import{name}")
        except RuntimeError as error:
            assert "There is already a Construct" in str(error)  # noqa: PT017 - the CDK writes '/' as '--'

    jobs = resources(stack, JOB_TYPE).values()
    names = [job["Properties"]["JobName"] for job in jobs]
    assert len(names) == len(ODD)
    assert all(SERVICE_PATTERN.fullmatch(name) and len(name) <= MAX for name in names)


@given(paths)
def test_a_default_name_is_always_valid(path: str) -> None:
    name = default_job_name(path, MAX)

    assert 1 <= len(name) <= MAX
    assert SERVICE_PATTERN.match(name)


@given(paths)
def test_a_default_name_depends_on_the_path_alone(path: str) -> None:
    assert default_job_name(path, MAX) == default_job_name(path, MAX)


@given(st.text("abc-_/ é", min_size=60), st.text("abc-_/ é", min_size=60))
def test_long_paths_that_differ_have_names_that_differ(one: str, other: str) -> None:
    same = default_job_name(one, MAX) == default_job_name(other, MAX)

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
    assert default_job_name(path, MAX) == name


@pytest.mark.parametrize("name", ["a", "9", "A-b_c", "x" * 50])
def test_valid_names_pass(name: str) -> None:
    validate_job_name(name, MAX)


def test_tokens_are_valid_names(stack: cdk.Stack) -> None:
    token = cdk.CfnParameter(stack, "Parameter").value_as_string

    validate_job_name(token, MAX)
    validate_job_name(f"{token}{'-' * 99}", MAX)
