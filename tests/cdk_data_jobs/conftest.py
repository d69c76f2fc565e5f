"""Fixtures of the tests of the constructs."""

import json
import os
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_personalize as cdk_personalize
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from cdk_data_jobs import DataSource, JobDefinition, personalize
from cdk_data_jobs_local.api import function_sdk as sdk

sys.path.append(str(Path(__file__).parent))  # this folder is no package
from catalogue import jobs
from catalogue.everything import CATALOGUE
from catalogue.shop import DATASET_ARN, Shop

JOB_TYPE = "Custom::PersonalizeDatasetImportJob"


@pytest.fixture
def ses_definition() -> Callable[..., JobDefinition]:
    """Returns a definition that has no more than it must, and what is given."""
    return jobs.contacts_definition


@pytest.fixture
def app() -> cdk.App:
    return cdk.App()


@pytest.fixture
def stack(app: cdk.App) -> cdk.Stack:
    return cdk.Stack(app, "Shop")


@pytest.fixture(scope="session")
def runtime_sdk() -> Path:
    """The folder of the SDK that AWS's runtime was last seen to have."""
    folder = sdk.folder(sdk.RUNTIME)
    assert folder is not None
    return folder


@pytest.fixture
def dataset(stack: cdk.Stack) -> personalize.Dataset:
    return personalize.Dataset.from_dataset_arn(stack, "Users", DATASET_ARN)


@pytest.fixture
def bucket(stack: cdk.Stack) -> s3.Bucket:
    return s3.Bucket(stack, "Data")


@pytest.fixture
def import_job(
    stack: cdk.Stack, dataset: personalize.Dataset, bucket: s3.Bucket
) -> Callable[..., personalize.DatasetImportJob]:
    """Makes an import job, in which everything has a default."""

    def make(id_: str = "ImportUsers", scope: Any = stack, **options: Any) -> personalize.DatasetImportJob:
        defaults = {"dataset": dataset, "source": DataSource.from_bucket(bucket, "users/")}
        return personalize.DatasetImportJob(scope, id_, **(defaults | options))

    return make


@pytest.fixture
def declared_dataset(stack: cdk.Stack) -> cdk_personalize.CfnDataset:
    """A dataset whose schema is a literal in the same app."""
    schema = cdk_personalize.CfnSchema(
        stack,
        "Schema",
        name="users",
        schema='{"type": "record", "name": "Users", "fields": [{"name": "USER_ID", "type": "string"}, '
        '{"name": "AGE", "type": "int"}]}',
    )
    group = cdk_personalize.CfnDatasetGroup(stack, "Group", name="shop")
    return cdk_personalize.CfnDataset(
        stack,
        "DeclaredUsers",
        name="users",
        dataset_type="Users",
        dataset_group_arn=group.attr_dataset_group_arn,
        schema_arn=schema.attr_schema_arn,
    )


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file below a temporary folder, and returns the folder."""

    def make(name: str, content: str | bytes = "USER_ID,AGE\n1,20\n") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path

    return make


@pytest.fixture
def resources() -> Callable[..., dict[str, Any]]:
    """Returns the resources of a stack's template, of one type or all."""

    def find(of: cdk.Stack, type_: str | None = None) -> dict[str, Any]:
        found = Template.from_stack(of).to_json().get("Resources", {})
        return {key: value for key, value in found.items() if type_ in (None, value["Type"])}

    return find


@pytest.fixture
def job_properties(stack: cdk.Stack, resources: Callable[..., dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """Returns the properties of the only job of the stack."""

    def find() -> dict[str, Any]:
        (job,) = resources(stack, JOB_TYPE).values()
        return job["Properties"]

    return find


@pytest.fixture
def own_statements(stack: cdk.Stack, resources: Callable[..., dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """Returns the resources of the policy of the job `Job` alone, by actions."""

    def find() -> dict[str, Any]:
        policies = resources(stack, "AWS::IAM::Policy")
        (policy,) = (one for name, one in policies.items() if name.startswith("JobPolicy"))
        statements = policy["Properties"]["PolicyDocument"]["Statement"]
        return {str(one["Action"]): one["Resource"] for one in statements}

    return find


@pytest.fixture
def shop(stack: cdk.Stack, tmp_path: Path) -> Shop:
    return Shop(stack, tmp_path)


@pytest.fixture
def with_names() -> Callable[[object], Any]:
    """Replaces CloudFormation's functions by what they might return, so that botocore can look at the rest."""

    def replace(value: Any) -> Any:
        if isinstance(value, list):
            return [replace(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "Fn::Join" in value:
            return "".join(replace(item) for item in value["Fn::Join"][1])
        if "Fn::GetAtt" in value or "Ref" in value:
            return "name"
        return {key: replace(item) for key, item in value.items()}

    return replace


@pytest.fixture
def cycles() -> Callable[[dict[str, Any]], list[str]]:
    """Returns the resources of a template that wait for each other, which CloudFormation finds only when deploying."""

    def needed(value: Any) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(needed, value))
        if not isinstance(value, dict):
            return set()
        own = {value["Ref"]} if "Ref" in value else {value["Fn::GetAtt"][0]} if "Fn::GetAtt" in value else set()
        return own.union(*map(needed, value.values()))

    def find(template: dict[str, Any]) -> list[str]:
        resources = template["Resources"]
        waiting = {
            name: (needed(one.get("Properties")) | {*one.get("DependsOn", [])}) & set(resources) - {name}
            for name, one in resources.items()
        }
        while ready := [name for name, others in waiting.items() if not others & set(waiting)]:
            for name in ready:
                del waiting[name]
        return sorted(waiting)

    return find


# What an app declares itself in the entries of the catalogue: it is for the app to fix or to acknowledge.
APP_CONSTRUCTS = (
    *(f"Shop/{name}/" for name in ("Key", "Logs", "Data", "Encrypted", "Queue")),
    *(f"Data/{name}/" for name in ("Key", "Logs", "Bucket")),
    "Shop/Theirs",
)


@dataclass(frozen=True)
class Synthesized:
    """What an entry of the catalogue synthesizes.

    Attributes:
        templates: The templates of all stacks, by the names of their files.
        acknowledged: The reasons of acknowledgments, by the path of the construct and the id of the finding.
    """

    templates: dict[str, dict[str, Any]]
    acknowledged: dict[tuple[str, str], str]


class Declared:
    """An app with an entry of the catalogue, whose acknowledgments are held back until `acknowledge` is called."""

    def __init__(self, name: str, folder: Path) -> None:
        self.app = cdk.App()
        self._held_back: list[tuple[Any, ...]] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cdk.Validations, "acknowledge", lambda *given: self._held_back.append(given))
            CATALOGUE[name](Shop(cdk.Stack(self.app, "Shop"), folder))
            self._folder = Path(self.app.synth().directory)

    def acknowledge(self) -> None:
        for validations, *acknowledgments in self._held_back:
            validations.acknowledge(*acknowledgments)
        self._held_back.clear()

    def findings(self, pack: Any) -> dict[str, set[str]]:
        """Returns the paths of the library's resources that break a rule, by the id of the finding."""
        found = defaultdict(set)
        for violation in pack(self.app).validate_scope(self.app).violations:
            for resource in violation.violating_resources:
                if not self._is_of_app(resource.construct_path):
                    found[violation.rule_name].add(resource.construct_path)
        return dict(found)

    def synthesized(self) -> Synthesized:
        self.acknowledge()
        acknowledged = {
            (construct.node.path, id_.partition("::")[2]): reason
            for construct in self.app.node.find_all()
            for entry in construct.node.metadata
            if entry.type == "aws:cdk:acknowledged-rules" and not self._is_of_app(construct.node.path)
            for id_, reason in entry.data.items()
        }
        files = self._folder.rglob("*.template.json")
        return Synthesized({path.name: json.loads(path.read_text()) for path in files}, acknowledged)

    def _is_of_app(self, path: str) -> bool:
        return f"{path}/".startswith(APP_CONSTRUCTS)


@pytest.fixture(scope="session", params=CATALOGUE)
def entry(request: pytest.FixtureRequest) -> str:
    """Each entry of the catalogue, one by one."""
    return str(request.param)


@pytest.fixture(scope="session")
def declared(entry: str, tmp_path_factory: pytest.TempPathFactory) -> Declared:
    """An app with the entry."""
    return Declared(entry, tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def synthesized(entry: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """What the entry synthesizes: once for all workers of pytest-xdist, whichever of them runs a file of tests."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        found: Synthesized = request.getfixturevalue("declared").synthesized()
        return found
    kept = tmp_path_factory.getbasetemp().parent / "synthesized" / entry
    if not kept.exists():
        found = request.getfixturevalue("declared").synthesized()
        unfinished = tmp_path_factory.mktemp("synthesized") / entry
        unfinished.write_text(json.dumps([found.templates, [*found.acknowledged.items()]]))
        kept.parent.mkdir(exist_ok=True)
        unfinished.replace(kept)
    templates, acknowledged = json.loads(kept.read_text())
    return Synthesized(templates, {(path, id_): reason for (path, id_), reason in acknowledged})
