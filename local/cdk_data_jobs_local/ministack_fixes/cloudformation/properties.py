"""Properties that a resource type does not have.

Real CloudFormation fails a resource with such a property, with a message that names each (aws/aws-cdk#28984). Resource
types that are not in its registry say it otherwise (aws/aws-sdk#740, of a nested stack); which types these are is
documented nowhere, so here it is that one. MiniStack 1.5.33 ignores properties that it does not know.

`resource_properties.json` has the properties of 200 types, from AWS's schemas; its script is
`tests/cdk_data_jobs_local/derive_resource_properties.py`. Properties of properties are not checked, nor types, nor
whether a property is missing; nor the resources of a stack that does not begin any (a change set).

Needed as long as this test fails without it:
`test_resource_properties.py::test_a_property_that_the_type_does_not_have_fails_the_resource`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import json
from pathlib import Path
from typing import Any

from ministack.services.cloudformation import provisioners, stacks

_PROPERTIES: dict[str, list[str]] = json.loads(
    Path(__file__).with_name("resource_properties.json").read_text(encoding="utf-8")
)
_NOT_IN_THE_REGISTRY = ("AWS::CloudFormation::Stack",)


class UnknownPropertyError(Exception):
    """A resource has a property that its type does not have; the message goes to the stack's events."""


def patch() -> None:
    """Makes MiniStack's CloudFormation refuse properties that a resource type does not have."""
    # Nested stacks use the functions of the one module, all others those of the other.
    for module in (provisioners, stacks):
        module._provision_resource = _checked_creation(module._provision_resource)
        module._update_resource = _checked_update(module._update_resource)


def _checked_creation(create: Any) -> Any:
    def checked(resource_type: str, logical_id: str, properties: dict[str, Any], *rest: Any, **options: Any) -> Any:
        _check(resource_type, logical_id, properties)
        return create(resource_type, logical_id, properties, *rest, **options)

    return checked


def _checked_update(update: Any) -> Any:
    def checked(  # noqa: PLR0917  (as ministack calls it)
        resource_type: str,
        physical_id: str,
        old: Any,
        new: dict[str, Any],
        stack: str,
        logical_id: str,
        *rest: Any,
        **options: Any,
    ) -> Any:
        _check(resource_type, logical_id, new)
        return update(resource_type, physical_id, old, new, stack, logical_id, *rest, **options)

    return checked


def _check(resource_type: str, logical_id: str, properties: dict[str, Any]) -> None:
    unknown = [name for name in properties if name not in _PROPERTIES.get(resource_type, properties)]
    if unknown and resource_type in _NOT_IN_THE_REGISTRY:
        raise UnknownPropertyError(f"Encountered unsupported property {unknown[0]}")
    if unknown:
        problems = "".join(f"\n#: extraneous key [{name}] is not permitted" for name in unknown)
        raise UnknownPropertyError(f"Properties validation failed for resource {logical_id} with message:{problems}")
