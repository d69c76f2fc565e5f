"""What paths find, by the shape of what they are searched in."""

from typing import Any

import jmespath
import pytest

from cdk_data_jobs._definition.path_shapes import NothingFoundError, parse_path, result_shape
from cdk_data_jobs._definition.service_model import operation_model
from cdk_data_jobs._definition.synthetic_shapes import Shape, SyntheticShape, object_of
from cdk_data_jobs._support.validation import ValidationError

DATA: dict[str, Any] = {
    "Job": {"Status": "ACTIVE", "Failed": 3, "Ended": True, "Reasons": ["a"], "Counts": {"Rows": 1}, "Table": [["a"]]},
    "Jobs": [{"Id": "1", "Size": 1}, {"Id": "2", "Size": 2}],
}


def shape_of(value: Any) -> SyntheticShape:
    if isinstance(value, dict):
        return object_of({name: shape_of(item) for name, item in value.items()})
    if isinstance(value, list):
        return SyntheticShape("list", member=shape_of(value[0]) if value else None)
    return SyntheticShape({bool: "boolean", int: "double", float: "double", str: "string"}[type(value)])


SHAPE = shape_of(DATA)


def fits(value: Any, shape: Shape) -> bool:
    if shape is None:
        return True
    if shape.type_name == "structure":
        return isinstance(value, dict) and all(fits(value[name], one) for name, one in shape.members.items())
    if shape.type_name == "list":
        return isinstance(value, list) and all(fits(one, shape.member) for one in value)
    return shape_of(value).type_name == shape.type_name


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("Job.Status", "string"),
        ("Job", "structure"),
        ("@", "structure"),
        ("Job | Status", "string"),
        ('"Job"."Status"', "string"),
        ("Jobs[0].Id", "string"),
        ("Jobs[-1]", "structure"),
        ("Jobs[*].Id", "list"),
        ("Jobs[].Id", "list"),
        ("Jobs[:1].Id | [0]", "string"),
        ("Jobs[?Id == '2'] | [0]", "structure"),
        ("Jobs[?Size > `1`].Id | [0]", "string"),
        ("Job.Table[] | [0]", "string"),
        ("(Job.[Status, Failed] | [0])[]", "list"),
        ("Job.Counts.*", "list"),
        ("Job.*.Rows", "list"),
        ("Job.[Status, 'a']", "list"),
        ("Job.[Status, Failed] | [0]", None),
        ("Job.{status: Status, n: Failed}", "structure"),
        ("Job.{status: Status}.status", "string"),
        ("Job.Status || Jobs[0].Id", "string"),
        ("Job.Status || `7`", None),
        ("[`[]`, Job.Reasons][0][0]", "string"),
        ("[Job.Status, Jobs[].Id][] | [0]", "string"),
        ("[Job.Status, Job.Failed][?@] | [0]", None),
        ("[Job.Reasons, Jobs][]", "list"),
        ("Job.Reasons || `[]`", "list"),
        ("Job.Status && Job.Ended", None),
        ("!(Job.Ended)", "boolean"),
        ("Job.Failed > `2`", "boolean"),
        ("'a'", "string"),
        ("`1`", "double"),
        ("`true`", "boolean"),
        ('`{"a": ["b"]}`.a[0]', "string"),
        ("length(Jobs)", "double"),
        ("join(' ', Job.Reasons)", "string"),
        ("contains(Job.Reasons, 'a')", "boolean"),
        ("keys(Job)", "list"),
        ("values(Job)", "list"),
        ("map(&Id, Jobs) | [0]", "string"),
        ("max_by(Jobs, &Size).Id", "string"),
        ("sort_by(Jobs, &Size)[0].Id", "string"),
        ("reverse(Job.Reasons) | [0]", "string"),
        ("max(Jobs[*].Size)", "double"),
        ("not_null(Job.Status, Jobs[0].Id)", "string"),
        ("merge(Job.Counts, `{}`)", None),
        ("to_number(Job.Status)", "double"),
    ],
)
def test_what_is_found_has_the_shape(path: str, found: str | None) -> None:
    shape = result_shape(path, SHAPE)

    assert (shape and shape.type_name) == found
    value = jmespath.search(path, DATA)
    assert value is None or fits(value, shape)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("job.Status", "there is no 'job', but Job, Jobs"),
        ("Job.status", "there is no 'status', but Status, Counts, Ended, Failed, Reasons, Table"),
        ("Jobs.Id", "'Id' is searched in a list, which takes [0] or [*] before it"),
        ("Jobs[0].Name", "there is no 'Name', but Id, Size"),
        ("Jobs[?Name == 'a']", "there is no 'Name', but Id, Size"),
        ("Jobs[?Id == '1'].Name", "there is no 'Name', but Id, Size"),
        ("Jobs[*].Name", "there is no 'Name', but Id, Size"),
        ("Job[0]", "brackets take a list, but what is before them is of the type structure"),
        ("Job[:1]", "brackets take a list, but what is before them is of the type structure"),
        ("Job[]", "brackets take a list, but what is before them is of the type structure"),
        ("Jobs.*", "'*' takes an object, but what is before it is of the type list"),
        ("Job.Status.Code", "'Code' is searched in what is of the type string, which has no members"),
        ("Job.{a: Name}", "there is no 'Name', but Counts, Ended, Failed, Reasons, Status, Table"),
        ("Job.{a: Status}.b", "there is no 'b', but a"),
        ("Job.Name || Job.Status", "there is no 'Name', but Counts, Ended, Failed, Reasons, Status, Table"),
        ("sort_by(Jobs, &Name)", "there is no 'Name', but Id, Size"),
        ("length(Job.Name)", "there is no 'Name', but"),
        ("Job.{a: Name, b: Status}", "there is no 'Name', but"),
        ("Job.[Name, Status]", "there is no 'Name', but"),
        ("!Name", "there is no 'Name', but"),
        ("`{}`.a", "there is no 'a', but nothing"),
        ("&Job.Status", "an expression that begins with '&' is only for the functions that take one"),
    ],
)
def test_a_path_that_finds_nothing_is_told(path: str, message: str) -> None:
    with pytest.raises(NothingFoundError) as told:
        result_shape(path, SHAPE)

    assert str(told.value).startswith(message)


@pytest.mark.parametrize(
    ("path", "found"), [("Arguments.any", "string"), ("Arguments.*", "list"), ("Arguments.* | [0]", "string")]
)
def test_a_map_has_any_key(path: str, found: str) -> None:
    run = operation_model("glue", "start_job_run")

    assert run is not None
    assert result_shape(path, run.input_shape).type_name == found


@pytest.mark.parametrize("path", ["", "a.", "a[", "a b", "job-1", "{a}", "'a"])
def test_what_is_no_path_is_an_error(path: str) -> None:
    with pytest.raises(
        ValidationError, match=r"^a path of a definition must be a JMESPath expression, got .+; correct it$"
    ):
        parse_path(path)


@pytest.mark.parametrize("path", ["a", "a.b[0].c", "a[*].b", "a[?b == 'c']", "a.*.b", "length(a)", "a || b"])
def test_nothing_is_said_of_what_is_not_known(path: str) -> None:
    shape = result_shape(path, None)

    assert shape is None or shape.type_name in ("list", "double")
