"""Endpoints of an application."""

import uuid
from collections.abc import Iterator
from typing import Any

from cdk_data_jobs_check.findings import Violation
from cdk_data_jobs_check.pinpoint.attributes import CUSTOM_GROUPS, attribute_at, list_violations, name_violations
from cdk_data_jobs_check.rules import Severity
from cdk_data_jobs_local.clock import iso

# Members of which an update changes what it names, and leaves the rest.
_MERGED = ("Attributes", "Demographic", "Location", "Metrics", "User")
_COHORTS = 100


class Endpoints:
    """The endpoints of one application."""

    def __init__(self, application_id: str) -> None:
        """Creates it without any."""
        self._application_id = application_id
        self._endpoints: dict[str, dict[str, Any]] = {}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Returns the endpoints, in the order of their registration."""
        return iter(self._endpoints.values())

    def get(self, endpoint_id: str) -> dict[str, Any] | None:
        """Returns the endpoint with this id, if there is one."""
        return self._endpoints.get(endpoint_id)

    def problem(self, definition: dict[str, Any]) -> str | None:
        """Returns why a definition can neither update an endpoint nor make a new one; None if it can."""
        problem = next((one.message for one in _attribute_errors(definition)), None)
        if problem:
            return problem
        if definition.get("Id") in self._endpoints:
            return None
        missing = [name for name in ("Address", "ChannelType") if not definition.get(name)]
        return f"a new endpoint needs {' and '.join(missing)}" if missing else None

    def id_of(self, definition: dict[str, Any]) -> str:
        """Returns the id of the endpoint that a definition is about; one without an id is identified by its address."""
        # The same address is the same endpoint, so that a file can be imported again.
        made_up = f"{definition.get('ChannelType')}/{definition.get('Address')}"
        return str(definition.get("Id") or self._stable_id(made_up))

    def defined(
        self, definition: dict[str, Any], now: float, *, before: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Returns the endpoint that a definition makes, or what it makes of one that is there; nothing is registered.

        Args:
            definition: What is new.
            now: The time.
            before: The endpoint that it changes. By default the one that is registered, if there is one.
        """
        endpoint_id = self.id_of(definition)
        present = before or self._endpoints.get(endpoint_id, {})
        merged = {
            name: {**present.get(name, {}), **definition[name]} for name in _MERGED if definition.get(name) is not None
        }
        return {
            "CohortId": str(uuid.UUID(self._stable_id(endpoint_id)).int % _COHORTS),
            "CreationDate": iso(now),
            "EndpointStatus": "ACTIVE",
            "OptOut": "NONE",
            **present,
            "EffectiveDate": iso(now),
            **definition,
            **merged,
            "ApplicationId": self._application_id,
            "Id": endpoint_id,
        }

    def register(self, endpoint: dict[str, Any]) -> None:
        """Takes an endpoint that `defined` made."""
        self._endpoints[endpoint["Id"]] = endpoint

    def remove(self, endpoint_id: str) -> None:
        """Deletes an endpoint."""
        del self._endpoints[endpoint_id]

    def of_user(self, user_id: str) -> list[dict[str, Any]]:
        """Returns the endpoints of a user."""
        return [endpoint for endpoint in self if endpoint.get("User", {}).get("UserId") == user_id]

    def _stable_id(self, name: str) -> str:
        return uuid.uuid5(uuid.NAMESPACE_URL, f"{self._application_id}/{name}").hex


def _attribute_errors(definition: dict[str, Any]) -> Iterator[Violation]:
    """Yields which limits of custom attributes a definition breaks."""
    for group in CUSTOM_GROUPS:
        values: Any = definition
        for key in group:
            values = (values or {}).get(key)
        for name, value in (values or {}).items():
            attribute = attribute_at((*group, name))
            if attribute:
                lists = list_violations(attribute, value) if attribute.kind == "list" else ()
                found = (*name_violations(attribute), *lists)
                yield from (one for one in found if one.severity is Severity.ERROR)
