"""Training of the static embedding model: not imported at run time."""
