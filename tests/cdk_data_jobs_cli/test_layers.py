"""The modules of the command line import only from layers below their own, also for type checking."""

from __future__ import annotations

from pathlib import Path

from docs.pictures.rooms import import_graph

PACKAGE = Path(__file__).parents[2] / "cli" / "cdk_data_jobs_cli"
LAYERS = [
    {"__main__"},
    {"main"},
    {
        "commands",
        "commands.init",
        "commands.plan",
        "commands.watch",
        "commands.jobs",
        "commands.runs",
        "commands.run",
        "commands.check",
        "commands.convert",
        "commands.schema",
    },
    {"commands.data_sources", "commands.installed_from", "commands.reports", "commands.stack_names"},
    {"commands.arguments", "display.display"},
    {"commands.completion", "display.run_list"},
    {"commands.synthesized"},
    {"display", "display.table", "display.line_output"},
    {"plan.stack_plan"},
    {"plan.notices"},
    {"plan.changes"},
    {"plan.job_plans"},
    {"plan", "plan.assembly", "plan.job_rule", "plan.templates", "plan.waits"},
    {"display.formatting", "aws.deployment", "aws.polling", "aws.starters"},
    {"aws.job_state", "aws.stack_operation"},
    {"aws.progress", "aws.run_state"},
    {"aws.executions"},
    {"aws.stack"},
    {"aws.client", "aws.s3_data"},
    {"aws.calls"},
    {"aws", "aws.clock", "aws.errors", "aws.replacements"},
    {"conversion.contacts", "conversion.convert", "conversion.profiles"},
    {"conversion.detection", "conversion.inputs", "conversion.row_converter"},
    {"conversion.rejected_rows", "conversion.values"},
    {"conversion.csv_rows", "conversion.endpoints", "conversion.json_lines", "conversion.parquet"},
    {"conversion.escapes", "conversion.times"},
    {"conversion.beginnings", "conversion.integers", "conversion.lines"},
    {"conversion.input_file", "conversion.outcome"},
    {"conversion", "conversion.names", "conversion.output", "conversion.report"},
]


GRAPH = {
    name.removeprefix(f"{PACKAGE.name}."): {one.removeprefix(f"{PACKAGE.name}.") for one in imports}
    for name, imports in import_graph(PACKAGE, frozenset({"click", "rich"})).items()
    if name != PACKAGE.name
}


def test_each_module_is_in_a_layer() -> None:
    assert sorted(name for layer in LAYERS for name in layer) == sorted(GRAPH)


def test_no_module_imports_upwards_or_in_its_own_layer() -> None:
    levels = {name: level for level, layer in enumerate(LAYERS) for name in layer}
    upwards = [
        (name, imported)
        for name, imports in GRAPH.items()
        for imported in imports & levels.keys()
        if levels[imported] <= levels[name]
    ]

    assert upwards == []


def test_what_reads_aws_does_not_print() -> None:
    reading = {name: imports for name, imports in GRAPH.items() if name.startswith("aws")}

    assert reading
    assert {name for name, imports in reading.items() if imports & {"click", "rich"}} == set()
