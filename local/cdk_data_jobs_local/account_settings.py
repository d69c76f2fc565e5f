"""Settings of the account, and inferred facts about AWS, that a test may change."""

from dataclasses import asdict, dataclass, fields

QUOTAS: dict[str, dict[str, float]] = {
    "established": {"concurrent_executions": 1000, "stack_calls": 5},
    "new": {"concurrent_executions": 10, "stack_calls": 5},
}
"""The quotas of an account, by its age: of Lambda (developer guide, "Lambda quotas"), and an inferred one of
CloudFormation, which is explained in `cdk_data_jobs_local.ministack_fixes.quotas`."""


@dataclass(kw_only=True)
class AccountSettings:
    """The delays and limits of the account's services; times are in seconds of the emulated clock.

    Args:
        listing_lag: How long until ListExecutions shows an execution's start and its end. That there is a delay is
            documented; how long it is, is not.
        concurrent_executions: How many functions may run at once in the account and Region, those with a reservation
            included (AWS: 1,000, in new accounts 10); a machine with little memory runs fewer.
        propagation: How long until a service that runs jobs knows a role or a role's policy that was made or changed
            (AWS: seconds; published notebooks wait for up to a minute). What is there when this is set is known.
        adopts_failed_id: Whether CloudFormation takes the physical id in the FAILED response to an Update for the
            resource's, so that the rollback's Update carries it, or stays with the old id and deletes the other in the
            rollback's clean-up. AWS documents neither.
        stack_calls: How many calls of CloudFormation's DescribeStacks, and of its DescribeStackResource, are allowed in
            a second, and twice as many at once; 0 allows all. AWS has a limit, and documents none.
        ingesting: How long an ingestion into a knowledge base of Amazon Bedrock takes (AWS: by the documents).
    """

    listing_lag: float = 3.0
    concurrent_executions: int = 1000
    propagation: float = 0.0
    adopts_failed_id: bool = True
    stack_calls: float = 0.0
    ingesting: float = 60.0

    def change(self, **changes: float) -> dict[str, float]:
        """Changes some; returns all of them.

        Raises:
            ValueError: There is no such setting, or it cannot have that value.
        """
        known = {field.name: field.type for field in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"there is no setting {name}, but {', '.join(known)}")
            if known[name] is bool:
                if not isinstance(value, bool):
                    raise ValueError(f"{name} must be True or False, got {value!r}")
            elif isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
                raise ValueError(f"{name} must be a number, at least 0, got {value!r}")
            setattr(self, name, value)
        return asdict(self)
