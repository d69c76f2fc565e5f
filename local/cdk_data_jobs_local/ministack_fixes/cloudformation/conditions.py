"""Conditions of templates.

A condition may join values (User Guide, "Condition functions"). MiniStack 1.5.33 does not, so that CDK's bootstrap
stack gives CloudFormation's role no policies. Nor does it evaluate conditions when it compares templates for a change
set: one that changes only the value of a condition has "no changes" there.

Needed as long as this test fails without it:
`test_stack_operations.py::test_a_change_set_tells_what_a_condition_changes`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

from typing import Any

from ministack.services.cloudformation import changesets, engine, handlers, stacks


def patch() -> None:
    """Makes MiniStack's CloudFormation join values in conditions, and compare templates by their values."""
    evaluate = engine._evaluate_conditions

    def evaluate_joined(template: dict[str, Any], parameters: dict[str, Any]) -> Any:
        conditions = _joined(template.get("Conditions", {}), parameters)
        return evaluate({**template, "Conditions": conditions}, parameters)

    for module in (engine, changesets, handlers, stacks):
        module._evaluate_conditions = evaluate_joined
    resolve = changesets._resolve_props_for_diff

    def resolve_wanted(template: dict[str, Any], parameters: dict[str, Any], *more: Any) -> dict[str, Any]:
        resolved = resolve(template, parameters, *more)
        holds = evaluate_joined(template, parameters) if resolved else {}
        resources = resolved.get("Resources", {}).items()
        return {"Resources": {id_: one for id_, one in resources if holds.get(one.get("Condition"), True)}}

    changesets._resolve_props_for_diff = resolve_wanted


def _joined(value: Any, parameters: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_joined(one, parameters) for one in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Fn::Join": [str(delimiter), items]}:
            return delimiter.join(_strings(items, parameters))
    return {name: _joined(one, parameters) for name, one in value.items()}


def _strings(items: Any, parameters: dict[str, Any]) -> list[str]:
    match items:
        case {"Ref": str(name)} if name in parameters:
            # A CommaDelimitedList is one string here.
            return [item.strip() for item in str(parameters[name]["Value"]).split(",")]
        case [*parts]:
            return [string for part in parts for string in _strings(part, parameters)]
    return [str(_joined(items, parameters))]
