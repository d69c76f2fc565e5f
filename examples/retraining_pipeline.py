"""Imports, trains and recommends in a state machine: cdk deploy --app "python examples/retraining_pipeline.py".

Shows jobs as tasks of your own state machine: failures are errors to catch by name, and what a task finds out, here the
ARN of the model just trained, is an argument of the next job.
"""

from __future__ import annotations

from pathlib import Path

from aws_cdk import Acknowledgment, App, CfnOutput, Duration, RemovalPolicy, Stack, Validations, aws_logs
from aws_cdk import aws_personalize as cfn
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.aws_stepfunctions_tasks import CallAwsService
from constructs import Construct

from cdk_data_jobs import DataBucket, DataJobError, DataSource
from cdk_data_jobs.personalize import BatchInferenceJob, DatasetGroup, Field, Schema

DATA = Path(__file__).parent / "data"
RECIPE = "aws-user-personalization-v2"


class Retraining(Stack):
    """A bookshop's model, trained anew with what was written to a bucket, whenever the state machine is started."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the dataset and the solution, then the pipeline."""
        super().__init__(scope, construct_id)
        group = DatasetGroup(self, "Group", dataset_group_name="pipeline-example", removal_policy=RemovalPolicy.DESTROY)
        self.dataset = group.add_dataset("Interactions", schema=Schema.interactions(EVENT_TYPE=Field.string()))
        self.solution = cfn.CfnSolution(
            self,
            "Solution",
            name="pipeline-example",
            dataset_group_arn=group.dataset_group_arn,
            recipe_arn=f"arn:{self.partition}:personalize:::recipe/{RECIPE}",
        )
        self.solution.node.add_dependency(self.dataset)
        self.bucket = DataBucket(self, "Data", server_access_logs_bucket=DataBucket(self, "Logs"))

        machine = sfn.StateMachine(
            self,
            "Pipeline",
            definition_body=sfn.DefinitionBody.from_chainable(self.pipeline()),
            logs=sfn.LogOptions(destination=aws_logs.LogGroup(self, "PipelineLog"), level=sfn.LogLevel.ALL),
            tracing_enabled=True,
        )
        Validations.of(machine.role).acknowledge(
            Acknowledgment(id="AwsSolutions-IAM5[Resource::*]", reason="Logs and traces can be allowed for all only."),
            Acknowledgment(
                id="AwsSolutions-IAM5[Resource::<Solution.SolutionArn>/*]", reason="Each training makes a new version."
            ),
        )
        CfnOutput(self, "Bucket", value=self.bucket.bucket_name)
        CfnOutput(self, "StateMachine", value=machine.state_machine_arn)

    def pipeline(self) -> sfn.IChainable:
        """Returns the steps: import what is in the bucket, train, wait, and recommend with the new model."""
        importing = self.dataset.import_from(DataSource.from_bucket(self.bucket, "interactions/"), deploy_time=False)
        recommending = BatchInferenceJob(
            self,
            "Recommend",
            solution_version_arn=sfn.JsonPath.string_at("$.SolutionVersionArn"),
            source=DataSource.from_asset(str(DATA / "readers.json")),
            deploy_time=False,
        )
        arn = self.solution.attr_solution_arn
        train = CallAwsService(
            self,
            "Train",
            service="personalize",
            action="createSolutionVersion",
            parameters={"SolutionArn": arn, "TrainingMode": "FULL"},
            iam_resources=[arn],
        )
        look = CallAwsService(
            self,
            "Look",
            service="personalize",
            action="describeSolutionVersion",
            parameters={"SolutionVersionArn": sfn.JsonPath.string_at("$.SolutionVersionArn")},
            iam_resources=[f"{arn}/*"],
            result_selector={"Status.$": "$.SolutionVersion.Status"},
            result_path="$.Training",
        )
        wait = sfn.Wait(self, "Wait", time=sfn.WaitTime.duration(Duration.minutes(5)))
        status = "$.Training.Status"
        trained = (
            sfn.Choice(self, "Trained?")
            .when(sfn.Condition.string_equals(status, "ACTIVE"), recommending.as_task(self, "Recommend all"))
            .when(sfn.Condition.string_equals(status, "CREATE FAILED"), sfn.Fail(self, "No model"))
            .otherwise(wait)
        )
        bad_data = sfn.Fail(
            self, "Bad data", error_path=sfn.JsonPath.string_at("$.Error"), cause_path=sfn.JsonPath.string_at("$.Cause")
        )
        imported = importing.as_task(self, "Import all").add_catch(
            bad_data, errors=[DataJobError.FAILED, DataJobError.NOT_CREATED]
        )
        return imported.next(train).next(wait).next(look).next(trained)


def main(app: App) -> None:
    """Synthesizes the app."""
    Retraining(app, "Retraining")
    app.synth()


if __name__ == "__main__":
    main(App())
