"""Recommends items for a list of users: cdk deploy --app "python examples/personalize_batch.py"."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import App, CfnOutput, Duration, Stack
from constructs import Construct

from cdk_data_jobs import DataSource, personalize

DATA = Path(__file__).parent / "data"


class Recommending(Stack):
    """Recommendations for the readers that a file lists, in a new bucket."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the job. CloudFormation has no resource for solution versions, so an existing one is given."""
        super().__init__(scope, construct_id)
        version = self.node.try_get_context("solutionVersionArn") or self.format_arn(
            service="personalize", resource="solution", resource_name="bookshop/1a2b3c4d"
        )
        job = personalize.BatchInferenceJob(
            self,
            "Recommend",
            solution_version_arn=version,
            source=DataSource.from_asset(str(DATA / "readers.json")),
            num_results=10,
            batch_inference_job_config=personalize.BatchInferenceJobConfig(
                item_exploration_config={"explorationWeight": "0.3"}
            ),
            timeout=Duration.hours(3),
        )
        CfnOutput(self, "Bucket", value=job.bucket.bucket_name)
        CfnOutput(self, "Status", value=job.status)


def main(app: App) -> None:
    """Synthesizes the app."""
    Recommending(app, "Recommending")
    app.synth()


if __name__ == "__main__":
    main(App())
