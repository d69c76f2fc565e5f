"""Imports endpoints and creates a segment of them: cdk deploy --app "python examples/pinpoint_import.py"."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import Annotations, App, CfnOutput, Stack
from aws_cdk import aws_pinpoint as cfn
from constructs import Construct

from cdk_data_jobs import DataSource, pinpoint

DATA = Path(__file__).parent / "data"


class Importing(Stack):
    """The readers of a bookshop, as endpoints."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the application and the import."""
        super().__init__(scope, construct_id)
        job = pinpoint.ImportJob(
            self,
            "ImportReaders",
            application=cfn.CfnApp(self, "Shop", name="bookshop"),
            source=DataSource.from_asset(str(DATA / "endpoints.csv")),
            format=pinpoint.Format.CSV,
            define_segment=True,
            segment_name="readers",
            register_endpoints=True,
            max_failures=1,
        )
        Annotations.of(job).acknowledge_warning("cdk-data-jobs:pinpointSupportEnded", "An example of what was.")
        CfnOutput(self, "Segment", value=job.segment_id)
        CfnOutput(self, "Processed", value=job.total_processed)
        CfnOutput(self, "Failed", value=job.total_failures)


def main(app: App) -> None:
    """Synthesizes the app."""
    Importing(app, "PinpointImporting")
    app.synth()


if __name__ == "__main__":
    main(App())
