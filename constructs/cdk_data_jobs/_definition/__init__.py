"""The table of the library's own definitions, and values derived from a definition. The classes are in `definitions`."""
