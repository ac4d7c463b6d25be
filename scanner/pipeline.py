"""The whole flow on one page: a scope in, observations into the log, an assessment out."""
