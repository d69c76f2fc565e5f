"""Permissions boundaries of roles that stacks create.

A role has the boundary that its property `PermissionsBoundary` names, and may do no more than that policy allows; one
that does not exist fails the role (Template Reference, "AWS::IAM::Role"; IAM User Guide, "Permissions boundaries").
MiniStack 1.5.33 ignores the property: the role may do all that its policies allow.

Needed as long as this test fails without it:
`test_boundaries.py::test_a_stacks_role_may_do_no_more_than_its_boundary_allows`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

from typing import Any
from xml.etree import ElementTree as ET

from ministack.services import iam
from ministack.services.cloudformation import provisioners

_BOUNDARY = "PermissionsBoundary"


class BoundaryRefusedError(Exception):
    """A role cannot have the boundary; the message goes to the stack's events."""


def patch() -> None:
    """Makes MiniStack's CloudFormation set the boundaries of roles."""
    row = provisioners._RESOURCE_HANDLERS["AWS::IAM::Role"]
    create, update = row["create"], row["update"]

    def create_bounded(logical_id: str, properties: dict[str, Any], *rest: Any) -> Any:
        _check(properties)
        return _bounded(create(logical_id, properties, *rest), properties)

    def update_bounded(physical_id: str, old: dict[str, Any], new: dict[str, Any], *rest: Any) -> Any:
        _check(new)
        return _bounded(update(physical_id, old, new, *rest), new)

    row.update(create=create_bounded, update=update_bounded)


def _check(properties: dict[str, Any]) -> None:
    error = iam._boundary_policy_error(properties[_BOUNDARY]) if properties.get(_BOUNDARY) else None
    if error is not None:
        raise BoundaryRefusedError(ET.fromstring(error[2]).findtext(".//{*}Message"))  # noqa: S314  (it is MiniStack's)


def _bounded(resource: tuple[str, dict[str, str]], properties: dict[str, Any]) -> tuple[str, dict[str, str]]:
    iam._roles[resource[0]][_BOUNDARY] = properties.get(_BOUNDARY)
    return resource
