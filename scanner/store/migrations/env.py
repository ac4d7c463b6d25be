"""Run by alembic: apply the schema steps on the connection that the store handed over."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
