"""The types every stage speaks: frozen data, no I/O, no clock.

Read them in the order of the flow: `net` (addresses and ports), `observation` (what was seen), `rule` and
`knowledge` (what we know), `device` (what it means), `verdict` (age and risk), `assessment` (all a report may say).
"""
