"""Which clauses and requirements a practice is evidence for."""
