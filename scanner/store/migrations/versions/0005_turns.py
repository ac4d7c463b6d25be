"""In which order rows came in, and how far what was exported for each receiver reaches; rows from before bear turn 0."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make columns and tables, written out: a later change of the live schema must not change this step."""
    whole = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    for table in ("observation", "presence", "run"):
        op.add_column(table, sa.Column("turn", whole, nullable=False, server_default="0"))
    op.create_table(
        "turn",
        sa.Column("engagement", sa.Text, nullable=False),
        sa.Column("last", whole, nullable=False),
        sa.PrimaryKeyConstraint("engagement"),
        sqlite_strict=True,
    )
    op.create_table(
        "receiver",
        sa.Column("engagement", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("turn", whole, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("before", whole, nullable=False),
        sa.Column("follows", sa.Text),
        sa.Column("written", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("engagement", "name"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Refuse: going back would lose what was seen."""
    raise NotImplementedError("a log is never taken back; restore the copy made before the upgrade")
