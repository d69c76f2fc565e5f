"""An app with a parameter that the SDK of the Lambda runtime does not support, and a layer with another SDK."""

from __future__ import annotations

from typing import Any

from aws_cdk import App, CfnOutput, Stack, aws_lambda

from cdk_data_jobs import DataBucket, DataDestination, DataJobRunner, DataSource, personalize


class SdkLayer(Stack):
    def __init__(self, app: App, options: dict[str, Any]) -> None:
        super().__init__(app, options["stack"])
        if "layer" in options:
            layer = aws_lambda.LayerVersion(
                self,
                "Sdk",
                code=aws_lambda.Code.from_asset(options["layer"]),
                compatible_runtimes=[aws_lambda.Runtime.PYTHON_3_14],
                compatible_architectures=[aws_lambda.Architecture.ARM_64],
            )
            DataJobRunner(self, "DataJobRunner", layers=[layer])
        bucket = DataBucket(self, "Results")
        job = personalize.BatchInferenceJob(
            self,
            "Recommend",
            solution_version_arn=options["version"],
            source=DataSource.from_asset(options["users"]),
            destination=DataDestination.from_bucket(bucket, "out/"),
            batch_inference_job_config=personalize.BatchInferenceJobConfig(
                ranking_influence={personalize.RankingInfluence.FRESHNESS: 0.2}
            ),
        )
        CfnOutput(self, "JobArn", value=job.batch_inference_job_arn)
        CfnOutput(self, "Status", value=job.status)
