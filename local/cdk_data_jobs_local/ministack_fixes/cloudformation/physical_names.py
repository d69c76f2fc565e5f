"""Names that CloudFormation gives to resources without one.

Real CloudFormation makes a name of the stack's name, the logical id and random characters, with hyphens between them.
In a name of at most 63 or 64 characters, stack and logical id have 50 with the hyphen between them. If they are longer,
each is cut off where its half ends: the stack's name after 25 characters, the logical id after 24, and what one does
not need is the other's. So a long stack name is not the beginning of its resources' names. A stack's name that is cut
off behind a hyphen keeps it. All published names follow that rule, such as
`StackSet-AWS-Landing-Zone-Baseline-IamP-LambdaRole-1ROC6UIWPU7BM` and
`emc-notary-email-service--CustomS3AutoDeleteObject-QPvJLrG1d1mb`. The random characters are 12, and 13 in older names;
here they are hexadecimal. That names of other lengths are halved likewise is inferred.

MiniStack 1.5.33 cuts off both and the hyphen together, from the end: of a long stack name, nothing is left of the
logical id.

Needed as long as this test fails without it:
`test_physical_names.py::test_names_are_cut_off_as_published_ones_are`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import sys
from typing import Any

from ministack.core.responses import new_uuid
from ministack.services.cloudformation import provisioners

_RANDOM_CHARACTERS = 12


def patch() -> None:
    """Makes MiniStack cut names off as CloudFormation does."""
    make = provisioners._physical_name
    default_length: int = make.__kwdefaults__["max_len"]

    def physical_name(stack_name: str, logical_id: str, *, max_len: int = default_length, **options: Any) -> str:
        uncut: str = make(stack_name, logical_id, max_len=sys.maxsize, **options)
        random = uncut.rpartition("-")[2][:_RANDOM_CHARACTERS]
        name = cut_name(stack_name, logical_id, random, max_len)
        return name.lower() if options.get("lowercase") else name

    provisioners._physical_name = physical_name


def cut_name(stack_name: str, logical_id: str, random: str, max_length: int) -> str:
    """Returns the name of a resource that has none, as long as it may be."""
    half = (max_length - len(random) - 1) // 2
    stack = stack_name[: max(half, 2 * half - 1 - len(logical_id))]
    return f"{stack}-{logical_id[: 2 * half - 1 - len(stack)]}-{random}"


def generated_id(stack_name: str, logical_id: str) -> str:
    """Returns a physical id for a custom resource that has given none: it has no service that would limit a name."""
    return f"{stack_name}-{logical_id}-{new_uuid().replace('-', '')[:_RANDOM_CHARACTERS].upper()}"
