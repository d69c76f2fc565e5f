"""Reads documents into a knowledge base: cdk deploy --app "python examples/aws_job_bedrock_ingestion.py"."""

from __future__ import annotations

from aws_cdk import App, CfnOutput, Stack
from aws_cdk import aws_bedrock as bedrock
from constructs import Construct

from cdk_data_jobs import AwsJob, DataBucket
from cdk_data_jobs.definitions import BEDROCK_INGESTION


class Ingesting(Stack):
    """A data source of a knowledge base that exists, read again with each release of the documents."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the data source and the ingestion."""
        super().__init__(scope, construct_id)
        knowledge_base = self.node.try_get_context("knowledgeBaseId") or "KB12345678"
        documents = DataBucket(self, "Documents", server_access_logs_bucket=DataBucket(self, "Logs"))
        source = bedrock.CfnDataSource(
            self,
            "Source",
            name="documents",
            knowledge_base_id=knowledge_base,
            data_source_configuration=bedrock.CfnDataSource.DataSourceConfigurationProperty(
                type="S3",
                s3_configuration=bedrock.CfnDataSource.S3DataSourceConfigurationProperty(
                    bucket_arn=documents.bucket_arn
                ),
            ),
        )
        job = AwsJob(
            self,
            "Ingest",
            definition=BEDROCK_INGESTION,
            parameters={"knowledgeBaseId": knowledge_base, "dataSourceId": source.attr_data_source_id},
            trigger=self.node.try_get_context("release"),
            max_failures=10,
        )
        CfnOutput(self, "Scanned", value=job.get_attribute("scanned"))


def main(app: App) -> None:
    """Synthesizes the app."""
    Ingesting(app, "Ingesting")
    app.synth()


if __name__ == "__main__":
    main(App())
