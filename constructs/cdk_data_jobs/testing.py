"""What tests of an app's templates need."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aws_cdk import Stack, Stage
from aws_cdk.assertions import Template

from cdk_data_jobs._support.validation import ValidationError
from cdk_data_jobs.personalize.schemas import content_digest

_HIDDEN = "<hash>"
_FOLDER_OF_COPIES = re.compile(r"/[0-9a-f]{8}/(?P<digest>[0-9a-f]{32})/")
"""How a job's `Files` begin in the staging bucket: with the job's folder, then a digest of the content of its files."""


def stable_template(stack: Stack) -> dict[str, Any]:
    """Returns a stack's template for a snapshot, in which `<hash>` stands for every hash of content.

    So a snapshot stays the same when only the content of files changes: data, the code of functions, of this library's
    too, images, nested stacks. All else stays: names, logical ids, also those that hold a hash such as a
    `current_version` of a function, versions, and whatever only looks like a hash.

    No hash is guessed. Those of assets are the ones that the asset manifests beside the template list (CDK Developer
    Guide, "Assets and the AWS CDK"), which is why it takes the stack: a template alone does not say which of its
    strings are hashes. Those of the folders that runs copy local files to are in the property `Files` of the jobs, and
    the name of a `personalize.Schema` ends with that of its content. `LegacyStackSynthesizer` writes no manifests: its
    assets stay.

    `Template.from_json(stable_template(stack))` has the methods of `aws_cdk.assertions.Template`.

    Args:
        stack: The stack, whose app is synthesized as by `Template.from_stack`.

    Raises:
        ValueError: If `stack` is not a Stack.
    """
    if not isinstance(stack, Stack):
        raise ValidationError(
            f"stack must be an aws_cdk.Stack, got {type(stack).__name__}; pass what Template.from_stack(...) takes"
        )
    template = Template.from_stack(stack).to_json()
    stage = Stage.of(stack)
    assert stage is not None  # noqa: S101 - or the template could not have been synthesized
    assembly = Path(stage.synth().directory)
    hashes = sorted({*_asset_hashes(assembly), *_digests(assembly)})
    if not hashes:
        return dict(template)
    known = re.compile(rf"(?<![0-9A-Za-z])(?:{'|'.join(map(re.escape, hashes))})(?![0-9A-Za-z])")
    hidden: dict[str, Any] = _hide(template, known)
    return hidden


def _asset_hashes(assembly: Path) -> Iterator[str]:
    for manifest in assembly.rglob("*.assets.json"):
        listed = json.loads(manifest.read_text(encoding="utf-8"))
        for kind in ("files", "dockerImages"):
            yield from listed.get(kind, {})


def _digests(assembly: Path) -> Iterator[str]:
    """Yields the digests of all stacks, because a job of one may be a task of a state machine of another."""
    for template in assembly.rglob("*.template.json"):
        for resource in json.loads(template.read_text(encoding="utf-8")).get("Resources", {}).values():
            properties = resource.get("Properties", {})
            for found in _FOLDER_OF_COPIES.finditer(json.dumps(properties.get("Files"))):
                yield found["digest"]
            if resource["Type"] == "AWS::Personalize::Schema":
                digest = content_digest(str(properties["Schema"]), properties.get("Domain"))
                if f"-{digest}" in json.dumps(properties["Name"]):
                    yield digest


def _hide(value: Any, known: re.Pattern[str]) -> Any:  # noqa: ANN401 - JSON
    """Returns a JSON value without the hashes; the names of members stay, which are logical ids among others."""
    if isinstance(value, dict):
        return {name: _in_order(name, item, _hide(item, known)) for name, item in value.items()}
    if isinstance(value, list):
        return [_hide(item, known) for item in value]
    return known.sub(_HIDDEN, value) if isinstance(value, str) else value


def _in_order(name: str, value: Any, hidden: Any) -> Any:  # noqa: ANN401 - JSON
    """Returns a member without its hashes, whose order does not depend on them if it is a policy's list of resources.

    CDK and this library sort such lists, and write those of equal files once.
    """
    if name != "Resource" or not isinstance(value, list) or hidden == value:
        return hidden
    resources = {json.dumps(resource, sort_keys=True): resource for resource in hidden}
    ordered = [resources[key] for key in sorted(resources)]
    return ordered if len(ordered) > 1 else ordered[0]
