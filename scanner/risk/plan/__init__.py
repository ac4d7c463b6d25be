"""Plan what to fix first: moves are proposed by trees, cuts and causes, then chosen by simulating them together.

Read in this order: `change` (what a move does to the network), `trial` (what is lost after it, world by world), `tree`
(every single fix of a world at once), `cut` (the cheapest set that parts two zones), `moves` (all that can be done, and
what it costs), `choose` (which of it, in which order), `planner` (the plan that a report shows), `whatif` (one question).
"""
