"""Imports endpoints into a Pinpoint application."""

from __future__ import annotations

import json
import os
from typing import Any

from aws_cdk import App, CfnOutput, Stack
from aws_cdk import aws_pinpoint as cfn

from cdk_data_jobs import DataSource, pinpoint


class Campaign(Stack):
    def __init__(self, app: App, wanted: dict[str, Any]) -> None:
        super().__init__(app, wanted["stack"])
        application = cfn.CfnApp(self, "Readers", name=wanted["stack"])
        job = pinpoint.ImportJob(
            self,
            "Import",
            application=application,
            source=DataSource.from_asset(wanted["file"]),
            format=pinpoint.Format(wanted["format"]),
            register_endpoints=True,
            define_segment=True if "segment" in wanted else None,
            segment_name=wanted.get("segment"),
            max_failures=wanted["max_failures"],
        )
        CfnOutput(self, "Application", value=application.ref)
        CfnOutput(self, "Processed", value=job.total_processed)
        CfnOutput(self, "Failed", value=job.total_failures)


campaign = App()
Campaign(campaign, json.loads(os.environ["SHOP"]))
campaign.synth()
