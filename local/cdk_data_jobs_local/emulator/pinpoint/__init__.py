"""An emulator of Amazon Pinpoint: applications, endpoints, segments, and the jobs that import and export them."""

from cdk_data_jobs_local.emulator.pinpoint.service import Pinpoint
from cdk_data_jobs_local.emulator.pinpoint.settings import Settings

__all__ = ["Pinpoint", "Settings"]
