"""Reading the folder of a synthesized app."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, CfnResource, Environment, NestedStack, Stack, Stage

from cdk_data_jobs_cli.plan.assembly import AssemblyError, read_assembly, synthesize

if TYPE_CHECKING:
    from pathlib import Path


def test_the_stacks_of_stages_and_nested_stacks_are_found(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    Stack(app, "Plain", stack_name="named")
    stage = Stage(app, "Dev", env=Environment(account="111122223333", region="eu-west-1"))
    loading = Stack(stage, "Loading")
    CfnResource(NestedStack(loading, "Inner"), "Deep", type="AWS::SNS::Topic")
    app.synth()

    stacks = read_assembly(tmp_path)

    assert sorted((one.display_name, one.name, one.account, one.region) for one in stacks) == [
        ("Dev/Loading", "Dev-Loading", "111122223333", "eu-west-1"),
        ("Plain", "named", "", ""),
    ]
    [found] = [one for one in stacks if one.name == "Dev-Loading"]
    nested = [one for one in found.template["Resources"].values() if one["Type"] == "AWS::CloudFormation::Stack"]
    assert "Deep" in json.dumps(found.nested_template(nested[0]))
    elsewhere: dict[str, Any] = {"Properties": {"TemplateURL": "https://example.com/other.json"}}
    assert found.nested_template(elsewhere) is None


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssemblyError, match=r"manifest\.json must be a file of a synthesized app, got .*No such file"):
        read_assembly(tmp_path)


def test_without_the_cdk_cli_a_folder_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(AssemblyError, match=r"no CDK CLI .*: run npm install aws-cdk, or give --app"):
        synthesize(None, tmp_path)
