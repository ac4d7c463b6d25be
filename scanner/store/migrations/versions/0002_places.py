"""How far each ask of a run has come, so that a killed run goes on where it stood."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table, written out: a later change of the live schema must not change this step."""
    op.create_table(
        "place",
        sa.Column("engagement", sa.Text, nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("ask", sa.Text, nullable=False),
        sa.Column("place", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("engagement", "run", "ask"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Refuse: going back would lose what was seen."""
    raise NotImplementedError("a log is never taken back; restore the copy made before the upgrade")
