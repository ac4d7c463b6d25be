"""Files that carry one site's log to another machine: on a stick, out of an air gap, to an agency.

`form` is what such a file is, byte by byte; `mask` replaces what names people and places; `export` writes one from a
store; `take` verifies one and joins it to another store, whole or not at all. Nothing here touches a network.
"""
