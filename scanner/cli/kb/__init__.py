"""Look at the knowledge that verdicts rest on, and bring newer facts in: `status.py` looks, `change.py` changes."""

import click

from scanner.cli.kb import change, status


@click.group("kb")
def command() -> None:
    """Show how old the knowledge is, and bring newer facts in, from the network or from files.

    Nothing is fetched unless you ask, and nothing about your network is ever sent. On a site without a network:
    `kb fetch DIR` elsewhere, carry DIR over, `kb import DIR` here.
    """


for _one in (
    status.status,
    change.update,
    change.fetch,
    change.take_in,
    status.verify,
    status.diff,
    change.rollback,
    change.pin,
):
    command.add_command(_one)
