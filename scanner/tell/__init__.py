"""Tells somebody what changed: by mail, by a web hook or by syslog, to the one place that the operator configured.

Off by default. What is told is a subject and a few lines without addresses; `report.difftext.brief` makes them.
`settings` reads where to; each way of telling is a room of its own: `mail` starts sendmail, `hook` posts over HTTPS,
`syslog` writes to a socket. Nothing else in the program sends anything for the sake of telling.
"""
