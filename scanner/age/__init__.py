"""How old a device is: `lifecycle.judge` (does its maker still mend it, when was it last mended), `forgotten.judge`.

`evidence` says what can be dated, `editions` turns it into edition hypotheses, `horizon` brackets the last update.
"""
