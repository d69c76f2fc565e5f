"""The values in a template, as far as they are known without a deployment.

What only AWS knows is a placeholder in the string, with a mark that says whether the deployment changes it.
"""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cdk_data_jobs_cli.aws.stack import NESTED_STACK_TYPE, Stack

if TYPE_CHECKING:
    from collections.abc import Mapping

SAME, MAY_CHANGE, REPLACED, NEW = "=", "?", "!", "+"
"""The marks: the value stays, may change, is that of a resource that is replaced, or of a new one."""

_PLACEHOLDER = re.compile("\0([=?!+])([^\0]*)\0")
_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")
_URL_SUFFIXES = {"aws-cn": "amazonaws.com.cn"}
_NOT_THERE = ("", "CREATE_FAILED", "DELETE_COMPLETE", "DELETE_SKIPPED")


def placeholder(mark: str, name: str) -> str:
    """Returns the placeholder of a value; equal ones stand for the same value."""
    return f"\0{mark}{name}\0"


def placeholders(value: object) -> list[tuple[str, str]]:
    """Returns the mark and the name of each placeholder in a resolved value."""
    return _PLACEHOLDER.findall(_strings(value))


def is_placeholder(value: object) -> bool:
    """Returns whether a resolved value is a placeholder and nothing else."""
    return isinstance(value, str) and bool(_PLACEHOLDER.fullmatch(value))


def _strings(value: object) -> str:
    if isinstance(value, dict):
        return "".join(map(_strings, value.values()))
    return "".join(map(_strings, value)) if isinstance(value, list) else str(value)


class Template:
    """A template, and what its intrinsic functions stand for."""

    def __init__(self, body: Mapping[str, Any], stack_id: str, path: str = "") -> None:
        """Creates a template; derived classes say what parameters and references stand for.

        Args:
            body: The template.
            stack_id: The stack's ARN; empty if there is no stack yet.
            path: The logical ids of the nested stacks that lead to it, each followed by `/`.
        """
        self.body = body
        self.path = path
        _, partition, _, region, account, name, *_ = f"{stack_id}::::::".split(":")
        known = {"Partition": partition, "Region": region, "AccountId": account, "StackId": stack_id}
        known["StackName"] = name.partition("/")[2].partition("/")[0]
        known["URLSuffix"] = _URL_SUFFIXES.get(partition, "amazonaws.com")
        self._pseudo_parameters = {f"AWS::{key}": value for key, value in known.items() if stack_id}

    def parameter(self, name: str) -> Any:  # noqa: ANN401 - a parameter may be a list
        """Returns the value of one of the template's parameters."""
        raise NotImplementedError

    def reference(self, logical_id: str, attribute: str) -> str:
        """Returns an attribute of a resource, or its physical id if the attribute is empty."""
        raise NotImplementedError

    def nested(self, logical_id: str) -> Template | None:
        """Returns the template of a nested stack; none if there is none."""
        raise NotImplementedError

    @cached_property
    def resources(self) -> dict[str, dict[str, Any]]:
        """The resources whose condition is met, by logical id."""
        found = self.body.get("Resources", {}).items()
        return {name: one for name, one in found if "Condition" not in one or self._is_met(one["Condition"])}

    @property
    def nested_templates(self) -> dict[str, Template]:
        """The templates of the nested stacks, by logical id."""
        ids = [name for name, resource in self.resources.items() if resource["Type"] == NESTED_STACK_TYPE]
        return {name: nested for name in ids if (nested := self.nested(name))}

    def properties(self, logical_id: str) -> dict[str, Any]:
        """Returns the properties of a resource, resolved."""
        return dict(self.resolve(self.resources[logical_id].get("Properties", {})))

    def resolve(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """Returns a value with its intrinsic functions resolved and its scalars as CloudFormation passes them."""
        if isinstance(value, list):
            return [one for one in map(self.resolve, value) if one is not None]
        if not isinstance(value, dict):
            return value if isinstance(value, str) else json.dumps(value)
        if len(value) == 1:
            [(function, argument)] = value.items()
            if function == "Ref" or function.startswith("Fn::"):
                return self._call(function, argument)
        resolved = {name: self.resolve(member) for name, member in value.items()}
        return {name: member for name, member in resolved.items() if member is not None}

    def _call(self, function: str, argument: Any) -> Any:  # noqa: ANN401 - JSON
        if function == "Ref":
            return self._named(argument)
        if function == "Fn::GetAtt":
            return self._attribute(*(argument if isinstance(argument, list) else argument.split(".", 1)))
        if function == "Fn::If":
            return self.resolve(argument[1] if self._is_met(argument[0]) else argument[2])
        if function == "Fn::Sub":
            text, variables = argument if isinstance(argument, list) else (argument, {})
            substituted = _VARIABLE.sub(lambda match: str(self._substitute(match[1], variables)), text)
            return substituted.replace("${!", "${")
        resolved = self.resolve(argument)
        if function == "Fn::Join" and isinstance(resolved[1], list):
            return resolved[0].join(map(str, resolved[1]))
        marks = {mark for mark, _ in placeholders(resolved)}
        text = json.dumps({function: resolved}, sort_keys=True)
        return placeholder(SAME if marks <= {SAME} else MAY_CHANGE, text)

    def _named(self, name: str) -> Any:  # noqa: ANN401 - JSON
        if name == "AWS::NoValue":
            return None
        if name in self.body.get("Parameters", {}):
            return self.parameter(name)
        if name.startswith("AWS::"):
            return self._pseudo_parameters.get(name, placeholder(SAME, name))
        return self.reference(name, "")

    def _attribute(self, logical_id: str, attribute: Any) -> Any:  # noqa: ANN401 - JSON
        attribute = str(self.resolve(attribute))
        if attribute.startswith("Outputs.") and (nested := self.nested(logical_id)):
            output = nested.body.get("Outputs", {}).get(attribute.removeprefix("Outputs."), {})
            return nested.resolve(output.get("Value", ""))
        return self.reference(logical_id, attribute)

    def _substitute(self, name: str, variables: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        if name in variables:
            return self.resolve(variables[name])
        return self._attribute(*name.split(".", 1)) if "." in name else self._named(name)

    def _is_met(self, condition: Any) -> bool:  # noqa: ANN401 - JSON
        """Returns whether a condition, by name or as an expression, is met; one that is not known counts as met."""
        if isinstance(condition, str):
            return self._is_met(self.body.get("Conditions", {}).get(condition, {}))
        function: str
        argument: Any
        function, argument = next(iter(condition.items()), ("", ()))
        if function == "Condition":
            return self._is_met(argument)
        if function == "Fn::Not":
            return not self._is_met(argument[0])
        if function in ("Fn::And", "Fn::Or"):
            return (all if function == "Fn::And" else any)(map(self._is_met, argument))
        return function != "Fn::Equals" or self.resolve(argument[0]) == self.resolve(argument[1])


class DeployedTemplate(Template):
    """The template that a stack was deployed with last."""

    def __init__(self, stack: Stack, parent: DeployedTemplate | None = None, logical_id: str = "") -> None:
        """Reads the template of a stack.

        Args:
            stack: The stack.
            parent: The template of the stack that it is nested in.
            logical_id: Its logical id there.
        """
        super().__init__(stack.template, stack.id, f"{parent.path}{logical_id}/" if parent else "")
        self.stack = stack
        self._given = parent.properties(logical_id).get("Parameters", {}) if parent else stack.parameters
        self._nested: dict[str, DeployedTemplate | None] = {}

    @cached_property
    def resources(self) -> dict[str, dict[str, Any]]:
        """The resources that exist, by logical id."""
        found = self.body.get("Resources", {}).items()
        return {name: one for name, one in found if self.stack.resource_status(name) not in _NOT_THERE}

    def parameter(self, name: str) -> Any:  # noqa: ANN401 - a parameter may be a list
        """Returns the value that a parameter had."""
        return self._given.get(name, str(self.body["Parameters"][name].get("Default", "")))

    def reference(self, logical_id: str, attribute: str) -> str:
        """Returns a physical id, or an attribute that equals it; a placeholder for all others."""
        physical_id = self.stack.physical_id(logical_id) or ""
        kind = self.body.get("Resources", {}).get(logical_id, {}).get("Type", "").rpartition("::")[2]
        if physical_id and (not attribute or (physical_id.startswith("arn:") and attribute == f"{kind}Arn")):
            return physical_id
        return placeholder(SAME, f"{self.path}{logical_id}.{attribute}")

    def nested(self, logical_id: str) -> DeployedTemplate | None:
        """Returns the template of a nested stack; none if it does not exist."""
        if logical_id not in self._nested:
            stack = self.stack.nested_stack(logical_id)
            self._nested[logical_id] = DeployedTemplate(stack, self, logical_id) if stack else None
        return self._nested[logical_id]
