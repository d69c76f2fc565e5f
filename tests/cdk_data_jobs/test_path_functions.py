"""Functions in paths: arguments with which they fail, or may fail, which JMESPath tells only when a job runs."""

# ruff: noqa: E501 - a message is one string

from typing import Any

import jmespath
import pytest
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions

from cdk_data_jobs._definition.path_functions import AbsentArgumentError, FunctionError
from cdk_data_jobs._definition.path_shapes import result_shape
from cdk_data_jobs._definition.synthetic_shapes import NUMBER, STRING, SyntheticShape, list_of, object_of

TIME = SyntheticShape("timestamp")
JOB = object_of({"Id": STRING, "Size": NUMBER, "Note": STRING, "At": TIME}, required=["Id", "Size", "At"])
SHAPE = object_of(
    {"Id": STRING, "Size": NUMBER, "At": TIME, "Job": JOB, "Jobs": list_of(JOB), "Note": STRING, "Notes": list_of(STRING),
     "Last": JOB, "Done": list_of(JOB)},
    required=["Id", "Size", "At", "Job", "Jobs"],
)  # fmt: skip
LEAST: dict[str, Any] = {"Id": "a", "Size": 1, "At": b"", "Job": {"Id": "b", "Size": 2, "At": b""}}
LEAST["Jobs"] = [LEAST["Job"]]
"""What has all that must be there, and nothing else. A time is no type of JMESPath, as bytes are none."""


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("lenght(Jobs)", "there is no function 'lenght', but length"),
        ("join(' ')", "join takes 2 arguments, got 1"),
        ("length(Jobs, Id)", "length takes 1 arguments, got 2"),
        ("merge()", "merge takes at least 1 arguments, got 0"),
        (
            "length(Size)",
            "length takes string or array or object, but Size is of the type double; write to_string(...)",
        ),
        ("keys(Jobs)", "keys takes object, but Jobs is of the type list; correct it"),
        ("starts_with(At, '2026')", "starts_with takes string, but At is of the type timestamp; write to_string(...) "),
        (
            "join(' ', [Id, Size])",
            "join takes string, but an entry of its list is of the type double; write to_string(",
        ),
        ("join(' ', [Id, At][?@])", "join takes string, but an entry of its list is of the type timestamp; write to_"),
        (
            "join(' ', Jobs[].Size)",
            "join takes string, but an entry of its list is of the type double; write to_string(",
        ),
        ("join(' ', `[null]`)", "join fails if an entry of its list is absent, which may be; write [...][?@], which "),
        (
            "join(' ', [Id, Note])",
            "join fails if an entry of its list is absent, which may be; write [...][?@], which ",
        ),
        ("join(' ', Notes)", "join fails if Notes is absent, which it may be; write (Notes || `[]`)"),
        ("join(' ', Notes[?@])", "join fails if an argument is absent, which it may be; write (... || `[]`)"),
        ("join(' ', Notes[0:1])", "join fails if an argument is absent, which it may be; write (... || `[]`)"),
        ("join(' ', Last.*)", "join fails if an argument is absent, which it may be; write (... || `[]`)"),
        ("join(' ', Last.[Id])", "join fails if an argument is absent, which it may be; write (... || `[]`)"),
        ("length(Done[].Id)", "length fails if an argument is absent, which it may be; write (... || "),
        ("length(Last.{a: Id})", "length fails if an argument is absent, which it may be; write (... || "),
        ("length(Last.Id)", "length fails if Last.Id is absent, which it may be; write (Last.Id || '')"),
        ("length(Jobs[0].Id)", "length fails if an argument is absent, which it may be; write (... || '')"),
        ("length(Id && Note)", "length fails if an argument is absent, which it may be; write (... || '')"),
        (
            "length(not_null(Note, Last.Id))",
            "length fails if an argument is absent, which it may be; write (... || '')",
        ),
        ("length({a: Note}.a)", "length fails if an argument is absent, which it may be; write (... || '')"),
        ("Note | length(@)", "length fails if an argument is absent, which it may be; write (... || '')"),
        ("abs(to_number(Id))", "abs fails if an argument is absent, which it may be; write (... || `0`)"),
        ("length(max(Jobs[].Id))", "length fails if an argument is absent, which it may be; write (... || '')"),
        ("length(max_by(Jobs, &Id).Id)", "length fails if an argument is absent, which it may be; write (... || '')"),
        ("merge(Job, Last)", "merge fails if Last is absent, which it may be; write (Last || `{}`)"),
        (
            "join(' ', map(&Note, Jobs))",
            "join fails if an entry of its list is absent, which may be; write [...][?@], ",
        ),
        (
            "sort_by(Jobs, &Note)",
            "sort_by fails if Note of an element is absent, which it may be; write &to_string(Note)",
        ),
        (
            "max_by(Jobs, &At)",
            "max_by takes string or number, but At is of the type timestamp; write to_string(...) around",
        ),
        ("sort_by(Jobs, Id)", "sort_by takes an & before Id"),
        ("length(&Id)", "length takes no & before Id"),
    ],
)
def test_a_call_that_fails_or_may_fail_is_told(path: str, message: str) -> None:
    with pytest.raises(FunctionError) as told:
        result_shape(path, SHAPE)

    assert str(told.value).startswith(message)
    assert isinstance(told.value, AbsentArgumentError) is ("is absent" in str(told.value))


FAILING = [
    "join(' ')", "length(Size)", "keys(Jobs)", "join(' ', [Id, Size])", "join(' ', [Id, Note])", "join(' ', Notes)",
    "join(' ', Notes[?@])", "length(Done[].Id)", "length(Last.{a: Id})", "length(Last.Id)", "length(Id && Note)",
    "Note | length(@)", "abs(to_number(Id))", "join(' ', map(&Note, Jobs))", "sort_by(Jobs, &Note)", "sort_by(Jobs, Id)",
    "length(&Id)", "starts_with(At, '2026')", "max_by(Jobs, &At)",
]  # fmt: skip


@pytest.mark.parametrize("path", FAILING)
def test_jmespath_itself_fails_then(path: str) -> None:
    with pytest.raises((JMESPathError, TypeError)):
        jmespath.search(path, LEAST)


@pytest.mark.parametrize(
    "path",
    [
        "join(' ', [Id, Note][?@])",
        "join(' ', [Id, Note || ''])",
        "join(' ', Notes || `[]`)",
        "join(' ', [[Note], Jobs[].Note][] | [?@])",
        "join(' ', map(&to_string(Note), Jobs))",
        "Note && length(Note)",
        "Last.Id && length(Last.Id)",
        "Note == 'a' && starts_with(Note, 'a')",
        "Jobs[?Note && contains(Note, 'a')]",
        "Jobs[?Note].length(Note)",
        "Note && Last && merge(Last, {a: Note})",
        "length(not_null(Note, Id))",
        "to_string(Note)",
        "to_number(Note)",
        "not_null(Note)",
        "type(Note)",
        "contains(Jobs[].Id, Note)",
        "sort_by(Jobs, &to_string(Note))",
        "sort_by(Jobs, &Size)",
        "merge(Job, `{}`, Job)",
        "max([Size, Job.Size])",
        "sum(Jobs[].Size)",
        "length(Job)",
        "keys(Job)",
    ],
)
def test_a_call_that_cannot_fail_passes(path: str) -> None:
    result_shape(path, SHAPE)
    jmespath.search(path, LEAST)


@pytest.mark.parametrize("name", Functions.FUNCTION_TABLE)
def test_of_what_is_not_known_nothing_is_told(name: str) -> None:
    takes = Functions.FUNCTION_TABLE[name]["signature"]

    result_shape(f"{name}({', '.join('&a' if one['types'] == ['expref'] else 'a' for one in takes)})", None)
