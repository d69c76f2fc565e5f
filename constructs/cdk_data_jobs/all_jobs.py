"""All jobs below a construct, to go through them, and for one alarm."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import jsii
from aws_cdk import Aspects, IAspect, Stack, Stage
from constructs import Construct, IConstruct, IValidation

from cdk_data_jobs._job.alarms import create_failure_alarm
from cdk_data_jobs._job.notifications import create_metric
from cdk_data_jobs._support.environments import differing_parts
from cdk_data_jobs._support.memo import environment_of, path_of, stack_of
from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs.data_job import DataJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_cdk import aws_cloudwatch, aws_sns

_MAX_METRICS = 10
"""How many metrics an alarm on metric math may have (Amazon CloudWatch User Guide, "Limits" of alarms)."""


class DataJobs:
    """The jobs below a construct: those of a stack and its nested stacks, of a stage, of an app, or of any construct.

    ```python
    DataJobs.of(stack).alarm_on_failure(topic)
    for job in DataJobs.of(stack):
        job.on_failed("Failed", target=target)
    ```
    """

    def __init__(self, scope: IConstruct) -> None:
        """Use `of`."""
        self._scope = scope

    @staticmethod
    def of(scope: IConstruct) -> DataJobs:
        """Returns the jobs below a construct.

        Args:
            scope: The construct.
        """
        return DataJobs(scope)

    def __iter__(self) -> Iterator[DataJob]:
        """Yields the jobs that are declared by now; for later ones too, use `aws_cdk.Aspects`."""
        yield from [node for node in self._scope.node.find_all() if isinstance(node, DataJob)]

    def alarm_on_failure(
        self, topic: aws_sns.ITopic, *, scope: Construct | None = None, id: str = "DataJobFailureAlarm"
    ) -> aws_cloudwatch.Alarm:
        """Creates one alarm for each run that fails of any of the jobs, also of jobs that are declared later.

        It is as that of `DataJob.alarm_on_failure`. The jobs must be in the alarm's account and Region. The jobs of a
        stack are one metric and those of a nested stack another, whatever their number; if `of` was given neither a
        stack nor a stage nor an app, each job is one.

        Args:
            topic: The topic that is notified.
            scope: The construct that the alarm belongs to, in a stack. By default the one that `of` was given.
            id: The alarm's id in that scope.

        Returns:
            The alarm.

        Raises:
            ValueError: If the alarm would be in no stack, or `topic` is no topic. At synthesis, if there is no job, one
                of another account or Region, or more than the 10 metrics of which CloudWatch allows an alarm.
        """
        if scope is None and isinstance(self._scope, Stage):
            raise ValidationError(
                f"scope must be a construct in a stack, where the alarm of {path_of(self._scope) or 'the app'} is "
                "declared, got none"
            )
        owner = scope or cast("Construct", self._scope)
        metric = create_metric(owner, "Failed", "Sum", logical_id=None, options={})
        alarm = create_failure_alarm(owner, id, metric=metric, topic=topic, subject=cast("Construct", self._scope))
        metrics = _Metrics(alarm, by_stack=isinstance(self._scope, Stack | Stage))
        Aspects.of(self._scope).add(cast("IAspect", metrics))
        alarm.node.add_validation(cast("IValidation", metrics))
        return alarm


@jsii.implements(IAspect, IValidation)
class _Metrics:
    """Gives an alarm the metrics of all jobs, when all are declared."""

    def __init__(self, alarm: aws_cloudwatch.Alarm, *, by_stack: bool) -> None:
        self._alarm = alarm
        self._by_stack = by_stack
        self._metrics: dict[str, aws_cloudwatch.Metric] = {}
        self._elsewhere: list[str] = []

    def visit(self, node: IConstruct) -> None:
        if not isinstance(node, DataJob):
            return
        source = path_of(stack_of(node) if self._by_stack else node)
        if source in self._metrics:
            return
        if differing_parts(environment_of(stack_of(node)), environment_of(stack_of(self._alarm))):
            self._elsewhere.append(path_of(node))
        self._metrics[source] = (
            create_metric(node, "Failed", "Sum", logical_id=None, options={})
            if self._by_stack
            else node.metric_failed()
        )
        _set_metrics(cast("aws_cloudwatch.CfnAlarm", self._alarm.node.default_child), [*self._metrics.values()])

    def validate(self) -> list[str]:
        if not self._metrics:
            return ["an alarm on failed runs must have data jobs, got none; declare one, or remove the alarm"]
        if len(self._metrics) > _MAX_METRICS:
            sources = "stacks" if self._by_stack else "jobs"
            limit = f"an alarm on failed runs must be for at most {_MAX_METRICS} {sources}"
            return [f"{limit}, got {len(self._metrics)}; declare several alarms"]
        return [
            f"an alarm on failed runs must be in the account and Region of the data jobs, got {path} elsewhere; "
            "declare an alarm in the job's stack"
            for path in self._elsewhere
        ]


def _set_metrics(alarm: aws_cloudwatch.CfnAlarm, metrics: list[aws_cloudwatch.Metric]) -> None:
    """Makes an alarm watch the sum of metrics: metric math, unless there is only one."""
    from aws_cdk import aws_cloudwatch  # noqa: PLC0415 - it takes long to load, and few apps need it

    cfn = aws_cloudwatch.CfnAlarm
    dimensions = [
        [cfn.DimensionProperty(name=name, value=value) for name, value in (metric.dimensions or {}).items()]
        for metric in metrics
    ]
    if len(metrics) == 1:
        alarm.dimensions = [*dimensions[0]]
        return
    alarm.namespace = alarm.metric_name = alarm.statistic = None
    alarm.dimensions = alarm.period = None
    queries = [
        cfn.MetricDataQueryProperty(
            id=f"m{number}",
            metric_stat=cfn.MetricStatProperty(
                metric=cfn.MetricProperty(
                    namespace=metric.namespace, metric_name=metric.metric_name, dimensions=dimensions[number]
                ),
                period=metric.period.to_seconds(),
                stat=metric.statistic,
            ),
            return_data=False,
        )
        for number, metric in enumerate(metrics)
    ]
    expression = f"SUM([{', '.join(query.id for query in queries)}])"
    alarm.metrics = [cfn.MetricDataQueryProperty(id="failed", expression=expression, label="failed runs"), *queries]
