"""Which figures of the account may a test change?"""

from dataclasses import asdict, dataclass, fields


@dataclass(kw_only=True)
class AccountSettings:
    """The figures of the account's services; times are in service seconds.

    Args:
        listing_lag: how long until ListExecutions tells of an execution's start and of its end. That it may take a
            while is documented; how long is not.
        concurrent_executions: how many functions may run at once in the account and Region (AWS: 1,000, in new accounts
            10); a machine with little memory runs fewer.
        propagation: how long until a service that runs jobs knows a role or a role's policy that was made or changed
            (AWS: seconds; published notebooks wait for up to a minute). What is there when this is set is known.
        adopts_failed_id: whether CloudFormation takes the physical id in the FAILED answer to an Update for the
            resource's, so that the rollback's Update carries it (1), or stays with the old id and deletes the other in
            the rollback's clean-up (0). AWS documents neither.
    """

    listing_lag: float = 3.0
    concurrent_executions: int = 1000
    propagation: float = 0.0
    adopts_failed_id: float = 1

    def change(self, **changes: float) -> dict[str, float]:
        """Change some; returns all of them.

        Raises:
            ValueError: there is no such figure.
        """
        known = [field.name for field in fields(self)]
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"there is no setting {name}, but {', '.join(known)}")
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
                raise ValueError(f"{name} must be a number, at least 0, got {value!r}")
            setattr(self, name, value)
        return asdict(self)
