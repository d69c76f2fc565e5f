"""The order in which the resources of a stack are deleted, for the fix `parallel`.

CloudFormation deletes every resource as soon as nothing depends on it any more, many at once. MiniStack 1.5.33 goes
through them one by one, in the order of their names where dependencies leave a choice. Here they still go one by one,
but long deletions come as late as possible, so that all that AWS would have deleted meanwhile is deleted before.
"""

# ruff: noqa: SLF001  (what ministack does not type, and what ministack does not document)

import heapq
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ministack.services.cloudformation import engine


def sort_for_deletion(
    definitions: Mapping[str, Any], active: Iterable[str], *, takes_long: Callable[[Any], bool]
) -> list[str]:
    """Returns the reverse of the order of deletion, in which what takes long comes as late as possible.

    Args:
        definitions: The resources of the template.
        active: The names of those that are there.
        takes_long: Returns for a resource's definition whether its deletion takes long.
    """
    names = set(active)
    needs = {name: engine._extract_deps(definitions[name], names) - {name} for name in names}
    needing = {name: {other for other in names if name in needs[other]} for name in names}
    ready = [(takes_long(definitions[name]), name) for name in names if not needing[name]]
    heapq.heapify(ready)
    deleted: list[str] = []
    while ready:
        _, name = heapq.heappop(ready)
        deleted.append(name)
        for other in needs[name]:
            needing[other].discard(name)
            if not needing[other]:
                heapq.heappush(ready, (takes_long(definitions[other]), other))
    return deleted[::-1]
