"""Networks in the forms in which attack research publishes them, read for tests and benchmarks."""
