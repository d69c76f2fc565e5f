"""References to solutions that exist outside the app, and the training of solution versions."""

import enum

import jsii
from aws_cdk import Duration, Resource
from aws_cdk.interfaces.aws_personalize import ISolutionRef, SolutionReference
from constructs import Construct

from cdk_data_jobs._job.deployment_options import DeploymentOptions
from cdk_data_jobs._support.environments import validate_environment
from cdk_data_jobs._support.validation import validate_choice, validate_reference
from cdk_data_jobs.data_job import Attribute, DataJob
from cdk_data_jobs.options import OnFailure
from cdk_data_jobs.personalize._common import PersonalizeAttributes
from cdk_data_jobs.personalize._validation import validate_arn
from cdk_data_jobs.runner import DataJobRunner

_DEFAULT_TIMEOUT = Duration.hours(6)  # trainings of small samples were recorded to take up to 3:42 hours


@jsii.implements(ISolutionRef)
class Solution(Resource):
    """A solution that exists outside the app."""

    @staticmethod
    def from_solution_arn(scope: Construct, id: str, solution_arn: str) -> "Solution":
        """Refers to an existing solution.

        Args:
            scope: The construct that the reference belongs to.
            id: The reference's id in it.
            solution_arn: The solution's ARN.

        Raises:
            ValueError: If it is not an ARN of Amazon Personalize with at most 256 characters.
        """
        validate_arn(solution_arn, "solution_arn")
        return Solution(scope, id, solution_arn=solution_arn)

    def __init__(self, scope: Construct, id: str, *, solution_arn: str) -> None:
        """Use `from_solution_arn`."""
        super().__init__(scope, id, environment_from_arn=solution_arn)
        self._solution_arn = solution_arn

    @property
    @jsii.member(jsii_name="solutionRef")
    def solution_ref(self) -> SolutionReference:
        """The reference to the solution for other constructs."""
        return SolutionReference(solution_arn=self._solution_arn)


class TrainingMode(enum.Enum):
    """The scope of a training (CreateSolutionVersion, trainingMode)."""

    FULL = "FULL"
    """A new model from all data of the dataset group."""

    UPDATE = "UPDATE"
    """The latest full model, with the items that are new. For solutions with the User-Personalization recipe or
    HRNN-Coldstart that have a version of a full training."""


class SolutionVersion(PersonalizeAttributes, DataJob):
    """Trains a solution version, as part of a deployment.

    Runs when it is deployed, and again when the solution, the mode or `trigger` changes, not when data is imported: let
    it depend on the imports, and change `trigger`. A training can take hours, and is billed by the hour. A rollback or
    a deletion leaves what was trained, and waits for a training that goes on; StopSolutionVersionCreation of the
    service stops one, which then failed.

    The service chooses the version's id. If the response to a create call is lost, the version is recognized in the
    list of the solution's by its mode and time; only then may two jobs that train a solution in the same way at the
    same time share a version.
    """

    solution_version_arn = Attribute()
    """The solution version's ARN."""

    training_hours = Attribute("trainingHours")
    """The hours that the training took, which are billed. Empty if the deployment does not wait for it."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        solution: ISolutionRef,
        training_mode: TrainingMode | None = None,
        wait_for_completion: bool = True,
        timeout: Duration | None = None,
        on_failure: OnFailure = OnFailure.ROLL_BACK,
        trigger: str | None = None,
        deploy_time: bool = True,
        runner: DataJobRunner | None = None,
    ) -> None:
        """Declares a training (Amazon Personalize API Reference, CreateSolutionVersion).

        Args:
            scope: The construct that the job belongs to.
            id: The construct's id in that scope.
            solution: The solution: a `CfnSolution`, or `Solution.from_solution_arn(...)`.
            training_mode: The scope of the training. By default the service's own choice, FULL.
            wait_for_completion: Whether the deployment waits until the training has ended. Otherwise it continues as
                soon as the service has accepted it, and what needs the version would fail.
            timeout: How long the deployment waits, 1 minute to 7 days. By default 6 hours, if it waits.
            on_failure: What the deployment does when the training fails. By default it fails too, and is rolled back.
            trigger: Any string; the job runs again when it changes. By default there is none.
            deploy_time: Whether the job runs when it is deployed. Otherwise only a schedule, a task or the command line
                runs it.
            runner: The construct that runs the job. By default the stack's own `DataJobRunner`.

        Raises:
            ValueError: If the arguments cannot work, as far as that is known at synthesis.
        """
        if timeout is None and wait_for_completion and deploy_time:
            timeout = _DEFAULT_TIMEOUT
        super().__init__(
            scope,
            id,
            resource_type="Custom::PersonalizeSolutionVersion",
            role=None,
            options=DeploymentOptions(
                wait_for_completion=wait_for_completion,
                timeout=timeout,
                on_failure=on_failure,
                trigger=trigger,
                deploy_time=deploy_time,
            ),
            runner=runner,
        )
        validate_reference(
            solution,
            "solution_ref",
            "solution",
            "an ISolutionRef, such as a CfnSolution",
            "Solution.from_solution_arn(...)",
        )
        validate_environment(self, solution, "solution")
        validate_choice(training_mode, TrainingMode, "training_mode")
        self._create_resources(
            {
                "solutionArn": solution.solution_ref.solution_arn,
                "trainingMode": training_mode and training_mode.value,
            }
        )
