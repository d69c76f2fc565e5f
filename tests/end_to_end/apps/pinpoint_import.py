"""An app with an import of endpoints into a Pinpoint application."""

from __future__ import annotations

from typing import Any

from aws_cdk import App, CfnOutput, Stack
from aws_cdk import aws_pinpoint as cfn

from cdk_data_jobs import DataSource, pinpoint


class PinpointImport(Stack):
    def __init__(self, app: App, options: dict[str, Any]) -> None:
        super().__init__(app, options["stack"])
        application = cfn.CfnApp(self, "Readers", name=options["stack"])
        job = pinpoint.ImportJob(
            self,
            "Import",
            application=application,
            source=DataSource.from_asset(options["file"]),
            format=pinpoint.Format(options["format"]),
            register_endpoints=True,
            define_segment=True if "segment" in options else None,
            segment_name=options.get("segment"),
            max_failures=options["max_failures"],
        )
        CfnOutput(self, "Application", value=application.ref)
        CfnOutput(self, "Processed", value=job.total_processed)
        CfnOutput(self, "Failed", value=job.total_failures)
