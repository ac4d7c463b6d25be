"""Networks to plan for, and other ways to say what to fix first; neither knows how the planner works."""
