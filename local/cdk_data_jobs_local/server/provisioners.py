"""CloudFormation's resource types of the emulated services."""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ministack.services.cloudformation import provisioners, stacks

from cdk_data_jobs_local.clock import Clock
from cdk_data_jobs_local.ministack_fixes.cloudformation.deployment import report_physical_id
from cdk_data_jobs_local.server.services import Services
from cdk_data_jobs_local.services.core.client import ServiceClient
from cdk_data_jobs_local.services.core.errors import ServiceError
from cdk_data_jobs_local.services.core.model import member_of

_POLL_SECONDS = 5.0


class ResourceFailedError(Exception):
    """A resource cannot be created, changed or deleted; the message goes to the stack's events."""


@dataclass(frozen=True)
class _Kind:
    """A resource type whose properties, but for the tags, can only be given at creation.

    Args:
        properties: The properties, less the tags.
        create: Makes a resource and returns its physical id.
        attributes: What Fn::GetAtt gets of a resource.
        delete: Deletes a resource.
        tag: Changes a resource's tags, from old to new.
    """

    properties: tuple[str, ...]
    create: Callable[["_Call", dict[str, Any]], str]
    attributes: Callable[["_Call", str], dict[str, str]]
    delete: Callable[["_Call", str], object]
    tag: Callable[["_Call", str, dict[str, str], dict[str, str]], None] | None = None


class _Call:
    """Calls a service as CloudFormation does: errors have the message that CloudFormation gives them."""

    def __init__(self, service: str, services: Services, clock: Clock) -> None:
        self._service = service
        self._client = ServiceClient(service, lambda request: services(service).respond(request))
        self._clock = clock

    def __call__(self, operation: str, **parameters: Any) -> dict[str, Any]:
        try:
            return self._client(operation, parameters)
        except ServiceError as error:
            service = self._service.capitalize()
            raise ResourceFailedError(
                f"{error.message} (Service: {service}, Status Code: {error.status}, Error Code: {error.code})"
            ) from error

    def wait_until_active(self, kind: str, arn: str) -> None:
        member = member_of(kind)
        while self(f"Describe{kind}", **{f"{member}Arn": arn})[member].get("status", "ACTIVE") != "ACTIVE":
            time.sleep(self._clock.real_seconds(_POLL_SECONDS))


def register(services: Services, clock: Clock) -> None:
    """Makes MiniStack's CloudFormation know the resource types."""
    for kind, (service, row) in _KINDS.items():
        call = _Call(service, services, clock)
        provisioners._RESOURCE_HANDLERS[kind] = {
            "create": _creator(call, row),
            "update": _updater(call, row),
            "delete": _deleter(call, row),
        }
    # They wait until they are ACTIVE, which must not stop the server.
    blocks = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda kind: kind in _KINDS or blocks(kind)


def _creator(call: _Call, row: _Kind) -> Any:
    def create(logical_id: str, properties: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
        del logical_id, stack_name
        physical_id = row.create(call, properties)
        return physical_id, row.attributes(call, physical_id)

    return create


def _updater(call: _Call, row: _Kind) -> Any:
    def update(
        physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str
    ) -> tuple[str, dict[str, str]]:
        del stack_name
        if any(old.get(name) != new.get(name) for name in row.properties):
            physical_id = row.create(call, new)
        elif row.tag is not None:
            row.tag(call, physical_id, old.get("Tags") or {}, new.get("Tags") or {})
        return physical_id, row.attributes(call, physical_id)

    return update


def _deleter(call: _Call, row: _Kind) -> Any:
    def delete(physical_id: str, properties: dict[str, Any]) -> None:
        del properties
        try:
            row.delete(call, physical_id)
        except ResourceFailedError as error:
            # It was deleted already, as CloudFormation requests.
            if "NotFoundException" not in str(error):
                raise

    return delete


def _personalize(kind: str, *names: str) -> tuple[str, _Kind]:
    arn_member = f"{member_of(kind)}Arn"

    def create(call: _Call, properties: dict[str, Any]) -> str:
        if properties.get("DatasetImportJob"):
            raise ResourceFailedError(
                "the offline AWS does not emulate the DatasetImportJob property of AWS::Personalize::Dataset"
            )
        parameters = {member_of(name): properties[name] for name in names if name in properties}
        arn: str = call(f"Create{kind}", **parameters)[arn_member]
        report_physical_id(arn)
        call.wait_until_active(kind, arn)
        return arn

    def delete(call: _Call, arn: str) -> None:
        # The service deletes nothing that is still being created, as in a rollback.
        call.wait_until_active(kind, arn)
        call(f"Delete{kind}", **{arn_member: arn})

    return "personalize", _Kind(names, create, attributes=lambda _call, arn: {f"{kind}Arn": arn}, delete=delete)


def _create_app(call: _Call, properties: dict[str, Any]) -> str:
    request = {"Name": properties.get("Name"), "tags": properties.get("Tags") or {}}
    application_id: str = call("CreateApp", CreateApplicationRequest=request)["ApplicationResponse"]["Id"]
    return application_id


def _app_attributes(call: _Call, application_id: str) -> dict[str, str]:
    arn = call("GetApp", ApplicationId=application_id)["ApplicationResponse"]["Arn"]
    return {"Arn": arn, "ApplicationId": application_id}


def _tag_app(call: _Call, application_id: str, old: dict[str, str], new: dict[str, str]) -> None:
    arn = _app_attributes(call, application_id)["Arn"]
    gone = sorted(old.keys() - new.keys())
    if gone:
        call("UntagResource", ResourceArn=arn, TagKeys=gone)
    if new:
        call("TagResource", ResourceArn=arn, TagsModel={"tags": new})


def _create_contact_list(call: _Call, properties: dict[str, Any]) -> str:
    name: str = properties.get("ContactListName") or f"ContactList-{uuid.uuid4().hex}"
    call("CreateContactList", **{**properties, "ContactListName": name})
    return name


_KINDS = {
    "AWS::Personalize::Schema": _personalize("Schema", "Name", "Schema", "Domain"),
    "AWS::Personalize::DatasetGroup": _personalize("DatasetGroup", "Name", "Domain", "KmsKeyArn", "RoleArn"),
    "AWS::Personalize::Dataset": _personalize("Dataset", "Name", "DatasetGroupArn", "DatasetType", "SchemaArn"),
    "AWS::Personalize::Solution": _personalize("Solution", "Name", "DatasetGroupArn", "RecipeArn", "EventType"),
    "AWS::SES::ContactList": (
        "sesv2",
        _Kind(
            ("ContactListName", "Topics", "Description", "Tags"),
            _create_contact_list,
            attributes=lambda _call, _name: {},
            delete=lambda call, name: call("DeleteContactList", ContactListName=name),
        ),
    ),
    "AWS::Pinpoint::App": (
        "pinpoint",
        _Kind(
            ("Name",),
            _create_app,
            attributes=_app_attributes,
            delete=lambda call, application_id: call("DeleteApp", ApplicationId=application_id),
            tag=_tag_app,
        ),
    ),
}
