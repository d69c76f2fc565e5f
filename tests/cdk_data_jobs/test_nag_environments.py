"""cdk-nag's AwsSolutions across stacks, with and without a Region, and in an app with the flags of `cdk init`."""

from pathlib import Path

import aws_cdk as cdk
import pytest
from catalogue import options
from catalogue.shop import ACCOUNT, Shop
from cdk_nag import AwsSolutionsChecks

# Those of the flags that `cdk init` sets that change what the library declares.
NEW_APP = {
    "@aws-cdk/aws-iam:minimizePolicies": True,
    "@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": True,
    "@aws-cdk/core:defaultCrossStackReferences": "weak",
    "@aws-cdk/core:enablePartitionLiterals": True,
}


@pytest.mark.parametrize("context", [{}, NEW_APP], ids=["old app", "new app"])
def test_every_finding_is_fixed_or_acknowledged_with_a_reason(context: dict[str, object], tmp_path: Path) -> None:
    app = cdk.App(context=context)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app, verbose=True))
    shop = Shop(cdk.Stack(app, "Shop"), tmp_path)
    options.several_stacks(shop, "Anywhere")
    options.several_stacks(shop, "There", cdk.Environment(account=ACCOUNT, region="eu-west-1"))
    options.several_stacks(shop, "Here", cdk.Environment(account=ACCOUNT, region="us-east-1"))

    assembly = app.synth()
    assert {dependency.id for dependency in assembly.get_stack_by_name("JobsHere").dependencies} >= {"DataHere"}
