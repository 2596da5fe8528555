"""Tests of the ontology: its content, its shapes, the overlay, and what it becomes in the graph and in RDF."""
