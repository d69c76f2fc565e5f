"""What CloudFormation and Amazon Personalize say of a stack that a stage has deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verify_aws.target import Target


class DeployedStack:
    """A stack. All but its id is read anew each time."""

    def __init__(self, target: Target, name: str) -> None:
        """Creates it.

        Args:
            target: Where it is deployed.
            name: Its name, after that of the run.

        Raises:
            ClientError: There is no such stack.
        """
        self.target = target
        self.name = target.stack(name)
        # Once it is deleted, it is found by its id only.
        self.id = self._describe(self.name)["StackId"]

    def _describe(self, name_or_id: str) -> dict[str, Any]:
        [stack] = self.target.client("cloudformation").describe_stacks(StackName=name_or_id)["Stacks"]
        return dict(stack)

    @property
    def status(self) -> str:
        """Its status."""
        return str(self._describe(self.id)["StackStatus"])

    @property
    def outputs(self) -> dict[str, str]:
        """Its outputs."""
        return {one["OutputKey"]: one["OutputValue"] for one in self._describe(self.id).get("Outputs", [])}

    def resources(self, type_: str) -> list[dict[str, Any]]:
        """Its resources of a type."""
        pages = self.target.client("cloudformation").get_paginator("list_stack_resources")
        found = (one for page in pages.paginate(StackName=self.id) for one in page["StackResourceSummaries"])
        return [one for one in found if one["ResourceType"] == type_ and one["ResourceStatus"] != "DELETE_COMPLETE"]

    def physical_id(self, type_: str) -> str:
        """The physical id of its only resource of a type."""
        [found] = self.resources(type_)
        return str(found["PhysicalResourceId"])

    def events(self, type_: str = "") -> list[dict[str, Any]]:
        """Its events, or those of the resources of a type, oldest first."""
        pages = self.target.client("cloudformation").get_paginator("describe_stack_events")
        found = [event for page in pages.paginate(StackName=self.id) for event in page["StackEvents"]]
        return [event for event in reversed(found) if type_ in ("", event["ResourceType"])]

    def events_of(self, physical_id: str) -> list[str]:
        """The statuses in the events of a resource, oldest first."""
        return [event["ResourceStatus"] for event in self.events() if event.get("PhysicalResourceId") == physical_id]

    def failed(self, *kinds: str) -> list[str]:
        """The types of the resources that ever failed, such as in `DELETE`."""
        failed = [f"{kind}_FAILED" for kind in kinds or ("CREATE", "UPDATE", "DELETE")]
        return sorted({one["ResourceType"] for one in self.events() if one["ResourceStatus"] in failed})

    def wait_until_deleted(self, seconds: float) -> str:
        """Waits until it is deleted, or cannot be; returns its status."""
        ended = ("DELETE_COMPLETE", "DELETE_FAILED")
        self.target.wait(lambda: self.status in ended, seconds=seconds, every=10)
        return self.status

    # --- Amazon Personalize ---

    def import_jobs(self) -> list[dict[str, Any]]:
        """The imports of its dataset, oldest first."""
        dataset = f"arn:aws:personalize:{self.target.region}:{self.target.account}:dataset/{self.name}/INTERACTIONS"
        pages = self.target.client("personalize").get_paginator("list_dataset_import_jobs")
        found = [job for page in pages.paginate(datasetArn=dataset) for job in page["datasetImportJobs"]]
        return sorted(found, key=lambda job: job["creationDateTime"])
