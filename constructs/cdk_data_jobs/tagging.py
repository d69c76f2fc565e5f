"""How the tags of a construct become the tags of a job."""

from typing import cast

import jsii
from aws_cdk import AspectPriority, Aspects, IAspect, IResolvable, RemoveTag, Stack, Tag, TagManager, TagType
from constructs import Construct, IConstruct, IValidation

from cdk_data_jobs.asked import once, path_of, stack_of
from cdk_data_jobs.checks import tag_errors

_PRIORITY = 0  # what a scope or a job says itself wins


def make_tags(job: Construct, resource_type: str) -> TagManager:
    """Returns the tags of a job: those that its stacks were given themselves, which no aspect brings to it.

    Args:
        job: The job.
        resource_type: The type of its custom resource.
    """
    tags = TagManager(TagType.KEY_VALUE, resource_type)
    for key, value in _stack_tags_of(stack_of(job)).given.items():
        tags.set_tag(key, value, _PRIORITY)
    return tags


def add_tags(job: Construct, tags: TagManager) -> IResolvable:
    """Returns the property for a job's tags, and has them checked at synthesis, when those of all scopes are known.

    Args:
        job: The job.
        tags: Its tags.
    """
    rendered = tags.rendered_tags
    of_stack = _stack_tags_of(stack_of(job))
    if not of_stack.managers:
        # An Aspect, because tags are rendered before validations run. It sits on the first job alone, and changes the
        # tags of all jobs when it comes there: on the stack it would be called for every construct.
        Aspects.of(job).add(cast("IAspect", of_stack), priority=AspectPriority.MUTATING)
    of_stack.managers.append(tags)
    of_stack.rendered[path_of(job)] = rendered
    return rendered


@once
def _stack_tags_of(stack: Stack) -> "_StackTags":
    made = _StackTags(stack)
    stack.node.add_validation(cast("IValidation", made))
    return made


@jsii.implements(IAspect, IValidation)
class _StackTags:
    """The tags of all jobs of a stack, for which it asks once when the first is declared, and at synthesis."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.given = _tags_of_stacks(stack)
        self.managers: list[TagManager] = []
        self.rendered: dict[str, IResolvable] = {}

    def visit(self, node: IConstruct) -> None:  # noqa: ARG002 - jsii's interface
        """Gives the jobs what the stack was given, and takes from them what it lost, since the first was declared.

        Args:
            node: The first job, or a part of it.
        """
        before, now = self.given, _tags_of_stacks(self._stack)
        self.given = now
        changed, aspects = {key for key, _ in before.items() ^ now.items()}, _tag_aspects(self._stack)
        for key in sorted(changed - _keys_for(self._stack.tags, aspects)):
            for tags in self.managers:
                # A job that was given a tag of its own by that key keeps it.
                if tags.tag_values().get(key) != before.get(key) or key in _keys_for(tags, aspects):
                    continue
                if key in now:
                    tags.set_tag(key, now[key], _PRIORITY)
                else:
                    tags.remove_tag(key, _PRIORITY)

    def validate(self) -> list[str]:
        """Returns what is wrong with the tags."""
        resolved = self._stack.resolve(self.rendered)
        return [f"{job}: {error}" for job, tags in resolved.items() for error in tag_errors(tags)]


def _tags_of_stacks(stack: Stack) -> dict[str, str]:
    parent = stack.nested_stack_parent
    return {**(_tags_of_stacks(parent) if parent else {}), **stack.tags.tag_values()}


def _tag_aspects(stack: Stack) -> list[Tag | RemoveTag]:
    aspects = (aspect for scope in stack.node.scopes for aspect in Aspects.of(scope).all)
    return [aspect for aspect in aspects if isinstance(aspect, Tag | RemoveTag)]


def _keys_for(tags: TagManager, aspects: list[Tag | RemoveTag]) -> set[str]:
    """Returns the keys that aspects set or remove of a stack's or a job's tags: they come there themselves."""
    found = set()
    for aspect in aspects:
        props = aspect._props  # noqa: SLF001 - nothing public tells which types of resources it is for
        if tags.apply_tag_aspect_here(props.include_resource_types, props.exclude_resource_types):
            found.add(aspect.key)
    return found
