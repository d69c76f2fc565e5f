"""Notifies you when a job fails or does not run: cdk deploy --app "python examples/alarms_and_dashboard.py".

Shows the three ways to learn of a job's end: an event with the job's own message, alarms on its metrics, a dashboard.
"""

from __future__ import annotations

from pathlib import Path

from aws_cdk import App, CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk.aws_cloudwatch import ComparisonOperator, TreatMissingData
from aws_cdk.aws_cloudwatch_actions import SnsAction
from aws_cdk.aws_events import EventField, RuleTargetInput
from aws_cdk.aws_events_targets import SnsTopic
from aws_cdk.aws_scheduler import ScheduleExpression
from aws_cdk.aws_sns import Topic
from constructs import Construct

from cdk_data_jobs import DataJobDashboard, DataJobs, DataSource
from cdk_data_jobs.personalize import DatasetGroup, Field, Schema

DATA = Path(__file__).parent / "data"


class Watched(Stack):
    """A bookshop's users, imported with the deployment and exported every day, and three ways to hear how that went."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the dataset, its jobs, and their alarms, rules and dashboard."""
        super().__init__(scope, construct_id)
        group = DatasetGroup(self, "Group", dataset_group_name="alarms-example", removal_policy=RemovalPolicy.DESTROY)
        users = group.add_dataset("Users", schema=Schema.users(AGE_GROUP=Field.categorical()))
        imported = users.import_from(DataSource.from_asset(str(DATA / "users.csv")))
        exported = users.export_to(deploy_time=False)
        exported.run_on_schedule(ScheduleExpression.rate(Duration.days(1)))

        # Subscribe to it: an address, a queue, a chat.
        topic = Topic(self, "Alerts", enforce_ssl=True)
        DataJobs.of(self).alarm_on_failure(topic)
        reason, duration = EventField.from_path("$.detail.reason"), EventField.from_path("$.detail.duration")
        message = RuleTargetInput.from_text(f"after {duration} seconds: {reason}")
        for job in (imported, exported):
            job.on_failed("Failed", target=SnsTopic(topic, message=message))

        slow = imported.metric_duration(statistic="Maximum").create_alarm(
            self,
            "Slow",
            alarm_description="An import took longer than an hour.",
            threshold=3600,
            evaluation_periods=1,
            treat_missing_data=TreatMissingData.NOT_BREACHING,
        )
        missing = exported.metric_succeeded(period=Duration.days(1)).create_alarm(
            self,
            "Missing",
            alarm_description="There was no export for a day.",
            threshold=1,
            comparison_operator=ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=TreatMissingData.BREACHING,
        )
        for alarm in (slow, missing):
            alarm.add_alarm_action(SnsAction(topic))

        DataJobDashboard(self, "Dashboard")
        CfnOutput(self, "Topic", value=topic.topic_arn)


def main(app: App) -> None:
    """Synthesizes the app."""
    Watched(app, "Watched")
    app.synth()


if __name__ == "__main__":
    main(App())
