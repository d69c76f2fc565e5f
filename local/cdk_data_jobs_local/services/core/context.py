"""What an emulated service works with: its account and Region, clock and access."""

from dataclasses import dataclass

from cdk_data_jobs_local.clock import Clock
from cdk_data_jobs_local.services.core.access import Access


@dataclass(frozen=True, kw_only=True)
class ServiceContext:
    """The account and Region whose service it is.

    Args:
        account: The account's id.
        region: The Region's name.
        clock: The time by which statuses advance.
        access: The account's roles, and S3 behind them.
    """

    account: str
    region: str
    clock: Clock
    access: Access

    def arn(self, service: str, resource: str) -> str:
        """Returns the ARN of a resource of a service in this account and Region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"
