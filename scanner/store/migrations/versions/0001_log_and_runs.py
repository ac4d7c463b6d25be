"""The log of observations and the run snapshots."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make both tables, written out: a later change of the live schema must not change this step."""
    op.create_table(
        "observation",
        sa.Column("engagement", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("address", sa.Text),
        sa.Column("mac", sa.Text),
        sa.Column("port", sa.Text),
        sa.Column("zone", sa.Text),
        sa.Column("vantage", sa.Text),
        sa.Column("first", sa.Text, nullable=False),
        sa.Column("last", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("engagement", "id"),
        sqlite_strict=True,
    )
    op.create_index("observation_address", "observation", ["engagement", "address"])
    op.create_table(
        "run",
        sa.Column("engagement", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("started", sa.Text, nullable=False),
        sa.Column("snapshot", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("engagement", "id"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Refuse: going back would lose what was seen."""
    raise NotImplementedError("a log is never taken back; restore the copy made before the upgrade")
