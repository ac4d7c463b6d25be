"""An index by site: a centre reads the log one site at a time."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make it, written out: a later change of the live schema must not change this step."""
    op.create_index("observation_site", "observation", ["engagement", "site"])


def downgrade() -> None:
    """Refuse, as every step does."""
    raise NotImplementedError("a log is never taken back; restore the copy made before the upgrade")
