"""Imports contacts into Amazon SES: cdk deploy --app "python examples/aws_job_ses_contacts.py"."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import Acknowledgment, App, CfnOutput, Stack, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as s3_assets
from aws_cdk import aws_ses as ses
from constructs import Construct

from cdk_data_jobs import AwsJob
from cdk_data_jobs.definitions import SES_IMPORT

DATA = Path(__file__).parent / "data"


class Contacts(Stack):
    """The readers of a bookshop, as contacts of Amazon SES, which replaces Amazon Pinpoint for email."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the list, the file and the import."""
        super().__init__(scope, construct_id)
        contacts = ses.CfnContactList(self, "Readers", contact_list_name="readers")
        file = s3_assets.Asset(self, "File", path=str(DATA / "contacts.csv"))
        job = AwsJob(
            self,
            "ImportContacts",
            definition=SES_IMPORT,
            parameters={
                "ImportDestination": {
                    "ContactListDestination": {"ContactListName": contacts.ref, "ContactListImportAction": "PUT"}
                },
                "ImportDataSource": {"S3Url": file.s3_object_url, "DataFormat": "CSV"},
            },
            statements=[
                # The service's guide names no principal of its own for the file, so its caller may read it.
                iam.PolicyStatement(
                    actions=["s3:GetObject"], resources=[file.bucket.arn_for_objects(file.s3_object_key)]
                ),
            ],
        )
        import_job = "arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:import-job/*"
        for resource, reason in {
            "*": "SES defines no resource for the creation of import jobs.",
            import_job: "Only the run knows the job's id.",
        }.items():
            Validations.of(job).acknowledge(
                Acknowledgment(id=f"AwsSolutions-IAM5[Resource::{resource}]", reason=reason)
            )
        CfnOutput(self, "Processed", value=job.get_attribute("processed"))


def main(app: App) -> None:
    """Synthesizes the app."""
    Contacts(app, "Contacts")
    app.synth()


if __name__ == "__main__":
    main(App())
