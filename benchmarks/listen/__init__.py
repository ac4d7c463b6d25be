"""A hospital's traffic for `bench_listen.py`, made without the code that it measures."""
