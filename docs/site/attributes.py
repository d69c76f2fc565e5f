"""Tells mkdocstrings what a job's attributes are: strings, though the class has descriptors."""

from __future__ import annotations

import griffe


class JobAttributes(griffe.Extension):
    """Shows `status = Attribute("status")` as a property of the type `str`."""

    def on_attribute_instance(self, *, attr: griffe.Attribute, **_: object) -> None:
        """Griffe calls it for each attribute that it has read.

        Args:
            attr: The attribute.
        """
        if str(attr.value).partition("(")[0] == "Attribute":
            attr.value, attr.annotation, attr.labels = None, "str", {"property"}
