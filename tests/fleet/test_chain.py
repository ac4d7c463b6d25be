"""The commands of the fleet, from nothing to a joint report, against a real server."""

from click.testing import CliRunner

from scanner.cli import fleet, stalehost


def test_every_subcommand_has_help_that_says_what_it_does():
    for name in fleet.COMMANDS:
        said = CliRunner().invoke(stalehost, ["fleet", name, "--help"])
        assert 0 == said.exit_code, said.output
        assert len(said.stdout.splitlines()) > 4


def test_a_subcommand_that_does_not_exist_is_refused():
    assert 2 == CliRunner().invoke(stalehost, ["fleet", "nonsense"]).exit_code
