"""An app for an account with strict rules, in which every option is set: what remains to be acknowledged."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from catalogue import jobs
from catalogue.runners import LockedDown
from catalogue.shop import Shop
from cdk_nag import (
    AwsSolutionsChecks,
    HIPAASecurityChecks,
    NIST80053R5Checks,
    PCIDSS321Checks,
    ServerlessChecks,
)


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "users.csv"
    path.write_text("USER_ID,AGE\n1,20\n")
    return path


@pytest.fixture(scope="module")
def locked_down(users: Path) -> LockedDown:
    app = cdk.App()
    stack = LockedDown(app, users)
    app.synth()
    return stack


@pytest.mark.parametrize(
    "pack", [AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks]
)
def test_every_pack_passes(pack: Any, locked_down: LockedDown) -> None:
    app = cdk.App.of(locked_down)
    report = pack(app).validate_scope(app)

    assert [(one.rule_name, one.violating_resources) for one in report.violations] == []


def test_only_what_has_no_alternative_is_acknowledged(locked_down: LockedDown) -> None:
    acknowledged = {
        re.sub(r"\[.*", "", id_).partition("::")[2]
        for construct in locked_down.node.find_all()
        for entry in construct.node.metadata
        if entry.type == "aws:cdk:acknowledged-rules"
        for id_ in entry.data
    }

    assert acknowledged == {
        "AwsSolutions-IAM5",
        "AwsSolutions-SF1",
        "HIPAA.Security-IAMNoInlinePolicy",
        "NIST.800.53.R5-IAMNoInlinePolicy",
        "PCI.DSS.321-IAMNoInlinePolicy",
    }


def test_every_role_has_the_boundary(locked_down: LockedDown, resources: Callable[..., Any]) -> None:
    roles = resources(locked_down, "AWS::IAM::Role").values()

    # Of the function, the state machine, and the service for each bucket.
    assert len(roles) == 2 + 3
    assert {str(role["Properties"]["PermissionsBoundary"]).count(":policy/boundary") for role in roles} == {1}


def test_a_boundary_of_the_app_covers_the_roles_of_the_jobs(
    app: cdk.App, shop: Shop, stack: cdk.Stack, resources: Callable[..., Any]
) -> None:
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "boundary")
    iam.PermissionsBoundary.of(app).apply(boundary)
    jobs.invoke_model(shop)
    jobs.export_users(shop, "Export")

    roles = resources(stack, "AWS::IAM::Role").values()
    assert len(roles) == 4
    assert all("PermissionsBoundary" in role["Properties"] for role in roles)


def test_the_cdk_itself_finds_nothing(monkeypatch: pytest.MonkeyPatch, users: Path) -> None:
    monkeypatch.setenv("CDK_VALIDATION", "true")
    app = cdk.App(context={"@aws-cdk/core:validateAgainstDefaultRules": True})
    LockedDown(app, users)

    app.synth()
