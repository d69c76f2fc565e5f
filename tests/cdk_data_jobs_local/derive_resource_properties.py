"""Derives facts about resource types from the CloudFormation schemas that the package cfn-lint carries.

    python -m pip download --no-deps cfn-lint==1.58.0
    python tests/cdk_data_jobs_local/derive_resource_properties.py cfn_lint-1.58.0-py3-none-any.whl

writes two files, because cfn-lint itself is 60 MB:

- for `ministack_fixes.cloudformation.properties`, the properties of the resource types that the offline AWS can deploy;
  a type that takes any property, such as a custom resource, is not in it;
- for `ministack_fixes.iam.required_actions` and its test, of the types in its table: the properties that can only be
  set when a resource is created, and the actions that creating, updating and deleting one may need.
"""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ministack.services.cloudformation import provisioners

from cdk_data_jobs_local.ministack_fixes.iam.required_actions import RESOURCE_CALLS

if TYPE_CHECKING:
    from collections.abc import Iterator

FIXES = Path(__file__).parents[2] / "local/cdk_data_jobs_local/ministack_fixes"
PROPERTIES = FIXES / "cloudformation/resource_properties.json"
SCHEMA_FACTS = FIXES / "iam/resource_schemas.json"
SCHEMAS = "cfnlint/data/schemas"
REGION = "us-east-1"
EMULATED = ("AWS::Personalize::", "AWS::Pinpoint::App", "AWS::SES::ContactList")
"""What the names of the types begin with that the offline AWS adds to MiniStack's."""


def schemas(wheel: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields the resource types, each with its schema.

    Args:
        wheel: The wheel of cfn-lint.
    """
    with zipfile.ZipFile(wheel) as archive:
        types: dict[str, str] = json.loads(archive.read(f"{SCHEMAS}/providers/{REGION}.json"))
        for kind, file in sorted(types.items()):
            if kind in provisioners._RESOURCE_HANDLERS or kind.startswith(EMULATED):  # noqa: SLF001
                yield kind, json.loads(archive.read(f"{SCHEMAS}/resources/{file}.json"))


def facts(schema: dict[str, Any]) -> dict[str, list[str]]:
    """Returns what a resource's properties and permissions mean for an update.

    Args:
        schema: The schema of its type.
    """
    fixed = {pointer.split("/")[2] for pointer in schema.get("createOnlyProperties", [])}
    handlers = {name: schema.get("handlers", {}).get(name, {}) for name in ("create", "update", "delete")}
    return {
        "createOnly": sorted(fixed),
        **{name: sorted(handler.get("permissions", [])) for name, handler in handlers.items()},
    }


def write(file: Path, values: dict[str, Any]) -> None:
    """Writes a file with a line for each resource type."""
    lines = [f"{json.dumps(kind)}: {json.dumps(value)}" for kind, value in values.items()]
    file.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    found = dict(schemas(Path(sys.argv[1])))
    closed = {
        kind: schema
        for kind, schema in found.items()
        if schema.get("additionalProperties") is False and "patternProperties" not in schema
    }
    write(PROPERTIES, {kind: sorted(schema.get("properties", {})) for kind, schema in closed.items()})
    write(SCHEMA_FACTS, {kind: facts(schema) for kind, schema in found.items() if kind in RESOURCE_CALLS})
