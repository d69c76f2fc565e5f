"""The custom resources of a job: its own, and one waiting resource for each further segment of a long timeout."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from aws_cdk import CfnResource, IAnyProducer, Lazy
from constructs import Construct, IDependable

from cdk_data_jobs._job.job_condition import JobCondition
from cdk_data_jobs._job.notifications import EventsFlag
from cdk_data_jobs._job.request_size import validate_size
from cdk_data_jobs._support.mappings import without_none
from cdk_data_jobs._support.memo import stack_of
from cdk_data_jobs.definitions import RESERVED_ATTRIBUTE
from cdk_data_jobs.runner import DataJobRunner

_WAIT_TYPE = "Custom::DataJobWait"


class JobCustomResources:
    """The custom resources of a job, and the requests for its runs outside deployments."""

    def __init__(
        self, job: Construct, resource_type: str, runner: DataJobRunner, common_properties: Mapping[str, Any]
    ) -> None:
        """Creates the object; its methods create the resources.

        Args:
            job: The job.
            resource_type: The type of its own custom resource.
            runner: The runner.
            common_properties: The properties that all its resources have. Here and below, those that are None are left
                out.
        """
        self._job = job
        self._resource_type = resource_type
        self._runner = runner
        self._common_properties = common_properties
        self._properties: Mapping[str, Any] = {}
        self._events_flag = EventsFlag()
        self.job_condition = JobCondition()
        """The condition of the job's own resource."""

    def create_job_resource(
        self,
        properties: Mapping[str, Any],
        deployment_properties: Mapping[str, Any],
        dependencies: Iterable[IDependable],
    ) -> None:
        """Creates the job's own resource.

        Args:
            properties: The properties that say which job to create.
            deployment_properties: The properties that concern deployments alone, and no other runs.
            dependencies: What must exist before.

        Raises:
            ValidationError: If the function could not take a request with the properties.
        """
        validate_size(self._job, {**properties, **deployment_properties, **self._common_properties})
        self._properties = properties
        self._job_resource = self._last_in_chain = self._create(
            "Resource", self._resource_type, {**properties, **deployment_properties}
        )
        self._job_resource.node.add_dependency(*dependencies)
        self.job_condition.set_job_resource(self._job_resource)

    def add_starter(self, starter: Construct) -> None:
        """Makes a schedule or rule depend on the job's own resource, and gives it the same condition.

        It is created after that resource, when the job's permissions exist, and deleted before it.

        Args:
            starter: The schedule or the rule.
        """
        starter.node.add_dependency(self._job_resource)
        self.job_condition.apply_to(starter)

    def add_dependencies(self, dependencies: Iterable[IDependable]) -> None:
        """Makes the job's own resource depend on what its other runs need, so that it is also deleted before that.

        Args:
            dependencies: What must exist before.
        """
        self._job_resource.node.add_dependency(*dependencies)

    def create_waiting_resource(self, number: int, properties: Mapping[str, Any]) -> None:
        """Creates a waiting resource, which continues to wait when the one before it has waited its segment.

        Args:
            number: Its number, from 1.
            properties: The properties for the seconds that it waits, and the parameters of the describe call.
        """
        waiting = {
            "Kind": self._resource_type,
            "Job": self._last_in_chain.ref,
            "Creator": self.logical_id,
            "Kept": self._job_resource.get_att(RESERVED_ATTRIBUTE),
            **properties,
        }
        self._last_in_chain = self._create(f"Wait{number}", _WAIT_TYPE, waiting)
        self.job_condition.apply_to(self._last_in_chain)

    @property
    def logical_id(self) -> str:
        """The logical id of the job's own resource."""
        return self._job_resource.logical_id

    def reference(self, attribute: str | None) -> str:
        """Returns a token for an attribute of the job, which is known when it has run.

        Args:
            attribute: The attribute's name; None for the job's id.
        """
        return self._last_in_chain.get_att(attribute).to_string() if attribute else self._last_in_chain.ref

    def enable_events(self) -> None:
        """Has every run of the job send an event when it ends."""
        self._events_flag.enabled = True
        self._job_resource.add_property_override("Events", True)

    def create_run_request(self, started_by: str, **members: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Returns the request with which the runner's function is invoked for a run outside deployments.

        Args:
            started_by: `schedule`, `upload` or `task`.
            **members: Further members of the request.
        """
        events = {"Events": Lazy.uncached_any(cast("IAnyProducer", self._events_flag))}
        return {
            "RequestType": "Run",
            "StartedBy": started_by,
            "StackId": stack_of(self._job).stack_id,
            "LogicalResourceId": self.logical_id,
            "ResourceType": self._resource_type,
            "ResourceProperties": without_none({**self._properties, **self._common_properties, **events}),
            **members,
        }

    def _create(self, id_: str, resource_type: str, properties: Mapping[str, Any]) -> CfnResource:
        all_properties = {"ServiceToken": self._runner.service_token, **properties, **self._common_properties}
        return CfnResource(self._job, id_, type=resource_type, properties=without_none(all_properties))
