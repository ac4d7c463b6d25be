"""One module a protocol heard in a capture."""
