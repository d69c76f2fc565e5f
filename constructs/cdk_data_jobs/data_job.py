"""The base class of all kinds of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import jsii
from aws_cdk import ITaggableV2
from constructs import Construct, IDependable

from cdk_data_jobs._definition.model_validation import validate_against_botocore
from cdk_data_jobs._definition.parameters import describe_parameters
from cdk_data_jobs._definition.runtime_sdk import validate_against_runtime_sdk
from cdk_data_jobs._definition.table import as_row, definition_of
from cdk_data_jobs._job.alarms import create_failure_alarm
from cdk_data_jobs._job.custom_resources import JobCustomResources
from cdk_data_jobs._job.job_access import JobAccess
from cdk_data_jobs._job.job_names import default_job_name, validate_job_name
from cdk_data_jobs._job.job_permissions import JobPermissions
from cdk_data_jobs._job.notifications import create_end_rule, create_metric
from cdk_data_jobs._job.schedules import REQUEST_ID, create_schedule
from cdk_data_jobs._job.service_roles import roles_behind
from cdk_data_jobs._job.source_and_destination import resolve_destination, resolve_source
from cdk_data_jobs._job.tagging import add_tags, create_tags
from cdk_data_jobs._job.tasks import TaskOptions, create_jsonata_task, create_task
from cdk_data_jobs._job.wait_chain import segments
from cdk_data_jobs._support.mappings import without_none
from cdk_data_jobs._support.memo import path_of, role_arn
from cdk_data_jobs._support.secret_values import validate_no_secrets
from cdk_data_jobs._support.tokens import jsonata_in
from cdk_data_jobs._support.validation import ValidationError, validate_choice, validate_count, validate_reference
from cdk_data_jobs.options import Overlap
from cdk_data_jobs.runner import DataJobRunner

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    # The modules of services that few apps need take long to load.
    from aws_cdk import (
        Duration,
        TagManager,
        aws_cloudwatch,
        aws_events,
        aws_iam,
        aws_scheduler,
        aws_sns,
        aws_sqs,
        aws_stepfunctions,
    )

    from cdk_data_jobs._access.access_rules import DataAccess, KeyUse, ServiceRules
    from cdk_data_jobs._job.deployment_options import DeploymentOptions
    from cdk_data_jobs._job.job_condition import JobCondition
    from cdk_data_jobs._storage.local_files import FileFilter
    from cdk_data_jobs._storage.location import Location
    from cdk_data_jobs.definitions import JobDefinition
    from cdk_data_jobs.storage import DataDestination, DataSource


class Attribute:
    """A property of a job that is known once the job has run: a token for an attribute of its definition, or its id."""

    def __init__(self, name: str | None = None) -> None:
        """Creates the property.

        Args:
            name: The attribute's name in the definition; by default the property is the job's id.
        """
        self.name = name

    @overload
    def __get__(self, job: None, owner: type) -> Attribute: ...
    @overload
    def __get__(self, job: DataJob, owner: type) -> str: ...
    def __get__(self, job: DataJob | None, owner: type) -> str | Attribute:
        """Returns the token, or this object if it is read from the class."""
        return self if job is None else job._reference(self.name)  # noqa: SLF001 - a part of the class DataJob


class StatusAttributes:
    """The attributes that the jobs of all services but Amazon Pinpoint have."""

    status = Attribute("status")
    """The job's status."""

    failure_reason = Attribute("failureReason")
    """The service's reason why the job failed."""


@jsii.implements(ITaggableV2)
class DataJob(Construct):
    """A data job that runs when it is deployed, and again when the parameters that define it change.

    Its tags, and those of the scopes that it is in, become tags of the job, if its service has tags. A change of the
    tags, the role or the timeout does not run it again.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        resource_type: str,
        definition: JobDefinition | None = None,
        job_name: str | None = None,
        role: aws_iam.IRole | None,
        options: DeploymentOptions,
        runner: DataJobRunner | None,
        max_failures: int = 0,
    ) -> None:
        """Creates what all kinds of jobs have in common; the custom resources follow with `_create_resources`.

        Args:
            scope: The construct that the job belongs to.
            id: The construct's id in that scope.
            resource_type: The type of its custom resource.
            definition: The definition of the kind of job, which its resource then has as a property; by default the
                function's own one for `resource_type`.
            job_name: The base name, to which each run adds a suffix; by default derived from the construct's path.
            role: The role that the service assumes; by default one is created and shared.
            options: The options that concern deployments.
            runner: The construct that runs the job; by default the stack's own.
            max_failures: How many entries may fail in a job that succeeds.

        Raises:
            ValueError: If an argument is invalid.
        """
        super().__init__(scope, id)
        self._is_in_table = definition is None
        self._definition = definition or definition_of(resource_type)
        naming = self._definition.name
        if job_name is not None and naming is not None:
            validate_job_name(job_name, naming.base_max_length)
        validate_count(max_failures, "max_failures", minimum=0)
        if role is not None:
            validate_reference(role, "role_arn", "role", "an aws_iam.IRole", "aws_iam.Role.from_role_arn(...)")
        if runner is not None and not isinstance(runner, DataJobRunner):
            raise ValidationError(
                f"runner must be a DataJobRunner, got {type(runner).__name__}; pass one or leave it out"
            )
        self._runner = runner or DataJobRunner.of(self)
        self._role = role
        self._options = options
        self._job_name = (job_name or default_job_name(path_of(self), naming.base_max_length)) if naming else None
        common = {
            **options.common_properties,
            "MaxFailures": max_failures or None,
            "Definition": definition and as_row(definition),
        }
        self._resources = JobCustomResources(self, resource_type, self._runner, common)
        self._permissions = JobPermissions(
            self,
            self._runner,
            self._definition,
            None if definition else resource_type,
            is_users_kind=resource_type == "Custom::AwsJob",
            job_condition=self._resources.job_condition,
        )
        self._access = JobAccess(self, self._definition, self._runner, self._permissions, role)
        self._tags = create_tags(self, resource_type)
        self._dependencies: list[IDependable] = []
        self._expression: str | None = None

    @property
    @jsii.member(jsii_name="cdkTagManager")
    def cdk_tag_manager(self) -> TagManager:
        """The tags that the job gets."""
        return self._tags

    @property
    def runner(self) -> DataJobRunner:
        """The runner of the job."""
        return self._runner

    @property
    def role(self) -> aws_iam.IRole:
        """The role that the service assumes to run the job.

        Raises:
            ValueError: If the service assumes none.
        """
        if self._role is None:
            raise ValidationError(
                f"{path_of(self)} has no role, because its service assumes none; if it does, give the job a "
                "service_principal"
            )
        return self._role

    def _reference(self, attribute: str | None = None) -> str:
        """Returns a token for an attribute of the job, which is known when it has run.

        Args:
            attribute: The attribute's name; None for the job's id.

        Raises:
            ValueError: If the job does not run when it is deployed.
        """
        if not self._options.deploy_time:
            raise ValidationError(
                f"the attributes of {path_of(self)} must not be used in the app, because with deploy_time=False they "
                f"are not known when it is deployed, got {attribute or 'its id'}; use events or as_task(...)"
            )
        return self._resources.reference(attribute)

    def run_on_schedule(
        self,
        schedule: aws_scheduler.ScheduleExpression,
        *,
        id: str = "Schedule",
        time_window: aws_scheduler.TimeWindow | None = None,
        overlap: Overlap = Overlap.WAIT,
        retry_attempts: int | None = None,
        max_event_age: Duration | None = None,
        dead_letter_queue: aws_sqs.IQueue | None = None,
    ) -> aws_scheduler.Schedule:
        """Runs the job at set times, each time with a new name.

        Args:
            schedule: The times: `ScheduleExpression.cron(minute="30", hour="3", time_zone=TimeZone.EUROPE_BERLIN)`,
                `.rate(...)` or `.at(...)`. A time that does not exist on a night when clocks are put forward, such as
                02:30 in Berlin, is left out that day (EventBridge Scheduler User Guide, "Schedule types").
            id: The schedule's id in the job.
            time_window: How much later than set it may run, e.g. `TimeWindow.flexible(Duration.minutes(15))`. By
                default not at all.
            overlap: What a run does if another run of the job is running. By default it waits until that one has ended.
            retry_attempts: How often EventBridge Scheduler retries to invoke the runner's function, 0 to 185. By
                default 185.
            max_event_age: How long it retries, 1 minute to 24 hours. By default 24 hours.
            dead_letter_queue: The queue for invocations that failed for good. By default the stack's own queue. A run
                that the runner could not start counts as a failed one.

        Returns:
            The schedule.

        Raises:
            ValueError: If `schedule`, `overlap` or another argument is of another type, or a parameter of the job is an
                expression of JSONata.
        """
        validate_choice(overlap, Overlap, "overlap", required=True)
        self._refuse_expression("on a schedule", "let the schedule start a state machine with the task")
        job_schedule = create_schedule(
            self,
            id,
            runner=self._runner,
            request=self._resources.create_run_request("schedule", RequestId=REQUEST_ID, Overlap=overlap.value),
            schedule=schedule,
            time_window=time_window,
            retry_attempts=retry_attempts,
            max_event_age=max_event_age,
            dead_letter_queue=dead_letter_queue,
        )
        self._add_starter(job_schedule)
        return job_schedule

    def _add_starter(self, starter: Construct) -> JobCondition:
        """Makes a schedule or rule that starts runs depend on the job's own resource, with the same condition.

        Args:
            starter: The schedule or the rule.

        Returns:
            The condition.
        """
        self._resources.add_starter(starter)
        return self._resources.job_condition

    def as_task(
        self,
        scope: Construct,
        id: str,
        *,
        comment: str | None = None,
        result_path: str | None = None,
        result_selector: Mapping[str, Any] | None = None,
        task_timeout: aws_stepfunctions.Timeout | None = None,
    ) -> aws_stepfunctions.TaskStateBase:
        """Creates a task in JSONPath, for a state machine, that runs the job and waits for its end.

        Its result has the job's attributes, by the names that the service's API gives them, e.g.
        `$.datasetImportJobArn`. It fails with the errors of `DataJobError`, whose cause is the job's reason. A retry of
        the task runs the job again; if the job is still running, it waits for that instead. Stopping the execution does
        not stop the job.

        Args:
            scope: The construct that the task belongs to.
            id: The task's construct id, which is the state's name.
            comment: The state's comment. By default there is none.
            result_path: The place of the result in the state's output. By default the result is the whole output.
            result_selector: The parts of the result that are kept. By default all.
            task_timeout: How long the task may take. By default 8 days; the run itself gives up after 7.

        Raises:
            ValueError: If a parameter of the job is an expression of JSONata.
        """
        self._refuse_expression("as a task in JSONPath", "use a state machine in JSONata")
        return create_task(
            scope,
            id,
            runner=self._runner,
            request=self._create_task_request(),
            options=TaskOptions(comment=comment, task_timeout=task_timeout),
            result_path=result_path,
            result_selector=result_selector,
        )

    def as_jsonata_task(
        self,
        scope: Construct,
        id: str,
        *,
        comment: str | None = None,
        outputs: Any = None,  # noqa: ANN401 - JSON
        assign: Mapping[str, Any] | None = None,
        task_timeout: aws_stepfunctions.Timeout | None = None,
    ) -> aws_stepfunctions.TaskStateBase:
        """Creates a task in JSONata, which is otherwise that of `as_task`.

        A parameter of the job can be an expression, if it does not run when it is deployed: `solution_version_arn="{%
        $states.input.solutionVersionArn %}"`.

        Args:
            scope: The construct that the task belongs to.
            id: The task's construct id, which is the state's name.
            comment: The state's comment. By default there is none.
            outputs: The state's output, any JSON with expressions such as
                `"{% $states.result.datasetImportJobArn %}"`. By default the job's attributes.
            assign: The variables that the state sets: name to JSON with expressions. By default none.
            task_timeout: How long the task may take. By default 8 days; the run itself gives up after 7.
        """
        return create_jsonata_task(
            scope,
            id,
            runner=self._runner,
            request=self._create_task_request(),
            options=TaskOptions(comment=comment, task_timeout=task_timeout),
            outputs=outputs,
            assign=assign,
        )

    def _refuse_expression(self, run: str, remedy: str) -> None:
        """Refuses a run for which nothing evaluates the expressions that parameters of the job are.

        Args:
            run: How the job runs, for the message.
            remedy: What to do.

        Raises:
            ValidationError: If a parameter is an expression.
        """
        if self._expression is not None:
            raise ValidationError(
                f"the parameters of a job that runs {run} must not have an expression, which only as_jsonata_task "
                f"evaluates, got {self._expression!r}; {remedy}, or write a text otherwise"
            )

    def _create_task_request(self) -> dict[str, Any]:
        """Returns the request of a task, and grants what its run needs."""
        self._permissions.allow_task_callbacks()
        self._resources.add_dependencies(self._permissions.policies)
        return self._resources.create_run_request("task")

    def on_succeeded(
        self,
        id: str,
        *,
        target: aws_events.IRuleTarget | None = None,
        description: str | None = None,
        rule_name: str | None = None,
    ) -> aws_events.Rule:
        """Creates a rule for each run of the job that succeeds, however it was started.

        The event's detail has `stack`, `job` (the logical id), `kind`, `id` (the job's ARN or id), `status`, `reason`,
        `duration` (seconds), `startedBy` (create, update, schedule, upload, task or command) and `attributes`. The job
        does not depend on the rule, so that the target may refer to the job: a run that ends within seconds of the
        rule's first deployment may be missed.

        Args:
            id: The rule's id in the job.
            target: What is invoked. By default nothing yet; see `add_target` of the rule. Events that could not be
                delivered to it go to the stack's own queue, if it has no `dead_letter_queue`.
            description: The rule's description. By default it has none.
            rule_name: The rule's name. By default CloudFormation generates one.
        """
        return self._create_end_rule("Data Job Succeeded", id, target, description, rule_name)

    def on_failed(
        self,
        id: str,
        *,
        target: aws_events.IRuleTarget | None = None,
        description: str | None = None,
        rule_name: str | None = None,
    ) -> aws_events.Rule:
        """Creates a rule for each run of the job that fails, however it was started.

        The event's detail is that of `on_succeeded`.

        Args:
            id: The rule's id in the job.
            target: What is invoked. By default nothing yet; see `add_target` of the rule. Events that could not be
                delivered to it go to the stack's own queue, if it has no `dead_letter_queue`.
            description: The rule's description. By default it has none.
            rule_name: The rule's name. By default CloudFormation generates one.
        """
        return self._create_end_rule("Data Job Failed", id, target, description, rule_name)

    def _create_end_rule(
        self,
        detail_type: str,
        id_: str,
        target: aws_events.IRuleTarget | None,
        description: str | None,
        rule_name: str | None,
    ) -> aws_events.Rule:
        self._resources.enable_events()
        self._permissions.allow_events()
        self._resources.add_dependencies(self._permissions.policies)
        return create_end_rule(
            self,
            id_,
            logical_id=self._resources.logical_id,
            detail_type=detail_type,
            target=target,
            description=description,
            rule_name=rule_name,
        )

    def metric_succeeded(self, **options: Any) -> aws_cloudwatch.Metric:  # noqa: ANN401 - as aws_cloudwatch.Metric
        """Returns the metric of how many runs of the job succeeded: 1 or 0 for each run that ended.

        Args:
            **options: `statistic` (by default Sum), `period` (5 minutes), `label`, `color`, ... of
                `aws_cloudwatch.Metric`.
        """
        return create_metric(self, "Succeeded", "Sum", logical_id=self._resources.logical_id, options=options)

    def metric_failed(self, **options: Any) -> aws_cloudwatch.Metric:  # noqa: ANN401 - as aws_cloudwatch.Metric
        """Returns the metric of how many runs of the job failed: 1 or 0 for each run that ended.

        Args:
            **options: As for `metric_succeeded`.
        """
        return create_metric(self, "Failed", "Sum", logical_id=self._resources.logical_id, options=options)

    def metric_duration(self, **options: Any) -> aws_cloudwatch.Metric:  # noqa: ANN401 - as aws_cloudwatch.Metric
        """Returns the metric of how many seconds the job took, from its creation until its end was seen.

        Args:
            **options: As for `metric_succeeded`; by default the statistic is Average.
        """
        return create_metric(self, "Duration", "Average", logical_id=self._resources.logical_id, options=options)

    def alarm_on_failure(self, topic: aws_sns.ITopic, *, id: str = "FailureAlarm") -> aws_cloudwatch.Alarm:
        """Creates an alarm for each run of the job that fails, however it was started, and has it notify a topic.

        The alarm is on `metric_failed`, of which five minutes are looked at, and time without runs is fine. It notifies
        when it begins, so that a run that fails within minutes of another is not told again: `on_failed` reports each.

        The policies of a topic of the app, and of its key, are extended for the account's alarms. For an imported topic
        nothing is changed: the policy that Amazon SNS gives a topic allows alarms; another one must allow
        `sns:Publish`, and the policy of its key `kms:Decrypt` and `kms:GenerateDataKey*`, to
        `cloudwatch.amazonaws.com`. A topic with the key `alias/aws/sns` cannot be notified by alarms (Amazon SNS
        Developer Guide, "Enable compatibility between event sources from AWS services and encrypted topics").

        Args:
            topic: The topic that is notified, in the job's account and Region.
            id: The alarm's id in the job.

        Returns:
            The alarm, for actions besides the topic.

        Raises:
            ValueError: If `topic` is no topic.
        """
        return create_failure_alarm(self, id, metric=self.metric_failed(), topic=topic, subject=self)

    def _resolve_source(self, source: DataSource, file_filter: FileFilter) -> Location:
        """Returns the location that the job reads.

        Args:
            source: The job's argument `source`.
            file_filter: Selects the files of a folder that it reads.
        """
        return resolve_source(source, self, file_filter, staging_bucket=self._runner.staging_bucket)

    def _resolve_destination(self, destination: DataDestination | None) -> DataDestination:
        """Returns the destination that the job writes to.

        Args:
            destination: The job's argument `destination`; by default a folder of a new bucket.
        """
        return resolve_destination(destination, self)

    def _grant_access(
        self,
        rules: ServiceRules,
        *data: DataAccess,
        keys: Sequence[KeyUse] = (),
        source_arn_parameters: Mapping[str, Any] | None = None,
    ) -> str:
        """Lets the service use the job's data, and returns the ARN of the role that it does so with.

        Args:
            rules: The rules of the service's guide.
            *data: The data that it reads and writes.
            keys: The keys that it needs in addition to those of the data.
            source_arn_parameters: The parameters of the create call that the definition's `source_arn` names.
        """
        access = self._access.grant(rules, *data, keys=keys, source_arn_parameters=source_arn_parameters)
        self._dependencies += access.policies
        self._role = access.role
        return role_arn(access.role)

    def _create_resources(
        self,
        parameters: Mapping[str, Any],
        location: Location | None = None,
        statements: Sequence[aws_iam.PolicyStatement] = (),
    ) -> None:
        """Creates the custom resources: the job's own, and one for each further segment of a long timeout.

        Args:
            parameters: The parameters of the service's create call, in its own spelling, without the job's name and
                tags. Those that are None are left out.
            location: The location that the job reads, if local files may have to be copied to it first.
            statements: The statements of the function's policy that are the user's own.
        """
        parameters = without_none(parameters)
        self._expression = jsonata_in([parameters, self._job_name])
        if self._options.deploy_time:
            self._refuse_expression("when it is deployed", "set deploy_time=False")
        may_be_newer = bool(self._runner.layers)
        if not may_be_newer:
            validate_against_runtime_sdk(self._definition, parameters)
        if not self._is_in_table:
            validate_against_botocore(
                self,
                self._definition,
                parameters,
                job_name=self._job_name,
                statements=statements,
                may_be_newer=may_be_newer,
            )
        own = {"parameters": parameters} if not self._is_in_table else {}
        validate_no_secrets(
            self,
            {**own, "trigger": self._options.trigger},
            "the parameters and the trigger of a job",
            "have the service read the secret, or leave it out",
        )
        tags = add_tags(self, self._tags) if self._definition.tags else None
        self._permissions.allow_calls(parameters, tags)
        first, *rest = segments(self._options.timeout)
        properties = {
            "JobName": self._job_name,
            "Parameters": parameters,
            "Tags": tags,
            "Files": self._permissions.allow_copying_files(location) if location and location.files else None,
        }
        after = [*self._dependencies, *self._permissions.policies]
        if not self._is_in_table:
            after += roles_behind(parameters)
        deployment_properties = {**self._options.deployment_properties, "Links": len(rest) or None, **first}
        self._resources.create_job_resource(properties, deployment_properties, after)
        described = describe_parameters(self._definition, parameters) or None
        for number, segment in enumerate(rest, 1):
            self._resources.create_waiting_resource(number, {"Parameters": described, **segment})
