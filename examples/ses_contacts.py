"""Imports contacts into Amazon SES: cdk deploy --app "python examples/ses_contacts.py"."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import App, CfnOutput, Stack
from aws_cdk import aws_ses as ses
from constructs import Construct

from cdk_data_jobs import DataSource
from cdk_data_jobs.sesv2 import ContactImportJob

DATA = Path(__file__).parent / "data"


class Contacts(Stack):
    """The readers of a bookshop, as contacts of Amazon SES, which replaces Amazon Pinpoint for email."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Creates the list and the import."""
        super().__init__(scope, construct_id)
        job = ContactImportJob(
            self,
            "ImportContacts",
            contact_list=ses.CfnContactList(self, "Readers", contact_list_name="readers"),
            source=DataSource.from_asset(DATA / "contacts.csv"),
        )
        CfnOutput(self, "Processed", value=job.processed_records_count)


def main(app: App) -> None:
    """Synthesizes the app."""
    Contacts(app, "Contacts")
    app.synth()


if __name__ == "__main__":
    main(App())
