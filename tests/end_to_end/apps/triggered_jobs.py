"""An app with jobs that run on schedules, on uploads and as tasks, and targets of their events."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from aws_cdk import (
    App,
    CfnOutput,
    Duration,
    Stack,
    TimeZone,
    aws_events,
    aws_events_targets,
    aws_scheduler,
    aws_sns,
    aws_sns_subscriptions,
    aws_sqs,
    aws_stepfunctions,
)
from aws_cdk import aws_personalize as cfn

from cdk_data_jobs import (
    DataBucket,
    DataDestination,
    DataJobDashboard,
    DataJobError,
    DataJobs,
    DataSource,
    Overlap,
    personalize,
)

if TYPE_CHECKING:
    from cdk_data_jobs.data_job import DataJob

COLUMNS = {
    "Items": {"ITEM_ID": "string", "PRICE": "float"},
    "Users": {"USER_ID": "string", "AGE": "int"},
    "Interactions": {"USER_ID": "string", "ITEM_ID": "string", "TIMESTAMP": "long"},
}


class TriggeredJobs(Stack):
    def __init__(self, app: App, options: dict[str, Any]) -> None:
        super().__init__(app, options["stack"])
        self.options = options
        self.bucket = DataBucket(self, "Data", versioned=False)
        self.events = aws_sqs.Queue(self, "Events")
        group = cfn.CfnDatasetGroup(self, "Group", name=options["stack"])
        items, users, interactions = (self.dataset(group, type_) for type_ in COLUMNS)
        jobs = [self.deployed(items), self.uploaded(items), self.task(users), self.alarmed(interactions)]
        self.scheduled(items)
        self.toggled(users)
        if options.get("removable"):
            jobs.append(self.import_job("Removable", users, "task/"))
        for job in jobs:
            target = aws_events_targets.SqsQueue(self.events)
            job.on_succeeded("Succeeded", target=target)
            job.on_failed("Failed", target=target)
        # The rules of a job are removed with it; this queue also gets events that come later.
        all_events = aws_sqs.Queue(self, "AllEvents")
        aws_events.Rule(
            self,
            "EveryEvent",
            event_pattern=aws_events.EventPattern(source=["cdk-data-jobs"], detail={"stack": [options["stack"]]}),
            targets=[aws_events_targets.SqsQueue(all_events)],
        )
        CfnOutput(self, "AllEventsUrl", value=all_events.queue_url)
        DataJobDashboard(self, "Dashboard", dashboard_name=options["stack"])
        CfnOutput(self, "Bucket", value=self.bucket.bucket_name)
        CfnOutput(self, "EventsUrl", value=self.events.queue_url)

    def dataset(self, group: cfn.CfnDatasetGroup, type_: str) -> cfn.CfnDataset:
        fields = [{"name": name, "type": kind} for name, kind in COLUMNS[type_].items()]
        record = {"type": "record", "name": type_, "namespace": "shop", "fields": fields, "version": "1.0"}
        name = f"{self.options['stack']}-{type_}"
        schema = cfn.CfnSchema(self, f"{type_}Schema", name=name, schema=json.dumps(record))
        return cfn.CfnDataset(
            self,
            type_,
            name=type_,
            dataset_type=type_,
            dataset_group_arn=group.attr_dataset_group_arn,
            schema_arn=schema.attr_schema_arn,
        )

    def import_job(
        self, id_: str, dataset: cfn.CfnDataset, prefix: str, **options: Any
    ) -> personalize.DatasetImportJob:
        source = DataSource.from_bucket(self.bucket, prefix)
        return personalize.DatasetImportJob(self, id_, dataset=dataset, source=source, deploy_time=False, **options)

    def deployed(self, dataset: cfn.CfnDataset) -> DataJob:
        """An import that runs when it is deployed."""
        return personalize.DatasetImportJob(
            self,
            "Deployed",
            dataset=dataset,
            source=DataSource.from_asset(self.options["file"]),
            timeout=Duration.minutes(self.options.get("timeout_minutes", 30)),
        )

    def uploaded(self, dataset: cfn.CfnDataset) -> DataJob:
        """An import that runs when files are uploaded."""
        job = self.import_job("Uploaded", dataset, "uploads/", import_mode=personalize.ImportMode.INCREMENTAL)
        job.run_on_upload(batching_window=Duration.minutes(self.options["batching_minutes"]))
        return job

    def scheduled(self, dataset: cfn.CfnDataset) -> None:
        """Exports that run every minute, as soon as a test enables their schedules."""
        zone = TimeZone.EUROPE_BERLIN
        every_minute = aws_scheduler.ScheduleExpression.cron(minute="*", hour="*", time_zone=zone)
        expressions = {
            Overlap.WAIT: every_minute,
            Overlap.SKIP: aws_scheduler.ScheduleExpression.rate(Duration.minutes(1)),
        }
        for overlap, expression in expressions.items():
            job = personalize.DatasetExportJob(
                self,
                overlap.value.capitalize(),
                dataset=dataset,
                destination=DataDestination.from_bucket(self.bucket, f"{overlap.value}/"),
                ingestion_mode=personalize.IngestionMode.ALL,
                deploy_time=False,
            )
            schedule = job.run_on_schedule(
                expression,
                overlap=overlap,
                retry_attempts=0,
                time_window=aws_scheduler.TimeWindow.flexible(Duration.minutes(1)),
            )
            cast("aws_scheduler.CfnSchedule", schedule.node.default_child).state = "DISABLED"
            CfnOutput(self, f"{overlap.value.capitalize()}Schedule", value=schedule.schedule_name)

    def task(self, dataset: cfn.CfnDataset) -> DataJob:
        """An import that is a task of a state machine, which catches each kind of failure by its name."""
        job = self.import_job("Task", dataset, "task/")
        state = job.as_task(self, "Import", result_path="$.job")
        state.add_retry(errors=[DataJobError.FAILED], max_attempts=1, interval=Duration.seconds(1))
        for name in ("FAILED", "NOT_CREATED", "TIMED_OUT", "CRASHED"):
            caught = aws_stepfunctions.Pass(
                self, name, result=aws_stepfunctions.Result.from_string(name), result_path="$.caught"
            )
            state.add_catch(caught, errors=[getattr(DataJobError, name)], result_path="$.error")
        machine = aws_stepfunctions.StateMachine(
            self, "Pipeline", definition_body=aws_stepfunctions.DefinitionBody.from_chainable(state)
        )
        CfnOutput(self, "PipelineArn", value=machine.state_machine_arn)
        self.jsonata_pipeline(job)
        return job

    def jsonata_pipeline(self, job: DataJob) -> None:
        """A state machine in JSONata with the same job, whose result goes into a variable and the output."""
        state = job.as_jsonata_task(
            self,
            "Import in JSONata",
            outputs={"status": "{% $states.result.status %}", "given": "{% $states.input %}"},
            assign={"arn": "{% $states.result.datasetImportJobArn %}"},
        )
        state.add_retry(errors=[DataJobError.FAILED], max_attempts=1, interval=Duration.seconds(1))
        done = aws_stepfunctions.Pass.jsonata(self, "Done", outputs={"arn": "{% $arn %}", "job": "{% $states.input %}"})
        caught = aws_stepfunctions.Pass.jsonata(self, "Failed in JSONata")
        state.add_catch(caught, errors=[DataJobError.FAILED], outputs="{% $states.errorOutput %}")
        machine = aws_stepfunctions.StateMachine(
            self,
            "JsonataPipeline",
            definition_body=aws_stepfunctions.DefinitionBody.from_chainable(state.next(done)),
            query_language=aws_stepfunctions.QueryLanguage.JSONATA,
        )
        CfnOutput(self, "JsonataPipelineArn", value=machine.state_machine_arn)

    def alarmed(self, dataset: cfn.CfnDataset) -> DataJob:
        """An import that fails after the deployment, which does not wait; with its alarm, and one for all jobs."""
        job = personalize.DatasetImportJob(
            self,
            "Alarmed",
            dataset=dataset,
            source=DataSource.from_asset(self.options["invalid_file"], check=False),
            wait_for_completion=False,
        )
        topic, queue = aws_sns.Topic(self, "Alarms"), aws_sqs.Queue(self, "AlarmsQueue")
        topic.add_subscription(aws_sns_subscriptions.SqsSubscription(queue, raw_message_delivery=True))
        job.alarm_on_failure(topic)
        DataJobs.of(self).alarm_on_failure(topic)
        CfnOutput(self, "AlarmsUrl", value=queue.queue_url)
        return job

    def toggled(self, dataset: cfn.CfnDataset) -> None:
        """An import that runs when it is deployed only with the option `deploy_time`, and has a schedule."""
        job = personalize.DatasetImportJob(
            self,
            "Toggled",
            dataset=dataset,
            source=DataSource.from_bucket(self.bucket, "toggled/"),
            deploy_time=self.options.get("deploy_time", False),
        )
        schedule = job.run_on_schedule(aws_scheduler.ScheduleExpression.rate(Duration.minutes(1)))
        cast("aws_scheduler.CfnSchedule", schedule.node.default_child).state = "DISABLED"
        CfnOutput(self, "ToggledSchedule", value=schedule.schedule_name)
