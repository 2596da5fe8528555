"""The project's own search gold set and the tests that hold it to what its README promises."""
