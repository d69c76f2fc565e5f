"""Shapes of values of which one is taken."""

from typing import Any

import pytest

from cdk_data_jobs._definition.service_model import operation_model
from cdk_data_jobs._definition.synthetic_shapes import (
    NULL,
    NUMBER,
    STRING,
    elements_of,
    list_of,
    literal_shape,
    object_of,
    one_of,
)


@pytest.mark.parametrize(
    ("values", "type_name"),
    [(["a", "b"], "string"), (["a", 1], None), (["a", None], "string"), ([None], None), ([{}, {"a": 1}], None)],
)
def test_one_of_several_values_has_their_type(values: list[Any], type_name: str | None) -> None:
    shape = one_of([literal_shape(value) for value in values])

    assert (shape and shape.type_name) == type_name


@pytest.mark.parametrize("values", [[[], ["a"]], [["a"], []], [[], [], ["a"]]])
def test_an_empty_list_tells_nothing_of_its_elements(values: list[Any]) -> None:
    shape = one_of([literal_shape(value) for value in values])

    assert shape.member.type_name == "string"


def test_of_lists_that_differ_the_elements_are_those_of_all() -> None:
    assert elements_of(one_of([list_of(STRING), list_of(NUMBER)])) == (STRING, NUMBER)
    assert elements_of(one_of([list_of(STRING), list_of(None)])) == (STRING, None)
    assert not one_of([list_of(STRING), list_of(STRING)]).is_sparse
    assert one_of([list_of(STRING), list_of(NULL, is_sparse=True)]).is_sparse


def test_a_string_has_the_values_of_all_if_all_are_known() -> None:
    assert one_of([literal_shape("a"), literal_shape("b"), literal_shape("a")]).enum == ["a", "b"]
    assert not one_of([literal_shape("a"), STRING]).enum


def test_objects_of_one_shape_of_the_model_have_it() -> None:
    called = operation_model("sesv2", "get_import_job")
    assert called is not None
    shape = called.output_shape

    assert one_of([shape, called.output_shape]) is shape
    assert one_of([shape, object_of({})]) is None
