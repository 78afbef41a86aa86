"""Runs the revisions of one branch; called by host/storage/migrate.py, which hands in connection and branch."""

from __future__ import annotations

from alembic import context

from host.storage.migrate import Branch, comparison_options

branch: Branch = context.config.attributes["branch"]
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=branch.tables,
    version_table=branch.version_table,
    **comparison_options(branch.prefix),
)
with context.begin_transaction():
    context.run_migrations()
