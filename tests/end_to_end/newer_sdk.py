"""Recommends items with a parameter that the SDK of AWS's runtime does not know, and a layer whose SDK does."""

from __future__ import annotations

import json
import os
from typing import Any

from aws_cdk import App, CfnOutput, Stack, aws_lambda

from cdk_data_jobs import DataBucket, DataDestination, DataJobRunner, DataSource, personalize


class NewerSdk(Stack):
    def __init__(self, app: App, wanted: dict[str, Any]) -> None:
        super().__init__(app, wanted["stack"])
        if "layer" in wanted:
            layer = aws_lambda.LayerVersion(
                self,
                "Sdk",
                code=aws_lambda.Code.from_asset(wanted["layer"]),
                compatible_runtimes=[aws_lambda.Runtime.PYTHON_3_14],
                compatible_architectures=[aws_lambda.Architecture.ARM_64],
            )
            DataJobRunner(self, "DataJobRunner", layers=[layer])
        bucket = DataBucket(self, "Results")
        job = personalize.BatchInferenceJob(
            self,
            "Recommend",
            solution_version_arn=wanted["version"],
            source=DataSource.from_asset(wanted["readers"]),
            destination=DataDestination.from_bucket(bucket, "out/"),
            batch_inference_job_config=personalize.BatchInferenceJobConfig(
                ranking_influence={personalize.RankingInfluence.FRESHNESS: 0.2}
            ),
        )
        CfnOutput(self, "JobArn", value=job.batch_inference_job_arn)
        CfnOutput(self, "Status", value=job.status)


newer_sdk = App()
NewerSdk(newer_sdk, json.loads(os.environ["SHOP"]))
newer_sdk.synth()
