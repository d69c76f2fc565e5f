"""How a kind of job is created and watched, as data: the table that the deployed function reads too."""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import Stack

_PACKAGE = Path(__file__).parent
_SUFFIX_LENGTH = 13  # what a run adds to a job's name: a hyphen, 8 digits, and -NNN if that name is taken


@dataclass(frozen=True)
class JobDefinition:
    """What the constructs need to know of one row of the table of job kinds.

    Attributes:
        resource_type: The custom resource's type, which is the row's key.
        title: What the job is called in messages, e.g. `Personalize dataset import job`.
        service: The service's name, which is its endpoint's, its IAM actions' and its principal's prefix.
        arn: The job's ARN with `{partition}`, `{region}`, `{account}` and `{name}`.
        name_max_length: How many characters a job's base name may have, so that a run can add its suffix.
        permissions: IAM action to resources: `job` (any job of the kind), `*`, or the parameter whose value is the
            resource.
        tag_permissions: The same, for jobs that have tags.
    """

    resource_type: str
    title: str
    service: str
    arn: str
    name_max_length: int
    permissions: Mapping[str, Sequence[str]]
    tag_permissions: Mapping[str, Sequence[str]]

    @staticmethod
    def of(resource_type: str) -> "JobDefinition":
        """Returns the row of the table for a custom resource's type.

        Args:
            resource_type: A key of the table, e.g. `Custom::PersonalizeDatasetImportJob`.

        Raises:
            KeyError: If the table has no such row.
        """
        row = _table()[resource_type]
        return JobDefinition(
            resource_type=resource_type,
            title=row["title"],
            service=row["service"],
            arn=row["name"]["arn"],
            name_max_length=row["name"]["max_length"] - _SUFFIX_LENGTH,
            permissions=row["permissions"],
            tag_permissions=row["tag_permissions"],
        )

    @property
    def principal(self) -> str:
        """The service principal that assumes the job's role and reads the bucket."""
        return f"{self.service}.amazonaws.com"

    def sources_arn(self, stack: Stack) -> str:
        """Returns the ARN pattern of what the service acts for when it assumes a role in a stack's account and Region.

        Args:
            stack: The stack that the role is in.
        """
        return f"arn:{stack.partition}:{self.service}:{stack.region}:{stack.account}:*"

    def jobs_arn(self, stack: Stack) -> str:
        """Returns the ARN pattern of every job of this kind in a stack's account and Region.

        Args:
            stack: The stack that runs the jobs.
        """
        return self.arn.format(partition=stack.partition, region=stack.region, account=stack.account, name="*")


def lambda_directory() -> Path:
    """Returns the folder of what runs in AWS: inside the package in a wheel, beside the source root in a checkout."""
    packaged = _PACKAGE / "_lambda"
    return packaged if packaged.is_dir() else _PACKAGE.parents[1] / "lambda"


@functools.cache
def _table() -> Any:  # noqa: ANN401 - JSON
    return json.loads((lambda_directory() / "data_jobs" / "definitions.json").read_text(encoding="utf-8"))
