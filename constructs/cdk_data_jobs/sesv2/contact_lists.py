"""References to contact lists that exist outside the app."""

import jsii
from aws_cdk import Resource
from aws_cdk.interfaces.aws_ses import ContactListReference, IContactListRef
from constructs import Construct

from cdk_data_jobs._support.validation import validate_identifier


@jsii.implements(IContactListRef)
class ContactList(Resource):
    """A contact list that exists outside the app."""

    @staticmethod
    def from_contact_list_name(scope: Construct, id: str, contact_list_name: str) -> "ContactList":
        """Refers to an existing contact list.

        Args:
            scope: The construct that the reference belongs to.
            id: The reference's id in it.
            contact_list_name: The list's name.

        Raises:
            ValueError: If it is no name.
        """
        validate_identifier(contact_list_name, "contact_list_name")
        return ContactList(scope, id, contact_list_name=contact_list_name)

    def __init__(self, scope: Construct, id: str, *, contact_list_name: str) -> None:
        """Use `from_contact_list_name`."""
        super().__init__(scope, id)
        self._contact_list_name = contact_list_name

    @property
    @jsii.member(jsii_name="contactListRef")
    def contact_list_ref(self) -> ContactListReference:
        """The reference to the contact list for other constructs."""
        return ContactListReference(contact_list_name=self._contact_list_name)
