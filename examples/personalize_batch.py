"""Trains a model and recommends items for a list of users: cdk deploy --app "python examples/personalize_batch.py"."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import App, CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_personalize as cfn
from constructs import Construct

from cdk_data_jobs import DataSource, personalize

DATA = Path(__file__).parent / "data"
RECIPE = "aws-user-personalization-v2"


class Recommending(Stack):
    """Recommendations for the readers that a file lists, in a new bucket, by a model that the deployment trains."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the data, the solution with a version, and the job."""
        super().__init__(scope, construct_id)
        group = personalize.DatasetGroup(
            self, "Group", dataset_group_name="batch-example", removal_policy=RemovalPolicy.DESTROY
        )
        schema = personalize.Schema.interactions(EVENT_TYPE=personalize.Field.string())
        imported = group.add_dataset("Interactions", schema=schema).import_from(
            DataSource.from_asset(str(DATA / "interactions.csv"))
        )
        solution = cfn.CfnSolution(
            self,
            "Solution",
            name="batch-example",
            dataset_group_arn=group.dataset_group_arn,
            recipe_arn=f"arn:{self.partition}:personalize:::recipe/{RECIPE}",
        )
        solution.node.add_dependency(imported)
        version = personalize.SolutionVersion(self, "Train", solution=solution)
        job = personalize.BatchInferenceJob(
            self,
            "Recommend",
            solution_version_arn=version.solution_version_arn,
            source=DataSource.from_asset(str(DATA / "readers.json")),
            num_results=10,
            batch_inference_job_config=personalize.BatchInferenceJobConfig(
                item_exploration_config={"explorationWeight": "0.3"}
            ),
            timeout=Duration.hours(3),
        )
        CfnOutput(self, "Bucket", value=job.bucket.bucket_name)
        CfnOutput(self, "SolutionVersion", value=version.solution_version_arn)
        CfnOutput(self, "TrainingHours", value=version.training_hours)
        CfnOutput(self, "Status", value=job.status)


def main(app: App) -> None:
    """Synthesizes the app."""
    Recommending(app, "Recommending")
    app.synth()


if __name__ == "__main__":
    main(App())
