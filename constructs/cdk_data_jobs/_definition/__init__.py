"""The table of the library's own definitions, and what derives from it. Not public; the classes are in `definitions`."""
