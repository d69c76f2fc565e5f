"""Imports, trains and recommends in a state machine: cdk deploy --app "python examples/retraining_pipeline.py".

Shows jobs as tasks of your own state machine, in JSONata: failures are errors to catch by name, and what a task finds
out, here the ARN of the model just trained, is an argument of the next job.
"""

from __future__ import annotations

from pathlib import Path

from aws_cdk import Acknowledgment, App, CfnOutput, RemovalPolicy, Stack, Validations, aws_logs
from aws_cdk import aws_personalize as cfn
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_data_jobs import DataBucket, DataJobError, DataSource
from cdk_data_jobs.personalize import BatchInferenceJob, DatasetGroup, Field, Schema, SolutionVersion

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
            query_language=sfn.QueryLanguage.JSONATA,
            tracing_enabled=True,
        )
        Validations.of(machine.role).acknowledge(
            Acknowledgment(id="AwsSolutions-IAM5[Resource::*]", reason="Logs and traces can be allowed for all only."),
        )
        CfnOutput(self, "Bucket", value=self.bucket.bucket_name)
        CfnOutput(self, "StateMachine", value=machine.state_machine_arn)

    def pipeline(self) -> sfn.IChainable:
        """Returns the steps: import what is in the bucket, train, and recommend with the new model."""
        importing = self.dataset.import_from(DataSource.from_bucket(self.bucket, "interactions/"), deploy_time=False)
        training = SolutionVersion(self, "Train", solution=self.solution, deploy_time=False)
        recommending = BatchInferenceJob(
            self,
            "Recommend",
            solution_version_arn="{% $states.input.solutionVersionArn %}",
            source=DataSource.from_asset(str(DATA / "readers.json")),
            deploy_time=False,
        )
        failed = sfn.Fail.jsonata(
            self, "No model", error="{% $states.input.Error %}", cause="{% $states.input.Cause %}"
        )
        errors = [DataJobError.FAILED, DataJobError.NOT_CREATED]
        imported, trained = (
            job.as_jsonata_task(self, title).add_catch(failed, errors=errors, outputs="{% $states.errorOutput %}")
            for job, title in ((importing, "Import all"), (training, "Train a model"))
        )
        return imported.next(trained).next(recommending.as_jsonata_task(self, "Recommend all"))


def main(app: App) -> None:
    """Synthesizes the app."""
    Retraining(app, "Retraining")
    app.synth()


if __name__ == "__main__":
    main(App())
