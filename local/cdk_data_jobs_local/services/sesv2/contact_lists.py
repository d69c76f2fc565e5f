"""Contact lists, with their contacts."""

from dataclasses import dataclass, field
from typing import Any

from cdk_data_jobs_local.services.core import paging
from cdk_data_jobs_local.services.core.context import ServiceContext
from cdk_data_jobs_local.services.core.endpoint import Operation
from cdk_data_jobs_local.services.core.errors import ServiceError

_MAX_LISTS = 1  # Amazon SES Developer Guide, "Using list management"
_PAGE_SIZE = 100


@dataclass(frozen=True, kw_only=True)
class ContactList:
    """A contact list."""

    name: str
    topics: list[dict[str, str]]
    description: str | None
    tags: list[dict[str, str]]
    created: float
    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def topic_names(self) -> set[str]:
        """The names of its topics."""
        return {topic["TopicName"] for topic in self.topics}

    def put(self, contact: dict[str, Any], *, now: float) -> None:
        """Adds a contact, or replaces the one with its address; addresses differ in case only by spelling."""
        key = contact["EmailAddress"].lower()
        created = self.contacts.get(key, {}).get("CreatedTimestamp", now)
        self.contacts[key] = {**contact, "CreatedTimestamp": created, "LastUpdatedTimestamp": now}

    def delete(self, address: str) -> None:
        """Deletes the contact with an address, if there is one."""
        self.contacts.pop(address.lower(), None)


class ContactLists:
    """The contact lists of one account and Region."""

    def __init__(self, context: ServiceContext) -> None:
        """Creates it without any."""
        self._context = context
        self._lists: dict[str, ContactList] = {}

    @property
    def operations(self) -> dict[str, Operation]:
        """What each operation does."""
        return {
            "CreateContactList": self._create,
            "GetContactList": lambda parameters: self._describe(self.get(parameters["ContactListName"])),
            "ListContactLists": self._list,
            "DeleteContactList": self._delete,
            "GetContact": self._get_contact,
            "ListContacts": self._list_contacts,
        }

    def get(self, name: str) -> ContactList:
        """Returns the list with a name.

        Raises:
            ServiceError: NotFoundException.
        """
        if name not in self._lists:
            raise ServiceError("NotFoundException", f"List with name: {name} doesn't exist.")
        return self._lists[name]

    def _create(self, parameters: dict[str, Any]) -> dict[str, Any]:
        name = parameters["ContactListName"]
        if name in self._lists:
            raise ServiceError("AlreadyExistsException", f"List with name: {name} already exists.")
        if len(self._lists) >= _MAX_LISTS:
            raise ServiceError("LimitExceededException", f"An account has at most {_MAX_LISTS} contact list.")
        self._lists[name] = ContactList(
            name=name,
            topics=parameters.get("Topics") or [],
            description=parameters.get("Description"),
            tags=parameters.get("Tags") or [],
            created=self._context.clock.now(),
        )
        return {}

    def _delete(self, parameters: dict[str, Any]) -> dict[str, Any]:
        del self._lists[self.get(parameters["ContactListName"]).name]
        return {}

    def _list(self, parameters: dict[str, Any]) -> dict[str, Any]:
        found = [{"ContactListName": one.name, "LastUpdatedTimestamp": one.created} for one in self._lists.values()]
        items, token = page(found, parameters, by="ContactListName")
        return {"ContactLists": items, "NextToken": token}

    def _get_contact(self, parameters: dict[str, Any]) -> dict[str, Any]:
        contact_list, address = self.get(parameters["ContactListName"]), parameters["EmailAddress"]
        contact = contact_list.contacts.get(address.lower())
        if contact is None:
            raise ServiceError("NotFoundException", f"{address} doesn't exist in List.")
        return {"ContactListName": contact_list.name, **contact}

    def _list_contacts(self, parameters: dict[str, Any]) -> dict[str, Any]:
        contacts = [*self.get(parameters["ContactListName"]).contacts.values()]
        items, token = page(contacts, parameters, by="EmailAddress")
        return {"Contacts": items, "NextToken": token}

    @staticmethod
    def _describe(contact_list: ContactList) -> dict[str, Any]:
        return {
            "ContactListName": contact_list.name,
            "Topics": contact_list.topics,
            "Description": contact_list.description,
            "CreatedTimestamp": contact_list.created,
            "LastUpdatedTimestamp": contact_list.created,
            "Tags": contact_list.tags,
        }


def page(
    items: list[dict[str, Any]], parameters: dict[str, Any], *, by: str
) -> tuple[list[dict[str, Any]], str | None]:
    """Returns one page of a list, and the token of the next.

    Args:
        items: Everything there is to list.
        parameters: The call's parameters: `PageSize` (default 100) and `NextToken`.
        by: The member by which the next page is found.

    Raises:
        ServiceError: BadRequestException, if the token is not valid.
    """
    size, token = parameters.get("PageSize") or _PAGE_SIZE, parameters.get("NextToken")
    try:
        found, following = paging.page(items, by=by, size=size, token=token)
    except paging.TokenError as error:
        raise ServiceError("BadRequestException", "The token is not valid") from error
    return [*found], following
