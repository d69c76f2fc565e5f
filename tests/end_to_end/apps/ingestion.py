"""An app with one or two ingestions into a knowledge base that exists."""

from __future__ import annotations

from typing import Any

from aws_cdk import App, CfnOutput, Stack

from cdk_data_jobs.bedrock import IngestionJob, KnowledgeBaseDataSource


class Ingestion(Stack):
    def __init__(self, app: App, options: dict[str, Any]) -> None:
        super().__init__(app, options["stack"])
        source = KnowledgeBaseDataSource.from_data_source_id(
            self,
            "Documents",
            knowledge_base_id=options["knowledge_base"],
            data_source_id=options["data_source"],
        )
        jobs = [
            IngestionJob(
                self,
                name,
                data_source=source,
                max_failures=options.get("max_failures", 0),
                trigger=options.get("trigger"),
            )
            for name in ("Ingest", "IngestToo")[: options.get("jobs", 1)]
        ]
        job = jobs[-1]
        CfnOutput(self, "Ids", value=" ".join(job.ingestion_job_id for job in jobs))
        CfnOutput(self, "Status", value=job.status)
        CfnOutput(self, "Scanned", value=job.number_of_documents_scanned)
        CfnOutput(self, "New", value=job.number_of_new_documents_indexed)
        CfnOutput(self, "Failed", value=job.number_of_documents_failed)
