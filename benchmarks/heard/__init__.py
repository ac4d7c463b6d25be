"""What systems say in passing, for bench_heard: nothing here knows the code that is judged."""
