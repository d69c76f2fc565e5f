"""The table of the library's own definitions, and values derived from them. Not public, unlike `definitions`."""
