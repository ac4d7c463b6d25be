"""How files that others wrote are read: opened within bounds, line by line, row by row, element by element.

`opened` unpacks and decodes, and keeps what had to be left out; `rows`, `elements` and `records` read CSV, XML and JSON
without ever holding a whole file; `told` makes observations of what was read. The formats stand in `scanner.observe.imports`.
"""
