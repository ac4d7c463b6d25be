"""Say what a device would let an intruder touch, and what to fix first."""
