"""Alembic's entry: runs the migrations on the connection that store.migrate hands over."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from appliance.store.tables import Base
from appliance.store.tables.columns import UtcDateTime


def _render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    # A migration must not change when our own type does.
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=_render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
