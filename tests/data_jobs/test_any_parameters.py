"""Whatever the parameters of a create call: their strings get the model's types, and the job is recognized."""

from __future__ import annotations

import functools
import json
from typing import Any

import botocore.session
import jmespath
import pytest
from botocore.validate import validate_parameters
from hypothesis import assume, given
from hypothesis import strategies as st

from data_jobs.conversion import to_typed
from data_jobs.definitions import table
from data_jobs.matching import matches
from data_jobs.request import Request

ROWS = table()
# Of an AwsJob nobody knows the service; these calls have maps, lists, times, unions, recursion and every scalar.
OTHERS = [
    ("sesv2", "CreateImportJob"),
    ("bedrock", "CreateModelInvocationJob"),
    ("dynamodb", "ExportTableToPointInTime"),
    ("glue", "StartJobRun"),
    ("sagemaker", "CreateProcessingJob"),
    ("emr-serverless", "StartJobRun"),
]
DEEPEST = 3
strings = st.text(max_size=12) | st.sampled_from(["true", "False", "42", "1.5", "null", "s3://bucket/key/", "ä😀"])
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(allow_nan=False, allow_infinity=False, width=32),
    "double": st.floats(allow_nan=False, allow_infinity=False),
    "timestamp": st.sampled_from(["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.123+02:00"]),
}


@functools.cache
def model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def operation(service: str, method: str) -> Any:
    """The model of a call that boto3 names so."""
    return model(service).operation_model("".join(part.capitalize() for part in method.split("_")))


@functools.cache
def values(shape: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """Values that a shape accepts, written as a template's author writes them."""
    if shape.type_name == "structure":
        return structures(shape, depth)
    if shape.type_name in ("list", "map"):
        least = int(shape.metadata.get("min", 0))
        most = least if depth > DEEPEST else max(least, min(3, int(shape.metadata.get("max", 3))))
        if shape.type_name == "list":
            return st.lists(values(shape.member, depth + 1), min_size=least, max_size=most)
        return st.dictionaries(
            values(shape.key, depth + 1), values(shape.value, depth + 1), min_size=least, max_size=most
        )
    if shape.type_name == "string":
        return st.sampled_from(shape.enum) if getattr(shape, "enum", None) else long_enough(shape)
    if shape.type_name in ("integer", "long", "float", "double"):
        return at_least(shape)
    return SCALARS.get(shape.type_name, strings)


def structures(shape: Any, depth: int) -> st.SearchStrategy[Any]:
    if getattr(shape, "is_tagged_union", False):
        alternatives = {name: values(member, depth + 1) for name, member in shape.members.items()}
        return st.one_of([st.fixed_dictionaries({name: one}) for name, one in alternatives.items()])
    wanted = shape.members if depth <= DEEPEST else shape.required_members  # a shape may hold itself
    members = {name: values(shape.members[name], depth + 1) for name in wanted}
    required = {name: members.pop(name) for name in shape.required_members}
    return st.fixed_dictionaries(required, optional=members)


def long_enough(shape: Any) -> st.SearchStrategy[str]:
    return strings.map(lambda text: text.ljust(int(shape.metadata.get("min", 0)), "x"))


def at_least(shape: Any) -> st.SearchStrategy[Any]:
    least = shape.metadata.get("min")
    return SCALARS[shape.type_name].map(lambda number: number if least is None else max(number, type(number)(least)))


def as_sent(value: Any) -> Any:
    """A value as CloudFormation sends it to a custom resource: scalars are texts, 1.0 is "1"."""
    if isinstance(value, dict):
        return {name: as_sent(part) for name, part in value.items()}
    if isinstance(value, list):
        return [as_sent(part) for part in value]
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value).replace("e-0", "e-")
    return value if isinstance(value, str) else json.dumps(value)


def reordered(value: Any) -> Any:
    """The same, with the members of every object the other way round."""
    if isinstance(value, dict):
        return {name: reordered(value[name]) for name in reversed(value)}
    return [reordered(part) for part in value] if isinstance(value, list) else value


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something can be changed: every scalar, and every empty object or list."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [place for name, part in parts for place in places(part, (*path, name))]
    return found or [path]


def changed(value: Any, path: tuple[Any, ...]) -> Any:
    """The same with another value at one place."""
    if not path:
        return f"{value} and more"
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(copy[path[0]], path[1:])
    return copy


def parameters(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    row = ROWS[kind]
    return values(operation(row["service"], row["create"]["operation"]).input_shape)


def job_made_with(kind: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """The description of a job that was created with these parameters."""
    row = ROWS[kind]
    shape = operation(row["service"], row["describe"]["operation"]).output_shape.members[row["describe"]["job"]]
    if "find" not in row:
        return {name: value for name, value in wanted.items() if name in shape.members}
    request = next((value for name, value in wanted.items() if name.endswith("Request")), None)
    if request is None:
        listing = operation(row["service"], row["find"]["operation"]).output_shape
        summary = jmespath.compile(row["find"]["jobs"]).parsed["children"][0]["value"]
        return {name: value for name, value in wanted.items() if name in listing.members[summary].member.members}
    reported = {name: value for name, value in request.items() if name in shape.members["Definition"].members}
    return {"ApplicationId": wanted["ApplicationId"], "Definition": reported, "Id": "job", "JobStatus": "COMPLETED"}


def compared(kind: str, job: dict[str, Any]) -> Any:
    """What the engine compares with the parameters."""
    find = ROWS[kind].get("find")
    return jmespath.search(find["as_parameters"], job) if find else job


every_kind = pytest.mark.parametrize("kind", ROWS)
calls = [(row["service"], row["create"]["operation"]) for row in ROWS.values()]
shapes = [operation(service, method).input_shape for service, method in calls] + [
    model(service).operation_model(name).input_shape for service, name in OTHERS
]


@pytest.mark.parametrize("shape", shapes, ids=lambda shape: shape.name)
@given(data=st.data())
def test_strings_become_the_values_that_they_were(shape: Any, data: st.DataObject) -> None:
    wanted = data.draw(values(shape))

    received = to_typed(as_sent(wanted), shape)

    validate_parameters(received, shape)
    assert received == wanted


@every_kind
@given(data=st.data())
def test_a_job_is_known_by_the_parameters_that_it_was_created_with(kind: str, data: st.DataObject) -> None:
    wanted = data.draw(parameters(kind))
    job = job_made_with(kind, wanted)

    assert matches(as_sent(wanted), compared(kind, {**job, "status": "ACTIVE", "new": [1]}))
    assert matches(as_sent(reordered(wanted)), compared(kind, reordered(job)))


@every_kind
@given(data=st.data())
def test_a_job_created_with_another_value_is_another_job(kind: str, data: st.DataObject) -> None:
    wanted = data.draw(parameters(kind))
    job = job_made_with(kind, wanted)
    assume(job)
    place = data.draw(st.sampled_from(places(job)))
    assume(place[0] not in ("Id", "JobStatus"))

    assert not matches(as_sent(wanted), compared(kind, changed(job, place)))


def requested(kind: str, new: dict[str, Any], old: dict[str, Any], **properties: Any) -> bool:
    """Whether an Update from the old to the new parameters runs a job."""
    common = {"ServiceToken": "arn"}
    event = {
        "RequestType": "Update",
        "RequestId": "request",
        "ResponseURL": "https://responses",
        "ResourceType": kind,
        "LogicalResourceId": "Job",
        "StackId": "stack",
        "PhysicalResourceId": "job",
        "ResourceProperties": {**common, "Parameters": as_sent(new), **properties},
        "OldResourceProperties": {**common, "Parameters": as_sent(old), "Timeout": "3300"},
    }
    return Request.from_event(event).changes_job(ROWS[kind]["not_identity"])


def is_identity(kind: str, place: tuple[Any, ...]) -> bool:
    path = ".".join(map(str, place))
    return not any(path == one or path.startswith(f"{one}.") for one in ROWS[kind]["not_identity"])


@every_kind
@given(data=st.data())
def test_the_order_of_what_is_declared_moves_no_data(kind: str, data: st.DataObject) -> None:
    wanted = data.draw(parameters(kind))

    assert not requested(kind, reordered(wanted), wanted, Timeout="60", JobName="other", OnFailure="CONTINUE", Files=[])


@every_kind
@given(data=st.data())
def test_each_change_of_what_a_job_is_runs_it_again_and_no_other_change(kind: str, data: st.DataObject) -> None:
    wanted = data.draw(parameters(kind))
    place = data.draw(st.sampled_from(places(wanted)))

    assert requested(kind, changed(wanted, place), wanted) == is_identity(kind, place)


@every_kind
@given(data=st.data(), trigger=st.text(max_size=5))
def test_a_new_trigger_runs_the_job_again(kind: str, data: st.DataObject, trigger: str) -> None:
    wanted = data.draw(parameters(kind))

    assert requested(kind, wanted, wanted, Trigger=trigger)
