"""Whatever the library allows for an entry of the catalogue is in a scenario, so that the proof takes it away."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_cdk import App, Stack

sys.path.append(str(Path(__file__).parent))  # this folder is no package

from least_privilege.stacks import SCENARIOS, synthesize

# isort: split
from catalogue.everything import CATALOGUE  # its folder is on the path of the scenarios
from catalogue.shop import Shop

if TYPE_CHECKING:
    from collections.abc import Iterator

GIVEN_BY_THE_APP = {"bedrock:CreateModelInvocationJob", "glue:UpdateTable"}
"""Actions that entries allow themselves."""

NOT_OFFLINE = {
    "athena:GetDataCatalog",
    "athena:GetQueryExecution",
    "athena:StartQueryExecution",
    "bedrock:GetIngestionJob",
    "bedrock:StartIngestionJob",
    "dynamodb:DescribeExport",
    "dynamodb:ExportTableToPointInTime",
    "glue:BatchGetPartition",
    "glue:GetDatabase",
    "glue:GetPartition",
    "glue:GetPartitions",
    "glue:GetTable",
    "glue:GetTables",
    "redshift-data:BatchExecuteStatement",
    "redshift-data:DescribeStatement",
    "redshift-data:ExecuteStatement",
    "redshift-serverless:GetCredentials",
    "redshift:GetClusterCredentials",
    "redshift:GetClusterCredentialsWithIAM",
    "s3:AbortMultipartUpload",
    "s3:GetBucketLocation",
    "s3:ListBucketMultipartUploads",
    "s3:ListMultipartUploadParts",
    "s3:PutObjectAcl",
    "secretsmanager:GetSecretValue",
    "ses:CreateImportJob",
    "ses:GetImportJob",
}
"""Actions that the offline AWS cannot decide on. MiniStack has no Amazon Redshift and no imports of contacts, and no
resource types of knowledge bases; it authorizes calls of Amazon Athena without their workgroup, lets Athena use data
whatever its caller may do, and does not know the table of an export where it enforces IAM."""


def allowed(templates: list[dict[str, Any]]) -> Iterator[str]:
    """Find the actions that roles are allowed."""
    for resource in (one for template in templates for one in template["Resources"].values()):
        properties = resource.get("Properties", {})
        inline = [one["PolicyDocument"] for one in properties.get("Policies", [])]
        documents = [properties["PolicyDocument"]] if resource["Type"] == "AWS::IAM::Policy" else inline
        for statement in (one for document in documents for one in document["Statement"]):
            yield from statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]


def test_each_action_of_the_catalogue_is_in_a_scenario(tmp_path: Path) -> None:
    proved = {action for one in SCENARIOS for action in allowed(synthesize(one, 1, tmp_path / one.name))}
    of_catalogue: dict[str, str] = {}
    for name, declare in CATALOGUE.items():
        app = App(outdir=str(tmp_path / name))
        declare(Shop(Stack(app, "Shop"), tmp_path / "data"))
        app.synth()
        templates = [json.loads(path.read_text()) for path in (tmp_path / name).glob("*.template.json")]
        of_catalogue |= dict.fromkeys(allowed(templates), name)

    assert len(of_catalogue) > 30
    known = proved | GIVEN_BY_THE_APP | NOT_OFFLINE
    assert {action: name for action, name in of_catalogue.items() if action not in known} == {}
