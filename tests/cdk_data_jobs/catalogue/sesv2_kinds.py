"""Entries: imports of contacts into lists of Amazon SES."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ses as cdk_ses
from catalogue.shop import Shop

from cdk_data_jobs import DataJobRunner, DataSource, OnFailure, sesv2

CONTACTS = "emailAddress,unsubscribeAll\nada@example.com,false\n"


def contact_import_job(shop: Shop, id: str = "Job", **options: Any) -> sesv2.ContactImportJob:
    if "contact_list" not in options:
        options["contact_list"] = sesv2.ContactList.from_contact_list_name(shop.stack, "Readers", "readers")
    options.setdefault("source", DataSource.from_bucket(shop.bucket, "contacts.csv"))
    return sesv2.ContactImportJob(shop.stack, id, **options)


def contact_import_job_of_a_local_file(shop: Shop) -> None:
    contact_import_job(shop, source=DataSource.from_asset(shop.write("contacts.csv", CONTACTS)))


def contact_import_job_with_all_options(shop: Shop) -> None:
    contact_import_job(
        shop,
        contact_list=cdk_ses.CfnContactList(shop.stack, "TheirsReaders", contact_list_name="readers"),
        source=DataSource.from_bucket(shop.encrypted, "gone.txt"),
        contact_list_import_action=sesv2.ContactListImportAction.DELETE,
        data_format=sesv2.DataFormat.JSON,
        max_failures=3,
        may_run_twice=False,
        wait_for_completion=True,
        timeout=cdk.Duration.minutes(30),
        on_failure=OnFailure.CONTINUE,
        trigger="1",
        deploy_time=True,
        runner=DataJobRunner(shop.stack, "Runner"),
    )
