"""What the table in `required_actions` consists of: the calls for a resource type, and for other resources."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

Properties = Mapping[str, Any]
Environment = tuple[str, str]
"""A Region and an account."""
_NONE: Mapping[str, Any] = MappingProxyType({})


class Call(NamedTuple):
    """A call that needs permission.

    Args:
        action: The IAM action.
        resource: The ARN of what it is done to.
        keys: The values of condition keys, by the keys' names in lower case.
    """

    action: str
    resource: str
    keys: Mapping[str, Any] = _NONE


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is done to a resource.

    Args:
        operation: `create`, `update` or `delete`.
        arn: The resource.
        properties: Its properties.
        before: Its properties before an update.
        environment: The stack's Region and account.
    """

    operation: str
    arn: str
    properties: Properties
    before: Properties
    environment: Environment

    @property
    def changed(self) -> set[str]:
        """The names of the properties that are set, changed or removed."""
        names = {*self.properties, *self.before}
        return {name for name in names if self.properties.get(name) != self.before.get(name)}


@dataclass(frozen=True, kw_only=True)
class ResourceCalls:
    """The calls for a resource type.

    Args:
        arn: The ARN of such a resource, with `{name}` for its name and `{within}` for what `within` returns.
        name: The property with its name.
        within: Returns what stands before the name in the ARN, such as a path.
        tags: The property whose tags are sent with the first of `create`; empty if they are set by another call.
        create: The actions that create one.
        update: The actions that change one, but for its tags and the properties that the next two name.
        delete: The actions that delete one.
        by_property: Further actions to create one that has a property, or to change that property.
        update_by_property: The actions to change a property that `create` sets.
        delete_by_property: Further actions to delete one that has a property.
        more: The calls for other resources, and those with condition keys of their own.
    """

    arn: str = "*"
    name: str = ""
    within: Callable[[Properties], str] = lambda properties: ""  # noqa: ARG005  (a default for all)
    tags: str = "Tags"
    create: tuple[str, ...] = ()
    update: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()
    by_property: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    update_by_property: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    delete_by_property: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    more: Callable[[Change], Iterator[Call]] | None = None

    def own_actions(self, change: Change) -> Iterator[str]:
        """Yields the actions on the resource itself."""
        if change.operation == "delete":
            yield from self.delete
            yield from _flat(self.delete_by_property, change.properties)
            return
        changed = change.changed
        if change.operation == "create":
            yield from self.create
        elif changed - {"Tags", *self.by_property, *self.update_by_property}:
            yield from self.update
        if change.operation == "update":
            yield from _flat(self.update_by_property, changed)
        yield from _flat(self.by_property, [name for name in changed if change.properties.get(name)])

    def tag_keys(self, change: Change) -> dict[str, Any]:
        """Returns the condition keys for the tags that a resource is created with, but for CloudFormation's own."""
        tags = change.properties.get(self.tags) if self.tags else None
        if not isinstance(tags, Mapping):
            # Those of Personalize are of TagKey and TagValue.
            tags = {tag.get("Key", tag.get("TagKey")): tag.get("Value", tag.get("TagValue")) for tag in tags or ()}
        own = {str(key): str(value) for key, value in tags.items() if not str(key).startswith("aws:")}
        if not own:
            return {}
        return {"aws:tagkeys": [*own], **{f"aws:requesttag/{key.lower()}": value for key, value in own.items()}}


def _flat(actions: Mapping[str, tuple[str, ...]], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from actions.get(name, ())


def code_calls(change: Change) -> Iterator[Call]:
    """Yields the calls that read the code of a function, layer or state machine, and a function's layers."""
    if change.operation == "delete":
        return
    for member in ("Code", "Content", "DefinitionS3Location"):
        code = change.properties.get(member) or {}
        bucket, key = (code.get(f"S3{part}") or code.get(part) for part in ("Bucket", "Key"))
        if bucket and key and code != change.before.get(member):
            yield Call("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}")
    for layer in change.properties.get("Layers", ()):
        if layer not in change.before.get("Layers", ()):
            yield Call("lambda:GetLayerVersion", layer)


def dataset_calls(change: Change) -> Iterator[Call]:
    """Yields the calls for a dataset of Personalize, whose ARN has its group's name and its type."""
    group = str(change.properties.get("DatasetGroupArn")).replace(":dataset-group/", ":dataset/")
    arn = f"{group}/{str(change.properties.get('DatasetType')).upper()}"
    for action in {"create": ("Create", "Describe"), "delete": ("Delete",)}.get(change.operation, ()):
        yield Call(f"personalize:{action}Dataset", arn)


def log_group_calls(change: Change) -> Iterator[Call]:
    """Yields the call that looks for a log group, and those that change its key."""
    if change.operation == "create":
        # Whichever group is looked for (hashicorp/terraform-provider-aws#8804).
        yield Call("logs:DescribeLogGroups", "arn:aws:logs:{}:{}:log-group::log-stream:".format(*change.environment))
    elif change.operation == "update" and "KmsKeyId" in change.changed:
        yield Call(f"logs:{'Associate' if change.properties.get('KmsKeyId') else 'Disassociate'}KmsKey", change.arn)


def role_calls(change: Change) -> Iterator[Call]:
    """Yields the calls for a role's policies and its permissions boundary, which `iam:CreateRole` sets itself."""
    is_deletion = change.operation == "delete"
    new: Properties = {} if is_deletion else change.properties
    old = change.properties if is_deletion else change.before
    boundary = new.get("PermissionsBoundary") or old.get("PermissionsBoundary")
    keys = {"iam:permissionsboundary": boundary} if boundary else {}
    if change.operation == "update" and "PermissionsBoundary" in change.changed:
        action = "Put" if new.get("PermissionsBoundary") else "Delete"
        yield Call(f"iam:{action}RolePermissionsBoundary", change.arn, keys)
    attached, detached = (set(_strings(one, "ManagedPolicyArns")) for one in (new, old))
    for action, policies in (("Attach", attached - detached), ("Detach", detached - attached)):
        for policy in sorted(policies):
            yield Call(f"iam:{action}RolePolicy", change.arn, {**keys, "iam:policyarn": policy})
    written, kept = ({policy.get("PolicyName"): policy for policy in one.get("Policies") or ()} for one in (new, old))
    if any(kept.get(name) != policy for name, policy in written.items()):
        yield Call("iam:PutRolePolicy", change.arn, keys)
    if kept.keys() - written.keys():
        yield Call("iam:DeleteRolePolicy", change.arn, keys)


def inline_policy_calls(change: Change) -> Iterator[Call]:
    """Yields the calls that write a policy into roles, users and groups, or delete it there."""
    for kind, new, old in _identities(change):
        for action, names in (("Put", new), ("Delete", old - new)):
            for name in sorted(names):
                yield Call(f"iam:{action}{kind}Policy", f"arn:aws:iam::{change.environment[1]}:{kind.lower()}/{name}")


def managed_policy_calls(change: Change) -> Iterator[Call]:
    """Yields the calls that attach a policy to roles, users and groups, or detach it."""
    keys = {"iam:policyarn": change.arn}
    for kind, new, old in _identities(change):
        for action, names in (("Attach", new - old), ("Detach", old - new)):
            for name in sorted(names):
                arn = f"arn:aws:iam::{change.environment[1]}:{kind.lower()}/{name}"
                yield Call(f"iam:{action}{kind}Policy", arn, keys)


def _identities(change: Change) -> Iterator[tuple[str, set[str], set[str]]]:
    """Yields each kind of identity, with the names of those that have a policy afterwards and before."""
    is_deletion = change.operation == "delete"
    for kind in ("Role", "User", "Group"):
        names = set(_strings(change.properties, f"{kind}s"))
        yield kind, set() if is_deletion else names, names if is_deletion else set(_strings(change.before, f"{kind}s"))


def _strings(properties: Properties, name: str) -> list[str]:
    return [str(value) for value in properties.get(name) or ()]


def permission_calls(change: Change) -> Iterator[Call]:
    """Yields the calls for a statement of a function's own policy."""
    name = str(change.properties.get("FunctionName"))
    region, account = change.environment
    arn = name if name.startswith("arn:") else f"arn:aws:lambda:{region}:{account}:function:{name}"
    yield Call("lambda:RemovePermission" if change.operation == "delete" else "lambda:AddPermission", arn)


def bucket_policy_calls(change: Change) -> Iterator[Call]:
    """Yields the calls for the policy of a bucket."""
    action = "s3:DeleteBucketPolicy" if change.operation == "delete" else "s3:PutBucketPolicy"
    yield Call(action, f"arn:aws:s3:::{change.properties.get('Bucket')}")


def queue_policy_calls(change: Change) -> Iterator[Call]:
    """Yields the calls for the policy of queues."""
    region, account = change.environment
    for url in _strings(change.properties, "Queues"):
        yield Call("sqs:SetQueueAttributes", f"arn:aws:sqs:{region}:{account}:{url.rpartition('/')[2]}")
