"""An emulator of Amazon Pinpoint: applications, endpoints, segments, and the jobs that import and export them."""

from cdk_data_jobs_local.services.pinpoint.service import Pinpoint
from cdk_data_jobs_local.services.pinpoint.settings import Settings

__all__ = ["Pinpoint", "Settings"]
