"""How the state of jobs is shown: as a table in a terminal, as lines, or as JSON."""
