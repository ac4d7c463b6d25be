"""Find which addresses answer and which ports are open."""
