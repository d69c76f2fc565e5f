"""Stage e: an export of a DynamoDB table, a job of a service that the library does not know."""

from __future__ import annotations

import re
from functools import partial

from verify_aws.apps.table_export import table
from verify_aws.deployed import DeployedStack
from verify_aws.stage import Stage, step

_NAME = "table"
_ITEMS = 10


class TableExport(Stage):
    """Deploys a table, and then an export of it as an `AwsJob`."""

    key = "e"
    makes = "a stack with a DynamoDB table of 10 items and its export, and an export that is refused"
    minutes = 60
    jobs = 2
    dollars = 0.01

    @step
    def export(self) -> None:
        """An export of a table."""
        first = self.target.deploy(table, _NAME)
        assert first.status == 0, first.printed
        stack, dynamodb = DeployedStack(self.target, _NAME), self.target.client("dynamodb")
        for number in range(_ITEMS):
            dynamodb.put_item(TableName=stack.name, Item={"id": {"S": f"reader-{number}"}})
        deployed = self.target.deploy(partial(table, export=True), _NAME, jobs=1)
        self.observe(
            "an export of a table as a job of a deployment",
            lambda: {"cli": deployed.status, "stack": stack.status, "status": stack.outputs.get("ExportStatus")},
            expected={"cli": 0, "stack": "UPDATE_COMPLETE", "status": "COMPLETED"},
            rows=_ITEMS,
        )

    @step
    def refused(self) -> None:
        """An export of a table that does not exist."""
        region, account = self.target.region, self.target.account
        arn = f"arn:aws:dynamodb:{region}:{account}:table/{self.target.name}-none"
        self.observe(
            "an export of a table that does not exist",
            lambda: self.target.client("dynamodb").export_table_to_point_in_time(
                TableArn=arn, S3Bucket=f"{self.target.name}-none"
            ),
            facts=("DDB-2",),
            expected={"error": "TableNotFoundException", "status": 400, "message": re.compile(".+")},
        )
