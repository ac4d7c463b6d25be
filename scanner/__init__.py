"""Find forgotten devices on a network you may scan, and say what they would let an intruder reach.

The whole flow, one way, is `scanner.pipeline`; the types that pass along it are in `scanner.model`.
"""
