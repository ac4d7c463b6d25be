"""One bit a day of what was seen; what the log holds already counts with its first and its last day."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table, written out: a later change of the live schema must not change this step."""
    op.create_table(
        "presence",
        sa.Column("engagement", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("mac", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("days", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("engagement", "source", "address", "mac", "zone", "month"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Refuse: going back would lose what was seen."""
    raise NotImplementedError("a log is never taken back; restore the copy made before the upgrade")
