"""Reads documents into a knowledge base: cdk deploy --app "python examples/bedrock_ingestion.py".

`-c knowledgeBaseId=... -c roleArn=...` name the knowledge base and its role; `-c release=...` reads all again.
"""

from __future__ import annotations

from aws_cdk import App, CfnOutput, Stack
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_data_jobs import DataBucket
from cdk_data_jobs.bedrock import IngestionJob


class Ingesting(Stack):
    """A data source of a knowledge base that exists, read again with each release of the documents."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the data source and the ingestion."""
        super().__init__(scope, construct_id)
        documents = DataBucket(self, "Documents", server_access_logs_bucket=DataBucket(self, "Logs"))
        source = bedrock.CfnDataSource(
            self,
            "Source",
            name="documents",
            knowledge_base_id=self.node.try_get_context("knowledgeBaseId") or "KB12345678",
            data_source_configuration=bedrock.CfnDataSource.DataSourceConfigurationProperty(
                type="S3",
                s3_configuration=bedrock.CfnDataSource.S3DataSourceConfigurationProperty(
                    bucket_arn=documents.bucket_arn, inclusion_prefixes=["manuals/"]
                ),
            ),
        )
        role_arn = self.node.try_get_context("roleArn")
        job = IngestionJob(
            self,
            "Ingest",
            data_source=source,
            knowledge_base_role=iam.Role.from_role_arn(self, "Role", role_arn) if role_arn else None,
            trigger=self.node.try_get_context("release"),
            max_failures=10,
        )
        CfnOutput(self, "Scanned", value=job.number_of_documents_scanned)


def main(app: App) -> None:
    """Synthesizes the app."""
    Ingesting(app, "Ingesting")
    app.synth()


if __name__ == "__main__":
    main(App())
