"""The policies of the guide for locked-down accounts, for the deployment role: no statement can be left out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cdk_data_jobs_local import OfflineAws

sys.path.append(str(Path(__file__).parent))  # this folder is no package

from least_privilege.lab import Lab

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME = Path(__file__).parents[2]
POLICY: dict[str, Any] = json.loads((HOME / "docs/guides/deployment-policy.json").read_text(encoding="utf-8"))
WITH_BOUNDARY: dict[str, Any] = json.loads(
    (HOME / "docs/guides/deployment-policy-boundary.json").read_text(encoding="utf-8")
)
SIDS = [statement["Sid"] for statement in POLICY["Statement"]]
ROLE, STACK = "deployer", "DataLoading"
BOUNDARY = "team-boundary"
BOUNDED_APP = f"""
import sys
from app import DataLoading
from aws_cdk import App, aws_iam

app = App(outdir=sys.argv[1])
stack = DataLoading(app, "{STACK}")
boundary = aws_iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "{BOUNDARY}")
aws_iam.PermissionsBoundary.of(stack).apply(boundary)
app.synth()
"""
ALLOWED_INSIDE = ("cloudformation:Describe*", "iam:PassRole", "lambda:*", "logs:*", "personalize:*", "s3:*", "states:*")


class ExampleApp:
    """The example app, which is deployed with a role that may do what a policy says."""

    def __init__(self, aws: OfflineAws, folder: Path) -> None:
        subprocess.run(
            [sys.executable, "app.py"],
            cwd=HOME,
            env={**os.environ, "CDK_OUTDIR": str(folder), "CDK_VALIDATION": "false"},
            check=True,
        )
        bounded = folder / "bounded"
        subprocess.run(  # noqa: S603
            [sys.executable, "-c", BOUNDED_APP, str(bounded)],
            cwd=HOME,
            env={**os.environ, "CDK_OUTDIR": str(folder / "plain"), "CDK_VALIDATION": "false"},
            check=True,
        )
        lab = Lab(aws)
        for assembly in (folder, bounded):
            lab.upload(assembly)
        self.template, self.bounded_template = (
            (assembly / f"{STACK}.template.json").read_text(encoding="utf-8") for assembly in (folder, bounded)
        )
        self.aws, self.iam = aws, aws.client("iam")
        self.client = aws.client("cloudformation", retries={"mode": "standard"})
        trust = {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:*"}
        made = self.iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
        self.role = made["Role"]["Arn"]

    def allow(self, *sids: str) -> None:
        statements = [statement for statement in POLICY["Statement"] if statement["Sid"] in sids]
        document = json.dumps({**POLICY, "Statement": statements})
        self.iam.put_role_policy(RoleName=ROLE, PolicyName="guide", PolicyDocument=document)

    def require_boundary(self) -> None:
        document = json.dumps(WITH_BOUNDARY)
        self.iam.put_role_policy(RoleName=ROLE, PolicyName="boundary", PolicyDocument=document)

    def require_no_boundary(self) -> None:
        self.iam.delete_role_policy(RoleName=ROLE, PolicyName="boundary")

    def update(self, template: str) -> str:
        options = {"TemplateBody": template, "RoleARN": self.role, "Capabilities": ["CAPABILITY_NAMED_IAM"]}
        self.client.update_stack(StackName=STACK, **options)
        return self.wait()

    def create(self, template: str = "") -> str:
        template = template or self.template
        options = {"TemplateBody": template, "RoleARN": self.role, "Capabilities": ["CAPABILITY_NAMED_IAM"]}
        try:
            self.client.create_stack(StackName=STACK, OnFailure="DO_NOTHING", **options)
        except self.client.exceptions.ClientError as error:
            return str(error)
        self.client.get_waiter("stack_exists").wait(StackName=STACK)
        return self.wait()

    def delete(self) -> str:
        stack_id = self.client.describe_stacks(StackName=STACK)["Stacks"][0]["StackId"]
        self.client.delete_stack(StackName=STACK)
        return self.wait(stack_id)

    def wait(self, stack_id: str = STACK) -> str:
        status = "IN_PROGRESS"
        while status.endswith("IN_PROGRESS"):
            status = self.client.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"]
        return status

    def denied(self) -> list[str]:
        return [denial["action"] for denial in self.aws.denials() if f":assumed-role/{ROLE}/" in denial["principal"]]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExampleApp]:
    with OfflineAws(speed=120, enforce_iam=True) as aws:
        aws.bootstrap(cwd=Path(__file__).parent)
        yield ExampleApp(aws, tmp_path_factory.mktemp("cdk.out"))


def test_the_guides_policy_is_enough_to_deploy_and_delete_the_example_app(app: ExampleApp) -> None:
    app.allow(*SIDS)

    assert (app.create(), app.denied()) == ("CREATE_COMPLETE", [])
    assert {job["status"] for job in app.aws.personalize.jobs()} == {"ACTIVE"}
    assert (app.delete(), app.denied()) == ("DELETE_COMPLETE", [])


@pytest.mark.parametrize("taken_away", SIDS)
def test_the_example_app_is_not_deployed_without_a_statement(app: ExampleApp, taken_away: str) -> None:
    before = len(app.denied())
    app.allow(*(sid for sid in SIDS if sid != taken_away))
    status = app.create()
    [allowed] = [statement["Action"] for statement in POLICY["Statement"] if statement["Sid"] == taken_away]
    actions = [allowed] if isinstance(allowed, str) else allowed
    services = {action.partition(":")[0] for action in app.denied()[before:]}

    assert status == "CREATE_FAILED" or "ssm:GetParameters" in status
    assert services == {actions[0].partition(":")[0]}
    app.allow(*SIDS)
    assert status != "CREATE_FAILED" or app.delete() == "DELETE_COMPLETE"


@pytest.fixture
def bounded(app: ExampleApp) -> Iterator[ExampleApp]:
    statement = {"Effect": "Allow", "Action": ALLOWED_INSIDE, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    boundary = app.iam.create_policy(PolicyName=BOUNDARY, PolicyDocument=document)["Policy"]["Arn"]
    app.allow(*SIDS)
    app.require_boundary()
    yield app
    app.require_no_boundary()
    app.iam.delete_policy(PolicyArn=boundary)


def test_with_the_boundarys_policy_an_app_is_deployed_whose_roles_have_the_boundary(bounded: ExampleApp) -> None:
    before = len(bounded.denied())

    assert (bounded.create(bounded.bounded_template), bounded.denied()[before:]) == ("CREATE_COMPLETE", [])
    roles = [role for role in bounded.iam.list_roles()["Roles"] if role["RoleName"].startswith(f"{STACK}-")]
    found = [bounded.iam.get_role(RoleName=role["RoleName"])["Role"].get("PermissionsBoundary") for role in roles]
    assert len(found) >= 2
    assert {(one or {}).get("PermissionsBoundaryArn", "").rpartition("/")[2] for one in found} == {BOUNDARY}
    assert bounded.update(bounded.template) == "UPDATE_ROLLBACK_COMPLETE"
    assert "iam:DeleteRolePermissionsBoundary" in bounded.denied()[before:]
    assert bounded.delete() == "DELETE_COMPLETE"


def test_and_none_is_without(bounded: ExampleApp) -> None:
    before = len(bounded.denied())

    assert bounded.create() == "CREATE_FAILED"
    assert {*bounded.denied()[before:]} == {"iam:CreateRole"}
    assert bounded.delete() == "DELETE_COMPLETE"


def test_roles_that_there_are_get_the_boundary(bounded: ExampleApp) -> None:
    bounded.require_no_boundary()
    assert bounded.create() == "CREATE_COMPLETE"
    bounded.require_boundary()
    before = len(bounded.denied())

    assert (bounded.update(bounded.bounded_template), bounded.denied()[before:]) == ("UPDATE_COMPLETE", [])
    assert bounded.delete() == "DELETE_COMPLETE"
