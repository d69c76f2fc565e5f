"""How do CloudFormation stacks make schemas, dataset groups and datasets?"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import json
import time
from typing import Any

from ministack.services.cloudformation import provisioners, stacks

from cdk_data_jobs_local.adapter.services import Regions
from cdk_data_jobs_local.emulator.clock import Clock

_SECONDS_BETWEEN_LOOKS = 5.0
_PREFIX = "AWS::Personalize::"


class ResourceFailedError(Exception):
    """A resource cannot be made, changed or deleted; the text goes to the stack's events."""


class PersonalizeResources:
    """The handlers of `AWS::Personalize::Schema`, `DatasetGroup` and `Dataset`."""

    def __init__(self, regions: Regions, clock: Clock) -> None:
        """Make one.

        Args:
            regions: the services.
            clock: the services' clock.
        """
        self._regions = regions
        self._clock = clock

    def register(self) -> None:
        """Make MiniStack's CloudFormation know the resource types."""
        kinds = {
            "Schema": (("Name", "Schema", "Domain"), "schemaArn"),
            "DatasetGroup": (("Name", "Domain", "KmsKeyArn", "RoleArn"), "datasetGroupArn"),
            "Dataset": (("Name", "DatasetGroupArn", "DatasetType", "SchemaArn"), "datasetArn"),
        }
        for kind, (names, arn) in kinds.items():
            create = self._creator(kind, names, arn)
            provisioners._RESOURCE_HANDLERS[_PREFIX + kind] = {
                "create": create,
                "update": self._updater(names, arn, create),
                "delete": self._deleter(kind, arn),
            }
        # They wait until they are ACTIVE, which must not stop the server.
        blocks = stacks._runs_on_worker_thread
        stacks._runs_on_worker_thread = lambda kind: kind.startswith(_PREFIX) or blocks(kind)

    def _creator(self, kind: str, names: tuple[str, ...], arn_member: str) -> Any:
        def create(logical_id: str, properties: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
            del logical_id, stack_name
            if properties.get("DatasetImportJob"):
                raise ResourceFailedError(
                    "the offline AWS does not emulate the DatasetImportJob property of AWS::Personalize::Dataset"
                )
            parameters = {name[0].lower() + name[1:]: properties[name] for name in names if name in properties}
            arn = self._call(f"Create{kind}", parameters)[arn_member]
            self._wait_until_active(kind, arn_member, arn)
            return arn, {arn_member[0].upper() + arn_member[1:]: arn}

        return create

    def _updater(self, names: tuple[str, ...], arn_member: str, create: Any) -> Any:
        def update(
            physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str
        ) -> tuple[str, dict[str, str]]:
            # The types have no tags, and every property that they have replaces the resource.
            if all(old.get(name) == new.get(name) for name in names):
                return physical_id, {arn_member[0].upper() + arn_member[1:]: physical_id}
            replaced: tuple[str, dict[str, str]] = create("", new, stack_name)
            return replaced

        return update

    def _deleter(self, kind: str, arn_member: str) -> Any:
        def delete(physical_id: str, properties: dict[str, Any]) -> None:
            del properties
            try:
                self._call(f"Delete{kind}", {arn_member: physical_id})
            except ResourceFailedError as error:
                # Somebody deleted it already, which is what CloudFormation wants.
                if "ResourceNotFoundException" not in str(error):
                    raise

        return delete

    def _wait_until_active(self, kind: str, arn_member: str, arn: str) -> None:
        member = kind[0].lower() + kind[1:]
        while self._call(f"Describe{kind}", {arn_member: arn})[member].get("status", "ACTIVE") != "ACTIVE":
            time.sleep(self._clock.real_seconds(_SECONDS_BETWEEN_LOOKS))

    def _call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        answer = self._regions().respond(operation, json.dumps(parameters).encode())
        result: dict[str, Any] = json.loads(answer.body)
        if answer.status >= 400:  # noqa: PLR2004
            code = result.get("__type")
            raise ResourceFailedError(
                f"{result.get('message')} (Service: Personalize, Status Code: {answer.status}, Error Code: {code})"
            )
        return result
