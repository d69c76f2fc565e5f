"""The catalogue has everything: each public class, method and argument of the library is used in an entry."""

import functools
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from types import FrameType, FunctionType
from typing import Any

import aws_cdk as cdk
import pytest
from catalogue.everything import CATALOGUE
from catalogue.shop import Shop

import cdk_data_jobs
from cdk_data_jobs import athena, bedrock, dynamodb, glue, personalize, pinpoint, redshift, sesv2, stepfunctions

SERVICES = (athena, bedrock, dynamodb, glue, personalize, pinpoint, redshift, sesv2, stepfunctions)
CLASSES = {
    f"{module.__name__}.{name}".removeprefix("cdk_data_jobs."): vars(module)[name]
    for module in (cdk_data_jobs, *SERVICES)
    for name in module.__all__
    if inspect.isclass(vars(module)[name])
}
NOT_DECLARED = {
    "bedrock.KnowledgeBaseDataSource.__init__": "apps use from_data_source_id",
    "DataDestination.__init__": "apps use from_bucket",
    "DataJob.__init__": "the base class of all kinds",
    "DataJobs.__init__": "apps use of",
    "DataJobRunner.apply_permissions_boundary": "jobs call it",
    "DataSource.bind": "jobs call it",
    "personalize.Field.__init__": "apps use the methods that are called as the types",
    "personalize.Field.to_avro": "schemas call it",
    "personalize.Filter.__init__": "apps use from_filter_arn",
    "personalize.SchemaDefinition.__init__": "apps use the methods of Schema",
    "personalize.Solution.__init__": "apps use from_solution_arn",
    "pinpoint.App.__init__": "apps use from_application_id",
    "sesv2.ContactList.__init__": "apps use from_contact_list_name",
    "redshift.Cluster.__init__": "apps use from_cluster_identifier",
    "redshift.Workgroup.__init__": "apps use from_workgroup_name",
}
FOLDER = str(Path(__file__).with_name("catalogue"))


def functions(class_: type) -> Iterator[tuple[str, FunctionType]]:
    """Finds the constructor and the public methods that a class has itself."""
    for name, value in vars(class_).items():
        function = value.__func__ if isinstance(value, staticmethod) else value
        if isinstance(function, FunctionType) and (name == "__init__" or not name.startswith("_")):
            yield name, function


def arguments(function: FunctionType) -> list[str]:
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = inspect.signature(function).parameters.values()
    return [one.name for one in parameters if one.kind in named and one.name != "self"]


def public_api(classes: Mapping[str, type]) -> set[str]:
    """Returns all that can be used: functions, their arguments, and enumerations."""
    found = {name for name, class_ in classes.items() if issubclass(class_, Enum)}
    for class_name, class_ in classes.items():
        for name, function in () if issubclass(class_, Enum) else functions(class_):
            if f"{class_name}.{name}" not in NOT_DECLARED:
                found |= {f"{class_name}.{name}({argument})" for argument in ("", *arguments(function))}
    return found


def enumerations(value: Any) -> Iterator[type]:
    """Finds the classes of the members of enumerations in a value."""
    if isinstance(value, Enum):
        yield type(value)
    elif isinstance(value, Mapping):
        yield from (found for pair in value.items() for one in pair for found in enumerations(one))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from (found for one in value for found in enumerations(one))


def is_called_by_an_entry(frame: FrameType | None) -> bool:
    """Whether a function is called by an entry, not by the library or by another function of it."""
    while frame and "/jsii/" in frame.f_code.co_filename:
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename.startswith(FOLDER)


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """All that entries use from now on, named as in `public_api`."""
    found: set[str] = set()
    names = {class_: name for name, class_ in CLASSES.items()}

    def recording(class_name: str, name: str, function: FunctionType) -> Callable[..., Any]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if is_called_by_an_entry(sys._getframe(1)):  # noqa: SLF001 - inspect's stack() reads source files
                given = signature.bind(*args, **kwargs).arguments
                found.update(f"{class_name}.{name}({argument})" for argument in ("", *given))
                found.update(names[of] for value in given.values() for of in enumerations(value) if of in names)
            return function(*args, **kwargs)

        return call

    for class_name, class_ in CLASSES.items():
        for name, function in () if issubclass(class_, Enum) else [*functions(class_)]:
            is_static = isinstance(vars(class_)[name], staticmethod)
            replacement = recording(class_name, name, function)
            monkeypatch.setattr(class_, name, staticmethod(replacement) if is_static else replacement)
    return found


def test_an_entry_uses_each_class_method_and_argument(used: set[str], tmp_path: Path) -> None:
    expected = public_api(CLASSES)
    for declare in CATALOGUE.values():
        declare(Shop(cdk.Stack(cdk.App(), "Shop"), tmp_path))

    assert len(expected) > 200
    assert sorted(expected - used) == []
    assert [name for name in NOT_DECLARED if f"{name}()" in used] == []


def test_a_new_argument_is_noticed() -> None:
    class DataJobRunner:
        def __init__(self, scope: object, id: str, *, vpc: object = None, memory_size: int = 0) -> None: ...

        def stop(self) -> None: ...

    new = public_api({"DataJobRunner": DataJobRunner}) - public_api(CLASSES)
    assert new == {"DataJobRunner.__init__(memory_size)", "DataJobRunner.stop()"}
