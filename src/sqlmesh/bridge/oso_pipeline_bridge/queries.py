"""Ends the queries that SQLMesh has running, from another thread."""

from __future__ import annotations

import logging
import typing as t

logger = logging.getLogger(__name__)


def cancel_running(context: t.Any) -> None:
    """Best effort: whatever cannot be reached runs to its end."""
    adapters = [getattr(context, "_engine_adapter", None)]
    for attribute in ("_engine_adapters", "engine_adapters"):
        found = context.__dict__.get(attribute)
        if isinstance(found, dict):
            adapters.extend(found.values())
    for pool in {id(pool): pool for pool in map(_pool_of, adapters) if pool is not None}.values():
        for cursor in _cursors_of(pool):
            try:
                _cancel(cursor)
            except Exception:
                logger.exception("A running query could not be cancelled")


def _pool_of(adapter: t.Any) -> t.Any:
    return getattr(adapter, "_connection_pool", None)


def _cursors_of(pool: t.Any) -> t.List[t.Any]:
    cursors = [*getattr(pool, "_thread_cursors", {}).values(), getattr(pool, "_cursor", None)]
    return [cursor for cursor in cursors if cursor is not None]


def _cancel(cursor: t.Any) -> None:
    if type(cursor).__module__.split(".")[0] == "trino":
        # Cursor.cancel() makes the waiting call return as if the statement had been done, and SQLMesh would store
        # the batch. Ending the query on the server makes that call raise.
        query = getattr(cursor, "_query", None)
        next_uri = getattr(query, "_next_uri", None)
        if query is not None and next_uri is not None and not query.finished:
            query._request.delete(next_uri)
        return
    interrupt = getattr(cursor, "interrupt", None)  # DuckDB
    if callable(interrupt):
        interrupt()
