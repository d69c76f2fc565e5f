"""Imports endpoints and exports their segment: cdk deploy --app "python examples/pinpoint_export.py"."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import Annotations, App, CfnOutput, Stack
from aws_cdk import aws_pinpoint as cfn
from constructs import Construct

from cdk_data_jobs import DataBucket, DataDestination, DataSource, pinpoint

DATA = Path(__file__).parent / "data"


class Exporting(Stack):
    """What leaves the service before it closes: the endpoints of a segment, in a bucket of one's own."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the application, the import and the export of the imported segment."""
        super().__init__(scope, construct_id)
        application = cfn.CfnApp(self, "Shop", name="bookshop")
        imported = pinpoint.ImportJob(
            self,
            "ImportReaders",
            application=application,
            source=DataSource.from_asset(str(DATA / "endpoints.csv")),
            format=pinpoint.Format.CSV,
            define_segment=True,
            register_endpoints=True,
        )
        bucket = DataBucket(self, "Exports", server_access_logs_bucket=DataBucket(self, "Logs"))
        exported = pinpoint.ExportJob(
            self,
            "ExportReaders",
            application=application,
            destination=DataDestination.from_bucket(bucket, "readers/"),
            segment_id=imported.segment_id,
        )
        for job in (imported, exported):
            Annotations.of(job).acknowledge_warning("cdk-data-jobs:pinpointSupportEnded", "An example of the way out.")
        CfnOutput(self, "Bucket", value=bucket.bucket_name)
        CfnOutput(self, "Exported", value=exported.total_processed)


def main(app: App) -> None:
    """Synthesizes the app."""
    Exporting(app, "PinpointExporting")
    app.synth()


if __name__ == "__main__":
    main(App())
