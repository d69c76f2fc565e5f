"""A dashboard of jobs: how many runs succeeded and failed, and how long they took."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import jsii
from aws_cdk import Aspects, Duration, IAspect, Stack
from constructs import Construct, IConstruct

from cdk_data_jobs._support.memo import path_of
from cdk_data_jobs.data_job import DataJob

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch

_FULL_WIDTH = 24


class DataJobDashboard(Construct):
    """A CloudWatch dashboard of the jobs of a stack or an app: for each its runs, its failures and its durations."""

    def __init__(
        self, scope: Construct, id: str, *, jobs_in: IConstruct | None = None, dashboard_name: str | None = None
    ) -> None:
        """Creates a dashboard.

        Args:
            scope: The construct that it belongs to.
            id: The construct's id in that scope.
            jobs_in: The scope whose jobs it shows: a stack, a stage, an app, or any other construct. The jobs must be
                in the dashboard's Region and account. By default the dashboard's stack.
            dashboard_name: The dashboard's name. By default CloudFormation generates one.
        """
        from aws_cdk import aws_cloudwatch  # noqa: PLC0415 - it takes long to load, and few apps need it

        super().__init__(scope, id)
        self.dashboard = aws_cloudwatch.Dashboard(
            self, "Resource", dashboard_name=dashboard_name, default_interval=Duration.days(7)
        )
        """The dashboard, for widgets of your own."""
        Aspects.of(jobs_in or Stack.of(self)).add(cast("IAspect", _Widgets(self.dashboard)))


@jsii.implements(IAspect)
class _Widgets:
    """Adds the widgets of each job, when all are declared."""

    def __init__(self, dashboard: aws_cloudwatch.Dashboard) -> None:
        self._dashboard = dashboard
        self._seen: set[str] = set()

    def visit(self, node: IConstruct) -> None:
        from aws_cdk import aws_cloudwatch  # noqa: PLC0415

        # An aspect may visit a construct twice, if other aspects have added to the tree.
        if not isinstance(node, DataJob) or path_of(node) in self._seen:
            return
        self._seen.add(path_of(node))
        self._dashboard.add_widgets(
            aws_cloudwatch.SingleValueWidget(
                title=path_of(node),
                metrics=[
                    node.metric_succeeded(label="succeeded", color=aws_cloudwatch.Color.GREEN),
                    node.metric_failed(label="failed", color=aws_cloudwatch.Color.RED),
                ],
                set_period_to_time_range=True,
                width=_FULL_WIDTH // 4,
            ),
            aws_cloudwatch.GraphWidget(
                title="runs",
                left=[
                    node.metric_succeeded(label="succeeded", color=aws_cloudwatch.Color.GREEN),
                    node.metric_failed(label="failed", color=aws_cloudwatch.Color.RED),
                ],
                left_y_axis=aws_cloudwatch.YAxisProps(min=0, show_units=False),
                width=_FULL_WIDTH // 4,
            ),
            aws_cloudwatch.GraphWidget(
                title="duration",
                left=[node.metric_duration(label="longest", statistic="Maximum")],
                left_y_axis=aws_cloudwatch.YAxisProps(min=0, label="seconds", show_units=False),
                width=_FULL_WIDTH // 2,
            ),
        )
