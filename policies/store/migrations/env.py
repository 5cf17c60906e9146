"""How Alembic reaches the database: by the connection that :mod:`policies.store.migrating` passes in."""

from __future__ import annotations

from alembic import context

from policies.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
