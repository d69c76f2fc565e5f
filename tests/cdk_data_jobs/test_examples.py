"""The examples are synthesized as they are, with the review and CDK's own validation."""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Annotations, Match
from cdk_nag import AwsSolutionsChecks

FOLDER = Path(__file__).parents[2] / "examples"
EXAMPLES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in ("demo", "make_data"))


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"examples_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_is_one_for_each_job_and_each_way_to_run_it() -> None:
    assert EXAMPLES == [
        "alarms_and_dashboard",
        "bedrock_ingestion",
        "composition",
        "dynamodb_export",
        "glue_and_redshift",
        "import_on_upload",
        "nightly_export",
        "personalize_batch",
        "personalize_deletion",
        "personalize_export",
        "pinpoint_export",
        "pinpoint_import",
        "query_and_execution",
        "retraining_pipeline",
        "ses_contacts",
    ]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_passes_the_review(
    name: str, monkeypatch: pytest.MonkeyPatch, cycles: Callable[[dict[str, Any]], list[str]]
) -> None:
    monkeypatch.setenv("CDK_VALIDATION", "true")
    app = cdk.App(context={"@aws-cdk/core:validateAgainstDefaultRules": True})
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app, verbose=True))
    load(name).main(app)

    templates = [json.loads(path.read_text()) for path in Path(app.synth().directory).glob("*.template.json")]
    assert templates
    assert [found for template in templates if (found := cycles(template))] == []
    for child in app.node.children:
        if isinstance(child, cdk.Stack):
            Annotations.from_stack(child).has_no_warning("*", Match.string_like_regexp("cdk-data-jobs:"))
