"""The order in which the resources of a stack are deleted.

CloudFormation deletes every resource as soon as nothing depends on it any more, many at once. MiniStack 1.5.33 goes
through them one by one, in the order of their names where dependencies leave a choice. Here they still go one by one,
but in an order that shows what would have gone: what a long deletion does not depend on is gone before it begins.
"""

# ruff: noqa: SLF001  (what ministack does not type, and what ministack does not document)

import heapq
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ministack.services.cloudformation import engine


def sort_for_deletion(
    definitions: Mapping[str, Any], active: Iterable[str], *, takes_long: Callable[[Any], bool]
) -> list[str]:
    """Return the order that is to be reversed: what takes long goes as late as it may.

    Args:
        definitions: the resources of the template.
        active: the names of those that are there.
        takes_long: tells of a resource's definition whether its deletion takes long.
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
