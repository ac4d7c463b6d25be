"""Run many sites: a module a subcommand, loaded when it is asked for; what they need of PostgreSQL is an extra."""

import importlib
from typing import Final

import click

from scanner.errors import HostError

COMMANDS: Final = (
    "init", "site", "invite", "enrol", "sensor", "centre", "order", "status", "schedule", "blackout", "resume", "rest", "health",
    "report", "revoke", "retire",
)  # fmt: skip
"""In the order in which a newcomer meets them; each is a module of this package with a `command`."""

_EXTRA: Final = frozenset({"psycopg", "psycopg_binary", "procrastinate"})


class _Lazy(click.Group):
    """Load a subcommand's module when it is asked for; the fleet itself is loaded as it runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every subcommand, in order."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one subcommand."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"scanner.cli.fleet.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def invoke(self, ctx: click.Context) -> object:
        """Run a subcommand; say what to install where the extra is missing."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in _EXTRA:
                raise
            raise HostError(
                "the fleet needs the driver and the queue: pip install 'stalehost[server]'"
            ) from error


@click.group("fleet", cls=_Lazy)
def command() -> None:
    """Run many sites from one centre: sensors look, by their own signed scope, and the centre judges.

    The centre: `fleet init`, keep `fleet centre` running, then for each site `fleet site` and `fleet invite`.
    A sensor: `fleet enrol FILE` once, then keep `fleet sensor` running; it connects outward only. `fleet order all`
    has every site looked at now, `fleet schedule` at its time; the centre writes one report of all.
    """
