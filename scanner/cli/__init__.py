"""The command line: parse, call one function, print. Heavy imports stand inside the commands (start time)."""

import importlib
import sys
from collections.abc import Sequence
from typing import Final

import click

from scanner.errors import ScannerError

COMMANDS: Final = (
    "demo", "init", "scan", "attend", "abort", "resume", "discover", "listen", "import", "devices", "show", "findings", "plan", "reach", "ask",
    "assert",
    "identify", "probe", "report", "diff", "decide", "notify", "scope", "audit", "kb", "calibrate", "store", "bundle", "fleet", "lab", "doctor",
)  # fmt: skip
"""In the order in which a newcomer meets them; each is a module of this package (`import` is `import_`, `assert` is `assert_`)."""


class _Lazy(click.Group):
    """Load a command's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in order."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if cmd_name in {"assert", "import"} else cmd_name
        command = importlib.import_module(f"scanner.cli.{name}").command
        return command if isinstance(command, click.Command) else None


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="stalehost")
def stalehost() -> None:
    """Find forgotten devices on networks you are authorized to scan, and say what to fix first.

    Start with `stalehost demo`: it scans a simulated hospital. For your own network: `stalehost init`, edit
    scope.toml, `stalehost scope check`, `stalehost scan`, `stalehost report`.
    """


def main(args: Sequence[str] | None = None) -> None:
    """Run one command; an expected failure is one line on stderr and exit status 2."""
    try:
        status = stalehost.main(args=args, prog_name="stalehost", standalone_mode=False)
    except ScannerError as error:
        click.echo(f"stalehost: {error}", err=True)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stalehost: stopped; what was seen so far is stored", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # the reader of our output went away (head, less): that is no fault of ours
        sys.stderr.close()
        sys.exit(0)
    if isinstance(status, int):
        sys.exit(status)
