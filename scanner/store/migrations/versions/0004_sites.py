"""The site that each row came from, and the bundles that were taken in; what was stored before was seen here."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_PLACE = ("engagement", "source", "address", "mac", "zone", "month")


def upgrade() -> None:
    """Make columns and tables, written out: a later change of the live schema must not change this step."""
    op.add_column("observation", sa.Column("site", sa.Text))
    # presence gets a longer key, and SQLite cannot change one: the table is made anew and filled from the old one
    op.create_table(
        "presence_by_site",
        *(sa.Column(name, sa.Text, nullable=False) for name in (*_PLACE, "site")),
        sa.Column("days", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint(*_PLACE, "site"),
        sqlite_strict=True,
    )
    kept = ", ".join(_PLACE)
    op.execute(f"INSERT INTO presence_by_site ({kept}, site, days) SELECT {kept}, '', days FROM presence")  # noqa: S608 - words of ours
    op.drop_table("presence")
    op.rename_table("presence_by_site", "presence")
    op.create_table(
        "bundle",
        sa.Column("engagement", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("site", sa.Text, nullable=False),
        sa.Column("identity", sa.Text, nullable=False),
        sa.Column("taken", sa.Text, nullable=False),
        sa.Column("head", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("engagement", "digest"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Refuse: going back would lose what was seen."""
    raise NotImplementedError("a log is never taken back; restore the copy made before the upgrade")
