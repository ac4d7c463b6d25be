"""Shipped knowledge: facts (tables of dates and names) and rules (what a text says about a device)."""
