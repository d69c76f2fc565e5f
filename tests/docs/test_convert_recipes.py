"""The recipes of the guide for conversions write what `data-jobs convert` makes acceptable.

A recipe of a tool that is not installed is replaced by a file with exactly what the tool writes. Those of pandas 3.1
and polars 2.1 are compared with the tool where it is installed; those of Spark 4.3 and PostgreSQL were written by it;
those of MySQL and of text were not, but made as the manuals describe (MySQL: "SELECT ... INTO Statement"; PostgreSQL:
"COPY", text format).
"""

from __future__ import annotations

import datetime as dt
import glob
import importlib.util
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cdk_data_jobs_check import Schema, check_files
from cdk_data_jobs_cli.commands.convert import convert

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "convert-your-data.md"
TYPES = {
    "USER_ID": "string",
    "ITEM_ID": "string",
    "TIMESTAMP": "long",
    "EVENT_TYPE": "string",
    "MEMBER": ["boolean", "null"],
    "SECONDS": ["int", "null"],
}
FIELDS = [{"name": name, "type": types} for name, types in TYPES.items()]
SCHEMA = {"type": "record", "name": "Interactions", "fields": FIELDS}
NAMES = ["userId", "itemId", "timestamp", "eventType", "member", "seconds"]
TIME = dt.datetime(2025, 1, 1, 0, 17, 15, tzinfo=dt.timezone.utc)
EVENTS = [("u1", 'say "no", or\nyes', TIME, "view", True, 30), ("u2", "C:\\dir\\", TIME, "buy", None, None)]
CONVERTED = (
    'USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,MEMBER,SECONDS\nu1,"say \\"no\\", or yes",1735690635,view,true,30\n'
    'u2,"C:\\\\dir\\\\",1735690635,buy,,\n'
)

JSON_LINE = (
    '{"userId":"u%d","itemId":"%s","timestamp":"2025-01-01T00:17:15%s","eventType":"%s","member":%s,"seconds":%s}\n'
)


def json_lines(zone: str, seconds: str) -> str:
    first = JSON_LINE % (1, 'say \\"no\\", or\\nyes', zone, "view", "true", seconds)
    return first + JSON_LINE % (2, "C:\\\\dir\\\\", zone, "buy", "null", "null")


def csv_lines(names: str, time: str, member: str = "true", seconds: str = "30") -> str:
    first = f'u1,"say ""no"", or\nyes",{time},view,{member},{seconds}\n'
    return f"{names}\n{first}u2,C:\\dir\\,{time},buy,,\n"


CAMEL, SNAKE = ",".join(NAMES), "user_id,item_id,timestamp,event_type,member,seconds"
FILES: dict[str, dict[str, str]] = {
    "pandas": {
        "events.csv": csv_lines(CAMEL, "2025-01-01 00:17:15+00:00", "True", "30.0"),
        "events.jsonl": json_lines(".000Z", "30.0"),
    },
    "polars": {
        "events.csv": csv_lines(CAMEL, "2025-01-01T00:17:15.000000+0000"),
        "events.jsonl": json_lines("+00:00", "30"),
    },
    "Spark": {"events/part-00000-c000.csv": csv_lines(SNAKE, "2025-01-01T00:17:15.000Z")},
    "PostgreSQL": {"events.csv": csv_lines(SNAKE, "2025-01-01 01:17:15+01", "t")},
    "MySQL": {
        "events.csv": '"user_id","item_id","timestamp","event_type","member","seconds"\n'
        '"u1","say \\"no\\", or\\\nyes","1735690635","view","1","30"\n'
        '"u2","C:\\\\dir\\\\","1735690635","buy",\\N,\\N\n'
    },
    "Text without quotes": {
        "events.tsv": SNAKE.replace(",", "\t")
        + '\nu1\tsay "no", or\\nyes\t2025-01-01 01:17:15+01\tview\tt\t30\n'
        + "u2\tC:\\\\dir\\\\\t2025-01-01 01:17:15+01\tbuy\t\\N\t\\N\n"
    },
}
"""What each tool writes, but for Parquet."""


def blocks(heading: str, language: str) -> list[str]:
    """The code blocks of a section."""
    page = GUIDE.read_text(encoding="utf-8")
    section = page.partition(f"\n### {heading}\n")[2].partition("\n#")[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the schema."""
    monkeypatch.chdir(tmp_path)
    Path("schemas").mkdir()
    Path("schemas/interactions.json").write_text(json.dumps(SCHEMA))
    return tmp_path


def convert_as_the_guide_says(command: str, given: str) -> None:
    """Runs a command of the guide, for another file than it names, and asserts that the result is as it should be."""
    _, name, *arguments = shlex.split(command.removeprefix("$ "))
    assert name == "convert"
    files = sorted(glob.glob(given))  # noqa: PTH207 - as a shell expands it
    output = Path(arguments[arguments.index("--output") + 1])
    done = CliRunner().invoke(convert, [*files, *arguments[1:]])

    assert done.exit_code == 0, done.output
    report = check_files([output], Schema.parse(json.dumps(SCHEMA)))
    assert set(report.violation_counts) == {"too-few-rows"}
    [written] = [output] if output.is_file() else output.iterdir()
    assert written.read_text(encoding="utf-8") == CONVERTED
    written.rename(written.with_suffix(".done"))


def command_of(heading: str) -> str:
    """The command of a section, or else that at the beginning of the page."""
    page = GUIDE.read_text(encoding="utf-8")
    [command] = blocks(heading, "console") or re.findall(r"^\$ data-jobs convert .*\n", page, re.MULTILINE)[:1]
    return command


def test_the_recipe_of_csv_is_run(folder: Path) -> None:
    [code] = blocks("csv", "python")
    events = [(user, item, 1735690635, *more) for user, item, _, *more in EVENTS]
    exec(compile(code, str(folder), "exec"), {"events": events})  # noqa: S102 - our own code

    convert_as_the_guide_says(command_of("csv"), "events.csv")


@pytest.mark.parametrize(("tool", "index"), [("pandas", 0), ("polars", 1)])
@pytest.mark.usefixtures("folder")
def test_the_recipes_of_data_frames_are_run_where_their_tool_is_installed(tool: str, index: int) -> None:
    code = blocks("pandas and polars", "python")[index].splitlines()
    names = {match[1]: line for line in code if (match := re.fullmatch(r'frame\.\w+\("(events\.\w+)".*\)', line))}
    assert len(names) == len(code) == 3
    for name, content in FILES[tool].items():
        Path(name).write_text(content, encoding="utf-8", newline="")
    if importlib.util.find_spec(tool):
        frame = data_frame(tool)
        for name, line in names.items():
            if importlib.util.find_spec("pyarrow") or not name.endswith(".parquet"):
                exec(line, {"frame": frame})  # noqa: S102 - our own code
        for name, content in FILES[tool].items():
            assert Path(name).read_bytes().decode() == content

    for name in names:
        if Path(name).exists():
            convert_as_the_guide_says(command_of("pandas and polars"), name)


def data_frame(tool: str) -> Any:
    module = importlib.import_module(tool)
    return (
        module.DataFrame(EVENTS, columns=NAMES)
        if tool == "pandas"
        else module.DataFrame(EVENTS, schema=NAMES, orient="row")
    )


@pytest.mark.parametrize("tool", ["Spark", "PostgreSQL", "MySQL", "Text without quotes"])
@pytest.mark.usefixtures("folder")
def test_what_other_tools_write_is_converted(tool: str) -> None:
    [(name, content)] = FILES[tool].items()
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8", newline="")

    assert all(path.parts[0].removesuffix(".csv") in code for code in blocks(tool, "text"))
    command = command_of(tool)
    convert_as_the_guide_says(command, shlex.split(command)[3])


def test_every_recipe_is_tried() -> None:
    headings = re.findall(r"^### (.*)$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)

    assert headings == ["csv", "pandas and polars", "Spark", "PostgreSQL", "MySQL", "Text without quotes"]
    assert {*FILES} == {"pandas", "polars", *headings[2:]}
