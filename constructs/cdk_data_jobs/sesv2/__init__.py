"""Jobs of Amazon SES."""

from cdk_data_jobs.sesv2.contact_imports import ContactImportJob, ContactListImportAction, DataFormat
from cdk_data_jobs.sesv2.contact_lists import ContactList

__all__ = ["ContactImportJob", "ContactList", "ContactListImportAction", "DataFormat"]
