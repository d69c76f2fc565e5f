"""The library's own definitions, and what follows from a definition. Not public; the classes are in `definitions`."""
