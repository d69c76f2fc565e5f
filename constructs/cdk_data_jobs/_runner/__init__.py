"""The resources and policies of a runner. Not public; the construct is in `runner`."""
