"""What can be taken away from the policies of a template: actions, resources, principals and conditions, one by one.

They are found in the template, so that a statement that the library learns to write is taken away too.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Json = Any
Template = dict[str, Any]

NOTHING = {"Effect": "Allow", "Action": "proof:Nothing", "Resource": "*"}
NOBODY = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "nobody.amazonaws.com"}}


@dataclass(frozen=True)
class Mutation:
    """Something that is taken away.

    Attributes:
        policy: Whose policy it is, the same in every template that has such a policy.
        action: The IAM action.
        part: What is taken: `` for the action itself, or one of the statement's resources or principals.
        stack: The number of the stack, in the order of their deployment.
        resource: The logical id of the resource whose policy it is.
        document: Where in the resource the policy is; nowhere if the resource itself goes.
        statement: The statement's number in it.
        changed: The statement without it.
    """

    policy: str
    action: str
    part: str
    stack: int
    resource: str
    document: tuple[str | int, ...]
    statement: int
    changed: Json

    @property
    def key(self) -> tuple[str, str, str]:
        """What is the same for what is taken from other templates."""
        return self.policy, self.action, self.part

    def apply(self, templates: list[Template]) -> list[Template]:
        """Return the templates without it."""
        templates = copy.deepcopy(templates)
        if not self.document:
            return [_less(template, self.resource) for template in templates]
        place = templates[self.stack]["Resources"][self.resource]["Properties"]
        for step in self.document:
            place = place[step]
        place["Statement"][self.statement] = self.changed
        return templates


@dataclass(frozen=True)
class Statement:
    """A statement of a policy in a template, as `Mutation` has it."""

    policy: str
    stack: int
    resource: str
    document: tuple[str | int, ...]
    number: int
    body: dict[str, Any]


def statements(templates: list[Template]) -> Iterator[Statement]:
    """Find every statement of every policy."""
    for number, template in enumerate(templates):
        for logical_id, resource in template["Resources"].items():
            find = _DOCUMENTS.get(resource["Type"])
            for policy, path, document in find(template, logical_id, resource) if find else ():
                for index, body in enumerate(document["Statement"]):
                    if not _is_managing(body):
                        yield Statement(_for(policy, body, document), number, logical_id, path, index, body)


def mutations(templates: list[Template]) -> Iterator[Mutation]:
    """Find what can be taken away."""
    for one in statements(templates):
        if one.body["Effect"] == "Allow":
            for action, part, changed in _without(one.body, is_trust="AssumeRole" in str(one.document)):
                yield Mutation(one.policy, action, part, one.stack, one.resource, one.document, one.number, changed)
    for number, template in enumerate(templates):
        for logical_id, resource in template["Resources"].items():
            if resource["Type"] == "AWS::Lambda::Permission":
                properties = resource["Properties"]
                policy = f"the function's policy for {properties['Principal']}"
                yield Mutation(policy, properties["Action"], "", number, logical_id, (), 0, None)


def _less(template: Template, logical_id: str) -> Template:
    resources = {name: one for name, one in template["Resources"].items() if name != logical_id}
    for one in resources.values():
        one["DependsOn"] = [name for name in _listed(one.get("DependsOn", [])) if name != logical_id]
    return {**template, "Resources": resources}


def _without(body: dict[str, Any], *, is_trust: bool) -> Iterator[tuple[str, str, Json]]:
    actions = _listed(body["Action"])
    nothing = NOBODY if is_trust else {**NOTHING, **({"Principal": body["Principal"]} if "Principal" in body else {})}
    for action in actions:
        left = [one for one in actions if one != action]
        yield action, "", {**body, "Action": left} if left else nothing
    resources = _listed(body.get("Resource", []))
    for resource in resources if len(resources) > 1 else ():
        left = [one for one in resources if one != resource]
        yield ", ".join(actions), f"resource {kind_of(resource)}", {**body, "Resource": left}
    principals = list(_principals(body))
    for kind, principal in principals if len(principals) > 1 else ():
        left = {
            name: [one for one in _listed(values) if (name, one) != (kind, principal)]
            for name, values in body["Principal"].items()
        }
        whose = _text(principal) if kind == "Service" else _who(principal)
        yield (
            ", ".join(actions),
            f"principal {whose}",
            {**body, "Principal": {name: values for name, values in left.items() if values}},
        )


def _principals(body: dict[str, Any]) -> Iterator[tuple[str, Json]]:
    principals = body.get("Principal", {})
    if isinstance(principals, dict):
        for kind, values in principals.items():
            yield from ((kind, value) for value in _listed(values))


def _services(body: dict[str, Any]) -> list[tuple[str, Json]]:
    return [(kind, value) for kind, value in _principals(body) if kind == "Service"]


def _text(value: Json) -> str:
    match value:
        case {"Fn::Join": [_, parts]}:
            return "".join(part if isinstance(part, str) else _named(part) for part in parts)
    return value if isinstance(value, str) else _named(value)


def kind_of(resource: Json) -> str:
    """A resource's ARN, without what is different in every stack."""
    match resource:
        case str():
            return resource
        case {"Fn::Join": _}:
            return re.sub("[0-9a-f]{8,}", "<hash>", re.sub(r"^.*:(?=[^:]*$)", "", _text(resource)))
    return _named(resource)


def _named(part: Json) -> str:
    match part:
        case {"Fn::GetAtt": [str(name), _]} | {"Ref": str(name)}:
            return f"<{re.sub(r'[0-9A-F]{8}$', '', name)}>"
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{.*?\}", "", text)
        case {"Fn::ImportValue": str(name)}:
            return f"<{name.partition(':ExportsOutput')[2]}>"
    return json.dumps(part)


def _who(principal: Json) -> str:
    return "account" if "root" in json.dumps(principal) else "role"


# --- which policies there are ---

Documents = Iterator[tuple[str, tuple[str | int, ...], dict[str, Any]]]


def _role_documents(_template: Template, _logical_id: str, resource: Json) -> Documents:
    owner, properties = _owner(resource), resource["Properties"]
    if not owner:
        return
    yield f"trust policy of {owner}", ("AssumeRolePolicyDocument",), properties["AssumeRolePolicyDocument"]
    for number, policy in enumerate(properties.get("Policies", [])):
        yield f"policy of {owner}", ("Policies", number, "PolicyDocument"), policy["PolicyDocument"]


def _policy_documents(template: Template, _logical_id: str, resource: Json) -> Documents:
    roles = [role["Ref"] for role in resource["Properties"]["Roles"] if "Ref" in role]
    owner = _owner(template["Resources"][roles[0]]) if roles else _FUNCTION
    path = resource["Metadata"]["aws:cdk:path"].partition("/")[2]
    if owner == _FUNCTION and not path.startswith("DataJob"):
        owner = _FOR_ONE_JOB
    yield f"policy of {owner}", ("PolicyDocument",), resource["Properties"]["PolicyDocument"]


def _named_documents(what: str, where: str) -> Callable[[Template, str, Json], Documents]:
    def documents(_template: Template, logical_id: str, resource: Json) -> Documents:
        if not logical_id.startswith("Own"):
            yield what, (where,), resource["Properties"][where]

    return documents


_DOCUMENTS: dict[str, Callable[[Template, str, Json], Documents]] = {
    "AWS::IAM::Role": _role_documents,
    "AWS::IAM::Policy": _policy_documents,
    "AWS::S3::BucketPolicy": _named_documents("bucket policy", "PolicyDocument"),
    "AWS::KMS::Key": _named_documents("key policy", "KeyPolicy"),
    "AWS::SQS::QueuePolicy": _named_documents("queue policy", "PolicyDocument"),
}

_FUNCTION = "the function"
_FOR_ONE_JOB = f"{_FUNCTION} for one job"


def _owner(role: Json) -> str:
    """Whose role it is; nobody's of the library's if it is the app's own."""
    path = role.get("Metadata", {}).get("aws:cdk:path", "").partition("/")[2]
    if path.startswith("Own"):
        return ""
    if found := re.match(r"DataJobAccess/(Personalize|Pinpoint)(.*)/Role/", path):
        does = [does for does, word in (("reads", "Read"), ("writes", "Write")) if word in found[2]]
        return f"the role of {found[1]} that {' and '.join(does)}"
    known = {
        "DataJobRunner/Role": _FUNCTION,
        "DataJobRunner/StateMachineRole": "the state machine",
        "DataJobAccess/Schedules": "the schedules",
    }
    return next((owner for start, owner in known.items() if path.startswith(start)), "the role of an AwsJob")


def _for(policy: str, body: dict[str, Any], document: dict[str, Any]) -> str:
    services = sorted(_text(value) for _, value in _services(body))
    if policy not in ("bucket policy", "key policy", "queue policy") or not services:
        return policy
    mine = [one for one in document["Statement"] if services == sorted(_text(value) for _, value in _services(one))]
    actions = {action for one in mine for action in _listed(one["Action"])}
    direction = {(True, False): ", reading", (False, True): ", writing", (True, True): ", reading and writing"}.get(
        ("s3:GetObject" in actions, "s3:PutObject" in actions), ""
    )
    return f"{policy} for {services[0]}{direction}"


def _is_managing(body: dict[str, Any]) -> bool:
    """Whether a statement of a key's policy lets the account manage the key, which is CDK's and the app's own."""
    actions = _listed(body["Action"])
    return "kms:*" in actions or "kms:Put*" in actions


def _listed(value: Json) -> list[Any]:
    return value if isinstance(value, list) else [value]


# --- what keeps others out ---


@dataclass(frozen=True)
class Guard:
    """A condition of a statement that allows something, or a statement that denies something.

    Attributes:
        policy: Whose policy it is, as `Mutation` has it.
        action: The IAM action.
        keys: The condition keys.
        stack: The number of the stack.
        resource: The logical id of the resource whose policy it is.
    """

    policy: str
    action: str
    keys: tuple[str, ...]
    stack: int
    resource: str


def guards(templates: list[Template]) -> Iterator[Guard]:
    """Find them all."""
    for one in statements(templates):
        keys = tuple(key for block in one.body.get("Condition", {}).values() for key in block)
        if keys or one.body["Effect"] == "Deny":
            deny = "Deny " if one.body["Effect"] == "Deny" else ""
            yield Guard(one.policy, deny + ", ".join(_listed(one.body["Action"])), keys, one.stack, one.resource)


def without_key(document: dict[str, Any], action: str, keys: tuple[str, ...]) -> dict[str, Any]:
    """Return a policy without some condition keys of the statements on an action."""
    document = copy.deepcopy(document)
    for statement in document["Statement"]:
        if action in _listed(statement["Action"]):
            conditions = {
                operator: {key: value for key, value in block.items() if key not in keys}
                for operator, block in statement.get("Condition", {}).items()
            }
            statement["Condition"] = {operator: block for operator, block in conditions.items() if block}
    return document


def without_deny(document: dict[str, Any]) -> dict[str, Any]:
    """Return a policy that denies nothing."""
    return {**document, "Statement": [one for one in document["Statement"] if one["Effect"] != "Deny"]}
