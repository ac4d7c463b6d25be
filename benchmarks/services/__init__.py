"""The networks in which bench_services measures, apart from the code that is measured."""
