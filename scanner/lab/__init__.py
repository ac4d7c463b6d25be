"""Simulated networks that play the device's side of fixtures; for demo, tests and benchmarks."""
