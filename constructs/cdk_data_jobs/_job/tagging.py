"""Tags of jobs: those of the scopes and stacks that they are in, validated at synthesis."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import cast

import jsii
from aws_cdk import AspectPriority, Aspects, IAspect, IResolvable, RemoveTag, Stack, Tag, TagManager, TagType
from constructs import Construct, IConstruct, IValidation

from cdk_data_jobs._support.memo import memoize, path_of, stack_of

_PRIORITY = 0  # the lowest, so that tags of a scope or a job itself win
_MAX_TAGS = 50
_MAX_KEY_LENGTH = 128
_MAX_VALUE_LENGTH = 256


def create_tags(job: Construct, resource_type: str) -> TagManager:
    """Returns a job's tags with those of its stacks, which no aspect adds to it.

    Args:
        job: The job.
        resource_type: The type of its custom resource.
    """
    tags = TagManager(TagType.KEY_VALUE, resource_type)
    for key, value in _stack_tags(stack_of(job)).given.items():
        tags.set_tag(key, value, _PRIORITY)
    return tags


def add_tags(job: Construct, tags: TagManager) -> IResolvable:
    """Returns the property for a job's tags, which are validated at synthesis, when those of all scopes are known.

    Args:
        job: The job.
        tags: Its tags.
    """
    rendered = tags.rendered_tags
    stack_tags = _stack_tags(stack_of(job))
    if not stack_tags.managers:
        # An aspect, because tags are rendered before validations run. It is on the first job alone, and changes the
        # tags of all jobs when it is called for that: on the stack it would be called for every construct.
        Aspects.of(job).add(cast("IAspect", stack_tags), priority=AspectPriority.MUTATING)
    stack_tags.managers.append(tags)
    stack_tags.rendered[path_of(job)] = rendered
    return rendered


@memoize
def _stack_tags(stack: Stack) -> "_StackTags":
    stack_tags = _StackTags(stack)
    stack.node.add_validation(cast("IValidation", stack_tags))
    return stack_tags


@jsii.implements(IAspect, IValidation)
class _StackTags:
    """The tags of all jobs of a stack, which are read once when the first job is declared, and again at synthesis."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.given = _inherited_stack_tags(stack)
        self.managers: list[TagManager] = []
        self.rendered: dict[str, IResolvable] = {}

    def visit(self, node: IConstruct) -> None:  # noqa: ARG002 - jsii's interface
        """Applies to the jobs the changes of the stack's own tags since the first job was declared.

        Args:
            node: The first job, or a part of it.
        """
        before, now = self.given, _inherited_stack_tags(self._stack)
        self.given = now
        changed, aspects = {key for key, _ in before.items() ^ now.items()}, _tag_aspects(self._stack)
        for key in sorted(changed - _keys_for(self._stack.tags, aspects)):
            for tags in self.managers:
                # A job that has a tag of its own with that key keeps it.
                if tags.tag_values().get(key) != before.get(key) or key in _keys_for(tags, aspects):
                    continue
                if key in now:
                    tags.set_tag(key, now[key], _PRIORITY)
                else:
                    tags.remove_tag(key, _PRIORITY)

    def validate(self) -> list[str]:
        """Returns the errors in the tags."""
        resolved = self._stack.resolve(self.rendered)
        return [f"{job}: {error}" for job, tags in resolved.items() for error in find_tag_errors(tags)]


def _inherited_stack_tags(stack: Stack) -> dict[str, str]:
    parent = stack.nested_stack_parent
    return {**(_inherited_stack_tags(parent) if parent else {}), **stack.tags.tag_values()}


def _tag_aspects(stack: Stack) -> list[Tag | RemoveTag]:
    aspects = (aspect for scope in stack.node.scopes for aspect in Aspects.of(scope).all)
    return [aspect for aspect in aspects if isinstance(aspect, Tag | RemoveTag)]


def _keys_for(tags: TagManager, aspects: list[Tag | RemoveTag]) -> set[str]:
    """Returns the keys of the tags that aspects set on a stack or a job, or remove from it."""
    found = set()
    for aspect in aspects:
        props = aspect._props  # noqa: SLF001 - nothing public has the types of resources that it is for
        if tags.apply_tag_aspect_here(props.include_resource_types, props.exclude_resource_types):
            found.add(aspect.key)
    return found


def find_tag_errors(tags: Sequence[Mapping[str, object]]) -> list[str]:
    """Returns the errors in a job's tags, each as a message.

    Args:
        tags: The tags, each with `Key` and `Value`, which are strings as far as they are known at synthesis.
    """
    errors = []
    if len(tags) > _MAX_TAGS:
        errors.append(f"a job must have at most {_MAX_TAGS} tags, got {len(tags)}; those of the app and stack count")
    for key, value in ((tag["Key"], tag["Value"]) for tag in tags):
        if not isinstance(key, str):
            continue
        if key.lower().startswith("aws:"):
            errors.append(f"a tag's key must not start with 'aws:', which is reserved, got {key!r}")
        if not 1 <= len(key) <= _MAX_KEY_LENGTH:
            errors.append(f"a tag's key must have 1 to {_MAX_KEY_LENGTH} characters, got {len(key)}: {key!r}")
        known = value if isinstance(value, str) else ""
        if len(known) > _MAX_VALUE_LENGTH:
            errors.append(
                f"a tag's value must have at most {_MAX_VALUE_LENGTH} characters, got {len(known)} for {key!r}"
            )
        if invalid := sorted({*_invalid_characters(key), *_invalid_characters(known)}):
            errors.append(
                "a tag must consist of letters, digits, white space and _ . : / = + - @, got "
                f"{' '.join(map(repr, invalid))} in {key!r}"
            )
    return errors


def _invalid_characters(value: str) -> list[str]:
    """Returns the characters that a tag must not have (Amazon Personalize API Reference, Tag)."""
    return [one for one in value if one not in "_.:/=+-@" and unicodedata.category(one)[0] not in "LZN"]
