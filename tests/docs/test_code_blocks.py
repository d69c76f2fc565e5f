"""Every code block of the README and of docs/ works: it is synthesized, run as a test, or a command that exists."""

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import click
import pytest
from aws_cdk import App, Stack, aws_kms, aws_s3, aws_sns
from aws_cdk.assertions import Template

from cdk_data_jobs import DataSource, personalize
from cdk_data_jobs_check import Schema, check_files
from cdk_data_jobs_cli.commands import data_jobs

HOME = Path(__file__).parents[2]
PAGES = [HOME / "README.md", HOME / "CONTRIBUTING.md", *sorted((HOME / "docs").rglob("*.md"))]
SCHEMAS = {
    "Items": personalize.Schema.items(GENRE=personalize.Field.categorical(), PRICE=personalize.Field.float()),
    "Users": personalize.Schema.users(AGE_GROUP=personalize.Field.categorical()),
    "Interactions": personalize.Schema.interactions(EVENT_TYPE=personalize.Field.string()),
}
SHELL = {"cd", "pip", "npm", "npx", "pytest", "cdk"}
"""Commands of other programs, which are not checked."""


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    line: int
    language: str
    code: str

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(HOME).as_posix()}:{self.line}"

    @property
    def has_tests(self) -> bool:
        return "def test_" in self.code

    @property
    def is_app(self) -> bool:
        return "app.synth()" in self.code and not self.has_tests

    @property
    def is_handler(self) -> bool:
        return "\ndef handler(event, context):" in self.code

    @property
    def is_offline(self) -> bool:
        return "offline_aws" in self.code or "OfflineAws" in self.code


def blocks_of(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Block(page, text.count("\n", 0, match.start()) + 2, match[1], match[2]) for match in found]


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
PYTHON = [block for block in BLOCKS if block.language == "python"]
# test_convert_recipes.py runs those of the guide for conversions.
DECLARING = [
    block
    for block in PYTHON
    if not block.has_tests and not block.is_app and not block.is_handler and block.page.stem != "convert-your-data"
]
HANDLERS = [block for block in PYTHON if block.is_handler]
TESTING = [block for block in PYTHON if block.has_tests]
COMMANDS = [
    pytest.param(line.removeprefix("$ "), id=f"{block.name} {line}")
    for block in BLOCKS
    if block.language == "console"
    for line in block.code.splitlines()
]


class ExampleNames:
    """The names that every example may use, as docs/README.md lists them; each is created if a block uses it."""

    def __init__(self, stack: Stack) -> None:
        self.self = stack

    @cached_property
    def bucket(self) -> aws_s3.Bucket:
        return aws_s3.Bucket(self.self, "GivenBucket")

    @cached_property
    def key(self) -> aws_kms.Key:
        return aws_kms.Key(self.self, "GivenKey")

    @cached_property
    def topic(self) -> aws_sns.Topic:
        return aws_sns.Topic(self.self, "GivenTopic")

    @cached_property
    def group(self) -> personalize.DatasetGroup:
        return personalize.DatasetGroup(self.self, "GivenGroup")

    @cached_property
    def items(self) -> personalize.Dataset:
        return self.group.add_dataset("Items", schema=SCHEMAS["Items"])

    @cached_property
    def interactions(self) -> personalize.Dataset:
        return self.group.add_dataset("Interactions", schema=SCHEMAS["Interactions"])

    @cached_property
    def dataset(self) -> personalize.Dataset:
        return self.interactions

    @cached_property
    def job(self) -> personalize.DatasetImportJob:
        return personalize.DatasetImportJob(
            self.self, "GivenJob", dataset=self.items, source=DataSource.from_bucket(self.bucket, "given/")
        )


NAMES = [name for name in ("self", *vars(ExampleNames)) if not name.startswith("_")]


def run(block: Block, stack: Stack) -> dict[str, Any]:
    """Run a block in a stack, with the names that it uses; returns the template's resources."""
    used = {node.id for node in ast.walk(ast.parse(block.code)) if isinstance(node, ast.Name)}
    given = ExampleNames(stack)
    names = {name: getattr(given, name) for name in NAMES if name in used}
    names["__file__"] = str(Path.cwd() / "app.py")
    before = len(stack.node.find_all())
    exec(compile(block.code, block.name, "exec"), names)  # noqa: S102 - our own code

    assert len(stack.node.find_all()) > before
    resources: dict[str, Any] = Template.from_stack(stack).to_json()["Resources"]
    return resources


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stack:
    (tmp_path / "examples").symlink_to(HOME / "examples")
    (tmp_path / "layer" / "python").mkdir(parents=True)
    (tmp_path / "layer" / "python" / "boto3.py").touch()
    monkeypatch.chdir(tmp_path)
    return Stack(App(), "Docs")


@pytest.mark.parametrize("block", DECLARING, ids=lambda block: block.name)
def test_a_block_is_synthesized(block: Block, stack: Stack) -> None:
    resources = run(block, stack)

    assert [kind["Type"] for kind in resources.values() if is_of_library(kind["Type"])]


@pytest.mark.parametrize("block", HANDLERS, ids=lambda block: block.name)
def test_the_calls_of_a_handler_exist(block: Block) -> None:
    tree = ast.parse(block.code)
    clients = {
        node.targets[0].id: boto3.client(ast.literal_eval(node.value.args[0]), region_name="eu-west-1")
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Call)
    }
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    for call in calls:
        if isinstance(call.func.value, ast.Name) and (client := clients.get(call.func.value.id)):
            method = call.func.attr
            operations = client.meta.method_to_api_mapping
            waiters = [ast.literal_eval(one) for one in call.args]

            assert method in operations or (method == "get_waiter" and set(waiters) <= set(client.waiter_names))
            if method in operations:
                members = client.meta.service_model.operation_model(operations[method]).input_shape.members
                assert {given.arg for given in call.keywords} - {None} <= set(members)


def test_every_guide_for_a_kind_of_handler_shows_one() -> None:
    guides = {page.stem for page in PAGES if page.stem.startswith("moving-from-a-handler-for-")}

    assert {block.page.stem for block in HANDLERS} == guides


def is_of_library(kind: str) -> bool:
    return kind.startswith(("Custom::Personalize", "Custom::Pinpoint", "Custom::AwsJob", "AWS::StepFunctions::"))


def test_the_hundred_jobs_of_the_guide_are_a_hundred_resources_and_ten_that_they_share(stack: Stack) -> None:
    [block, *_] = [block for block in DECLARING if block.page.stem == "many-jobs"]
    types = [resource["Type"] for resource in run(block, stack).values()]

    assert types.count("Custom::PersonalizeDatasetImportJob") == 100
    assert len([kind for kind in types if kind != "AWS::S3::Bucket"]) == 100 + 10


@pytest.mark.parametrize("block", [block for block in PYTHON if block.is_app], ids=lambda block: block.page.stem)
def test_a_whole_app_is_synthesized(block: Block, tmp_path: Path) -> None:
    [data] = [other.code for other in BLOCKS if other.page.stem == "first-app" and other.language == "csv"]
    (tmp_path / "items.csv").write_text(data)
    (tmp_path / "app.py").write_text(block.code)
    environment = {**os.environ, "CDK_OUTDIR": str(tmp_path / "cdk.out")}
    subprocess.run([sys.executable, "app.py"], cwd=tmp_path, env=environment, check=True)

    template = json.loads((tmp_path / "cdk.out" / "Shop.template.json").read_text())
    jobs = [kind["Type"] for kind in template["Resources"].values() if is_of_library(kind["Type"])]
    assert "Custom::PersonalizeDatasetImportJob" in jobs


def test_the_whole_apps_are_those_of_the_readme_and_the_first_app() -> None:
    assert [block.page.stem for block in PYTHON if block.is_app] == ["README", "first-app"]


def run_tests(blocks: list[Block], folder: Path, *options: str, cwd: Path = HOME) -> None:
    """Run blocks as tests, each in a file of its own."""
    for block in blocks:
        name = re.sub(r"\W+", "_", block.name)
        (folder / f"test_{name}.py").write_text(block.code, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", f"--rootdir={folder}", "-p", "no:cacheprovider", *options, str(folder)]
    done = subprocess.run(  # noqa: S603 - our own code
        command, cwd=cwd, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_blocks_that_are_tests_pass(tmp_path: Path) -> None:
    blocks = [block for block in TESTING if not block.is_offline]

    assert blocks
    run_tests(blocks, tmp_path, "--snapshot-update")
    run_tests(blocks, tmp_path)


@pytest.fixture
def example_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example app in a folder of its own, which no other test synthesizes into."""
    folder = tmp_path / "app"
    folder.mkdir()
    for file in ("app.py", "cdk.json"):
        shutil.copy(HOME / file, folder)
    shutil.copytree(HOME / "examples", folder / "examples")
    monkeypatch.setenv("CDK_DATA_JOBS_CDK", str(HOME / "node_modules" / ".bin" / "cdk"))
    return folder


def test_the_blocks_that_deploy_to_the_offline_aws_pass(tmp_path: Path, example_app: Path) -> None:
    blocks = [block for block in TESTING if block.is_offline]

    assert {block.page.stem for block in blocks} == {"README", "offline-aws", "test-your-app"}
    run_tests(blocks, tmp_path, "--offline-aws-speed=300", cwd=example_app)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_exists(command: str) -> None:
    program, *arguments = shlex.split(command, comments=True)
    if program == "eval":
        program, *arguments = shlex.split(arguments[0].removeprefix("$(").removesuffix(")"))
    check = {"make": check_make, "data-jobs": check_data_jobs, "python": check_module}
    assert program in {*check, *SHELL}
    if program == "pip":
        extras = re.findall(r"cdk-data-jobs\[(\w+)\]", command)
        assert all(f"\n{extra} = [" in (HOME / "pyproject.toml").read_text() for extra in extras)
    if program in check:
        check[program](arguments)


def check_make(arguments: list[str]) -> None:
    makefile = (HOME / "Makefile").read_text()
    targets = [argument for argument in arguments if "=" not in argument]
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


def check_data_jobs(arguments: list[str]) -> None:
    name, *rest = arguments
    command = data_jobs.get_command(click.Context(data_jobs), name)
    assert command is not None
    command.make_parser(click.Context(command)).parse_args(rest)


def check_module(arguments: list[str]) -> None:
    assert arguments[:1] == ["-m"]
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, *arguments, "--help"], cwd=HOME, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_findings_in_the_guide_are_those_of_its_data(tmp_path: Path) -> None:
    [data, findings] = [
        block.code for block in BLOCKS if block.page.stem == "check-your-data" and block.language in ("csv", "text")
    ]
    file = tmp_path / "interactions.csv"
    file.write_text(data)
    report = check_files([file], Schema.parse(SCHEMAS["Interactions"].to_json()))

    assert "".join(f"{finding}\n" for finding in report.findings).replace(f"{tmp_path}/", "") == findings


def test_a_block_has_a_language_that_is_checked() -> None:
    assert {block.language for block in BLOCKS} <= {"python", "console", "csv", "json", "text"}
