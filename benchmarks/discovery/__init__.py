"""The worlds of the discovery benchmark, who plays in them, and the tools that are held against each other."""
