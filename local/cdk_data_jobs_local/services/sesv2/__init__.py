"""An emulator of the contact lists of Amazon SES, and of the jobs that import contacts; the rest is MiniStack's."""

from cdk_data_jobs_local.services.sesv2.service import ContactService
from cdk_data_jobs_local.services.sesv2.settings import Settings

__all__ = ["ContactService", "Settings"]
