"""`data-jobs plan`: what it prints, and with which exit code it ends."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from aws_cdk import App, DefaultStackSynthesizer, Environment, Stack, aws_iam, aws_s3
from aws_cdk import aws_personalize as cfn

from cdk_data_jobs import DataSource, personalize

if TYPE_CHECKING:
    from conftest import Offline

FIELDS = ("ITEM_ID", "GENRE")
PATHS = {"aws:cdk:enable-path-metadata": True}
GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "plan-a-deployment.md"


def dataset(stack: Stack, fields: tuple[str, ...]) -> cfn.CfnDataset:
    types = [{"name": name, "type": "string" if name == "ITEM_ID" else ["null", "string"]} for name in fields]
    record = {"type": "record", "name": "Items", "namespace": "shop", "fields": types, "version": "1.0"}
    name = f"store-{len(fields)}"
    return cfn.CfnDataset(
        stack,
        "Items",
        name="items",
        dataset_type="Items",
        dataset_group_arn=cfn.CfnDatasetGroup(stack, "Group", name="store").attr_dataset_group_arn,
        schema_arn=cfn.CfnSchema(stack, "Schema", name=name, schema=json.dumps(record)).attr_schema_arn,
    )


def synthesize(
    folder: Path, *, changed: bool = False, fields: tuple[str, ...] = ("ITEM_ID", "GENRE"), **env: str
) -> Path:
    """Synthesizes the app: as it is deployed, or with jobs that have changed."""
    folder.mkdir()
    for name, lines in {"items.csv": f"ITEM_ID,GENRE\nbook,{changed}", "new.csv": "ITEM_ID,GENRE\nlamp,x"}.items():
        (folder / name).write_text(f"{lines}\n")
    app = App(outdir=str(folder / "cdk.out"), context=PATHS)
    synthesizer = DefaultStackSynthesizer(generate_bootstrap_version_rule=False)
    stack = Stack(app, "Store", synthesizer=synthesizer, env=Environment(**env))
    items = personalize.Dataset.from_dataset_arn(stack, "Known", dataset(stack, fields).attr_dataset_arn)
    sources = {name: DataSource.from_asset(str(folder / f"{name}.csv")) for name in ("items", "new")}
    principal = cast("Any", aws_iam.ServicePrincipal("personalize.amazonaws.com"))
    role = cast("Any", aws_iam.Role(stack, "Role", assumed_by=principal)) if changed else None
    first = personalize.DatasetImportJob(stack, "ImportItems", dataset=items, source=sources["items"])
    incremental = personalize.ImportMode.INCREMENTAL
    added = personalize.DatasetImportJob(
        stack, "AddItems", dataset=items, source=sources["new"], role=role, import_mode=incremental
    )
    added.node.add_dependency(first)
    name = "Export" if changed else "Old"
    export = personalize.DatasetExportJob(stack, name, dataset=items, deploy_time=changed)
    export.node.add_dependency(added)
    app.synth()
    return folder / "cdk.out"


@pytest.fixture(scope="module")
def store(offline: Offline, tmp_path_factory: pytest.TempPathFactory) -> Offline:
    """The offline AWS, with the stack Store deployed."""
    folder = synthesize(tmp_path_factory.mktemp("store") / "first")
    template = json.loads((folder / "Store.template.json").read_text())
    store = replace(offline, folder=folder, templates={"Store": template})
    store.upload_assets()
    store.deploy("Store")
    return store


def without_times(text: str) -> str:
    return re.sub(r"(\d+m )?\d+s before", "1m 03s before", text)


def samples() -> list[str]:
    """The outputs that the guide shows."""
    return re.findall(r"^```text\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_output_in_a_terminal_is_that_of_the_guide(store: Offline, tmp_path: Path) -> None:
    changed = synthesize(tmp_path / "changed", changed=True)
    other_schema = synthesize(tmp_path / "schema", fields=(*FIELDS, "COLOUR"))

    shown = store.run_in_terminal("plan", "--app", str(changed), width=80)
    failing = store.run_in_terminal("plan", "--app", str(other_schema), width=80)

    assert (shown.code, failing.code) == (10, 1)
    assert [without_times(shown.text), without_times(failing.text)] == samples()
    assert "\x1b[36mruns\x1b[0m" in shown.output


def test_elsewhere_it_is_plain_with_a_line_for_each_job(store: Offline, tmp_path: Path) -> None:
    other_schema = synthesize(tmp_path / "schema", fields=(*FIELDS, "COLOUR"))

    lines = store.run("plan", "--app", str(other_schema), code=1).splitlines()

    assert len(lines) == 5
    assert "\x1b" not in "".join(lines)


def test_nothing_to_run_is_0(store: Offline) -> None:
    assert (
        store.run("plan", "--app", str(store.folder)).splitlines()[0] == "Store (CREATE_COMPLETE): 0 jobs of 3 to run"
    )


def test_the_json_has_all_that_is_known(store: Offline, tmp_path: Path) -> None:
    changed = synthesize(tmp_path / "changed", changed=True)
    document = json.loads(store.run("plan", "Store", "--app", str(changed), "--json", code=10))
    [stack] = document["stacks"]
    first = stack["jobs"][0]

    assert (stack["stack"], stack["status"], stack["notices"]) == ("Store", "CREATE_COMPLETE", [])
    assert first.pop("seconds") > 20
    assert first == {
        "job": "ImportItems",
        "path": "Store/ImportItems",
        "logical_id": next(name for name in store.templates["Store"]["Resources"] if name.startswith("ImportItems")),
        "type": "Custom::PersonalizeDatasetImportJob",
        "result": "runs",
        "reason": "items.csv has changed",
        "waits_for_quota": False,
        "quota_seconds": None,
    }


def test_a_stack_that_is_not_deployed_runs_all_and_some_wait_for_the_quota(offline: Offline, tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path), context=PATHS)
    for name in ("Crowd", "Other"):
        stack = Stack(app, name)
        items = personalize.Dataset.from_dataset_arn(
            stack, "Items", stack.format_arn(service="personalize", resource="dataset/store", resource_name="ITEMS")
        )
        source = DataSource.from_bucket(aws_s3.Bucket(stack, "Data"), "items/")
        for number in range(6):
            personalize.DatasetImportJob(stack, f"Import{number}", dataset=items, source=source)
    app.synth()

    lines = offline.run("plan", "Crowd", "--app", str(tmp_path), code=10).splitlines()

    assert lines == [
        "Crowd (not deployed): 6 jobs of 6 to run",
        *(f"  Import{number} runs: it is new" for number in range(5)),
        "  Import5 runs: it is new; first it waits for the quota of running jobs",
    ]


def test_a_note_names_what_an_earlier_deployment_may_have_retained(offline: Offline, tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    group = personalize.DatasetGroup(Stack(app, "Again"), "Group")
    group.add_dataset("Items", schema=personalize.Schema.items(GENRE=personalize.Field.categorical()))
    app.synth()
    message = "the deployment fails if an earlier one retained what still has these names: "

    lines = offline.run("plan", "--app", str(tmp_path)).splitlines()
    [stack] = json.loads(offline.run("plan", "--app", str(tmp_path), "--json"))["stacks"]
    [notice] = stack["notices"]

    assert lines == ["Again (not deployed): no jobs", f"  note: {notice['message']}"]
    assert re.fullmatch(rf"{message}dataset group Again-Group\S*, schema Again-Group-Items\S*", notice["message"])
    assert (notice["kind"], notice["resource"]) == ("note", None)


def test_another_name_is_3_and_another_folder_2(offline: Offline, tmp_path: Path) -> None:
    for code, arguments, message in (
        (3, ("Shopp", "--app", str(offline.folder)), "Error: the app must have a stack Shopp, got "),
        (2, ("--app", str(tmp_path)), "manifest.json must be a file of a synthesized app, got "),
    ):
        process = offline.start("plan", *arguments)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == code
        assert message in errors


def test_a_stack_of_another_account_is_4(offline: Offline, tmp_path: Path) -> None:
    folder = synthesize(tmp_path / "other", account="999999999999", region=offline.aws.region)

    process = offline.start("plan", "--app", str(folder))
    _, errors = process.communicate(timeout=60)

    assert process.returncode == 4
    assert (
        f"Store is for the account 999999999999, but the credentials are those of {offline.aws.account}: set" in errors
    )


def test_it_changes_nothing_and_starts_no_node(store: Offline, tmp_path: Path) -> None:
    before = store.aws.client("cloudformation").describe_stack_events(StackName="Store")["StackEvents"]

    store.run("plan", "--app", str(synthesize(tmp_path / "changed", changed=True)), code=10, PATH=str(tmp_path))

    assert store.aws.client("cloudformation").describe_stack_events(StackName="Store")["StackEvents"] == before
    assert not store.aws.client("cloudformation").list_change_sets(StackName="Store")["Summaries"]
