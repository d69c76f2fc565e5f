"""Conditions of templates.

A condition may join values (User Guide, "Condition functions"). MiniStack 1.5.33 does not, so that CDK's bootstrap
stack believes that it was given policies for CloudFormation's role, and gives it none. Nor does it look at conditions
when it compares templates for a change set: one that changes nothing but what a condition says is "no changes" there.

Needed as long as this test fails without it:
`test_stack_operations.py::test_a_change_set_tells_what_a_condition_changes`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

from typing import Any

from ministack.services.cloudformation import changesets, engine, handlers, stacks


def patch() -> None:
    """Make MiniStack's CloudFormation join values in conditions, and tell what they change."""
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
            return delimiter.join(_texts(items, parameters))
    return {name: _joined(one, parameters) for name, one in value.items()}


def _texts(items: Any, parameters: dict[str, Any]) -> list[str]:
    match items:
        case {"Ref": str(name)} if name in parameters:
            # A CommaDelimitedList is one text here.
            return [item.strip() for item in str(parameters[name]["Value"]).split(",")]
        case [*texts]:
            return [text for one in texts for text in _texts(one, parameters)]
    return [str(_joined(items, parameters))]
