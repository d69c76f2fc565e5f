"""The modules of the constructs that users may import: the name of every other one has an underscore in front."""

from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "constructs" / "cdk_data_jobs"
PUBLIC = {
    "all_jobs",
    "athena",
    "athena.queries",
    "athena.query_options",
    "aws_job",
    "bedrock",
    "bedrock.data_sources",
    "bedrock.ingestions",
    "buckets",
    "dashboard",
    "data_job",
    "definitions",
    "dynamodb",
    "dynamodb.export_options",
    "dynamodb.exports",
    "glue",
    "glue.job_runs",
    "options",
    "personalize",
    "personalize.batch",
    "personalize.batch_options",
    "personalize.dataset_groups",
    "personalize.datasets",
    "personalize.deletion",
    "personalize.exports",
    "personalize.filters",
    "personalize.imports",
    "personalize.schema_definitions",
    "personalize.schemas",
    "personalize.solutions",
    "pinpoint",
    "pinpoint.applications",
    "pinpoint.exports",
    "pinpoint.imports",
    "redshift",
    "redshift.clusters",
    "redshift.statements",
    "redshift.workgroups",
    "runner",
    "sesv2",
    "sesv2.contact_imports",
    "sesv2.contact_lists",
    "stepfunctions",
    "stepfunctions.executions",
    "storage",
    "testing",
    "upload_job",
}


def test_the_public_modules_are_pinned() -> None:
    names = (".".join(file.relative_to(PACKAGE).with_suffix("").parts) for file in PACKAGE.rglob("*.py"))
    modules = {name.removesuffix("__init__").removesuffix(".") for name in names} - {""}

    assert {name for name in modules if not any(part.startswith("_") for part in name.split("."))} == PUBLIC
