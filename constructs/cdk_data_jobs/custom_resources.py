"""How a job is written into the template: its own custom resource, and one for each further share of a long wait."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from aws_cdk import CfnResource, IAnyProducer, Lazy
from constructs import Construct, IDependable

from cdk_data_jobs.announcements import Wanted
from cdk_data_jobs.asked import stack_of
from cdk_data_jobs.conditions import Companions
from cdk_data_jobs.relay import KEPT
from cdk_data_jobs.runner import DataJobRunner

_WAIT_TYPE = "Custom::DataJobWait"


class JobResources:
    """The custom resources of a job, and what the job's runs are asked with that no deployment asks for."""

    def __init__(self, job: Construct, resource_type: str, runner: DataJobRunner, common: Mapping[str, Any]) -> None:
        """Makes none yet.

        Args:
            job: The job.
            resource_type: The kind of job: the type of its custom resource.
            runner: What runs it.
            common: The properties that all its resources have. What is none is left out, here and below.
        """
        self._job = job
        self._resource_type = resource_type
        self._runner = runner
        self._common = common
        self._properties: Mapping[str, Any] = {}
        self._events = Wanted()
        self.companions = Companions()
        """What comes and goes with the job."""

    def make_own(
        self, properties: Mapping[str, Any], of_deployment: Mapping[str, Any], after: Iterable[IDependable]
    ) -> None:
        """Makes the job's own resource.

        Args:
            properties: What says which job to create.
            of_deployment: What concerns the deployment alone, and no run that somebody else asks for.
            after: What must exist before.
        """
        self._properties = properties
        self._own = self._last = self._make("Resource", self._resource_type, {**properties, **of_deployment})
        self._own.node.add_dependency(*after)
        self.companions.follow(self._own)

    def precede(self, asker: Construct) -> None:
        """Lets what asks for further runs come after the job's own resource, and go before it, or not come at all.

        Args:
            asker: A schedule or a rule.
        """
        asker.node.add_dependency(self._own)
        self.companions.add(asker)

    def wait_for(self, needed: Iterable[IDependable]) -> None:
        """Lets the job's own resource wait for what its further runs need, so that it goes before them, too.

        Args:
            needed: What must exist before.
        """
        self._own.node.add_dependency(*needed)

    def make_wait(self, number: int, properties: Mapping[str, Any]) -> None:
        """Makes a resource that waits on for the same job when the last one has waited its share.

        Args:
            number: Its number, from 1.
            properties: How long it waits, and what the describe call needs.
        """
        waiting = {
            "Kind": self._resource_type,
            "Job": self._last.ref,
            "Creator": self.logical_id,
            "Kept": self._own.get_att(KEPT),
            **properties,
        }
        self._last = self._make(f"Wait{number}", _WAIT_TYPE, waiting)
        self.companions.add(self._last)

    @property
    def logical_id(self) -> str:
        """The logical id of the job's own resource."""
        return self._own.logical_id

    def reference(self, attribute: str | None) -> str:
        """Returns a token for what is known of the job when it has run.

        Args:
            attribute: The attribute's name; if none, the job's id.
        """
        return self._last.get_att(attribute).to_string() if attribute else self._last.ref

    def want_events(self) -> None:
        """Has every run of the job send an event when it ends."""
        self._events.is_so = True
        self._own.add_property_override("Events", True)

    def run_request(self, started_by: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Returns what the runner's function is invoked with for a run that no deployment asks for.

        Args:
            started_by: What asks for it.
            **more: What the request says besides.
        """
        events = {"Events": Lazy.uncached_any(cast("IAnyProducer", self._events))}
        return {
            "RequestType": "Run",
            "StartedBy": started_by,
            "StackId": stack_of(self._job).stack_id,
            "LogicalResourceId": self.logical_id,
            "ResourceType": self._resource_type,
            "ResourceProperties": _given({**self._properties, **self._common, **events}),
            **more,
        }

    def _make(self, id_: str, resource_type: str, properties: Mapping[str, Any]) -> CfnResource:
        known = {"ServiceToken": self._runner.service_token, **properties, **self._common}
        return CfnResource(self._job, id_, type=resource_type, properties=_given(known))


def _given(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if value is not None}
