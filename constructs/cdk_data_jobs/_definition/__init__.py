"""What the library does with the definitions of kinds of jobs. Not public; the classes are in `definitions`."""
