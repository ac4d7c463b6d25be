"""A simulated quarter of a year of one organisation, apart from the code that judges it."""
