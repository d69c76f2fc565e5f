"""Names that CloudFormation gives to resources without one.

Real CloudFormation makes a name of the stack's, the logical id and random characters, with hyphens between them. Where
a name would be too long for its service, the logical id is cut off, and the hyphen before the random characters stays
(`CdkStack-CustomS3AutoDeleteObjectsCustomResourcePr-1LS0U5IUQ8O0Y` and other roles in public repositories).
MiniStack 1.5.33 cuts that hyphen off, too.

Needed as long as this test fails without it:
`test_physical_names.py::test_a_name_that_is_cut_off_keeps_the_hyphen_before_its_random_part`.
"""

# ruff: noqa: ANN401, SLF001  (what ministack does not type, and what ministack does not document)

import re
from typing import Any

from ministack.services.cloudformation import provisioners


def patch() -> None:
    """Makes MiniStack keep the hyphen."""
    make = provisioners._physical_name

    def physical_name(*arguments: Any, **options: Any) -> str:
        return re.sub(r".([0-9A-Fa-f]{13})$", r"-\1", make(*arguments, **options))

    provisioners._physical_name = physical_name
