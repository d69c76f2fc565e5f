"""Derives which properties each resource type has from the CloudFormation schemas that the package cfn-lint carries.

    python -m pip download --no-deps cfn-lint==1.58.0
    python tests/cdk_data_jobs_local/derive_resource_properties.py cfn_lint-1.58.0-py3-none-any.whl

writes the file that `ministack_fixes.cloudformation.properties` reads, with the resource types that the offline AWS can
deploy: cfn-lint itself is 60 MB. A type that takes any property, such as a custom resource, is not in it.
"""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ministack.services.cloudformation import provisioners

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = Path(__file__).parents[2] / "local/cdk_data_jobs_local/ministack_fixes/cloudformation/resource_properties.json"
SCHEMAS = "cfnlint/data/schemas"
REGION = "us-east-1"
EMULATED = ("AWS::Personalize::", "AWS::Pinpoint::App")
"""What the names of the types begin with that the offline AWS adds to MiniStack's."""


def properties(wheel: Path) -> Iterator[tuple[str, list[str]]]:
    """Yields the resource types, each with the names of its properties.

    Args:
        wheel: The wheel of cfn-lint.
    """
    with zipfile.ZipFile(wheel) as archive:
        types: dict[str, str] = json.loads(archive.read(f"{SCHEMAS}/providers/{REGION}.json"))
        for kind, file in sorted(types.items()):
            if kind not in provisioners._RESOURCE_HANDLERS and not kind.startswith(EMULATED):  # noqa: SLF001
                continue
            schema: dict[str, Any] = json.loads(archive.read(f"{SCHEMAS}/resources/{file}.json"))
            if schema.get("additionalProperties") is False and "patternProperties" not in schema:
                yield kind, sorted(schema.get("properties", {}))


if __name__ == "__main__":
    lines = [f"{json.dumps(kind)}: {json.dumps(names)}" for kind, names in properties(Path(sys.argv[1]))]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
