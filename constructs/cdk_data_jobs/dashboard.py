"""A dashboard of jobs: how many runs succeeded and failed, and how long they took."""

from typing import cast

import jsii
from aws_cdk import Aspects, Duration, IAspect, Stack, aws_cloudwatch
from constructs import Construct, IConstruct

from cdk_data_jobs.data_job import DataJob

_FULL_WIDTH = 24


class DataJobDashboard(Construct):
    """A CloudWatch dashboard of the jobs of a stack or an app: for each its runs, its failures and its durations."""

    def __init__(
        self, scope: Construct, id: str, *, of: IConstruct | None = None, dashboard_name: str | None = None
    ) -> None:
        """Makes a dashboard.

        Args:
            scope: The construct that it belongs to.
            id: Its id in it.
            of: Whose jobs it shows: a stack, a stage, an app, or any construct that has jobs in it. They must be in the
                dashboard's Region and account. By default its own stack's.
            dashboard_name: Its name. By default CloudFormation makes one.
        """
        super().__init__(scope, id)
        self.dashboard = aws_cloudwatch.Dashboard(
            self, "Resource", dashboard_name=dashboard_name, default_interval=Duration.days(7)
        )
        """The dashboard, for widgets of your own."""
        Aspects.of(of or Stack.of(self)).add(cast("IAspect", _Widgets(self.dashboard)))


@jsii.implements(IAspect)
class _Widgets:
    """Adds the widgets of each job, when all are declared."""

    def __init__(self, dashboard: aws_cloudwatch.Dashboard) -> None:
        self._dashboard = dashboard
        self._seen: set[str] = set()

    def visit(self, node: IConstruct) -> None:
        # An aspect may visit a construct twice, if other aspects have added to the tree.
        if not isinstance(node, DataJob) or node.node.path in self._seen:
            return
        self._seen.add(node.node.path)
        self._dashboard.add_widgets(
            aws_cloudwatch.SingleValueWidget(
                title=node.node.path,
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
