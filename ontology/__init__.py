"""The words: Turtle files, SHACL shapes, and their Python face. Knows nothing of engines, texts or faces."""
