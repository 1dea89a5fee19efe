"""What goes to the databases: each statement needs the permit, carries the mark, and is remembered if it writes."""

from __future__ import annotations

import functools
import logging
import re
import sys
import threading
import typing as t

from .channel import Channel
from .permit import Permit
from .protocol import Mark

logger = logging.getLogger(__name__)

# What Trino takes for its list of queries before a run has told its own.
DEFAULT_SOURCE = "oso-pipeline"

_SOURCE_HEADER = "X-Trino-Source"
_TAGS_HEADER = "X-Trino-Client-Tags"

_COMMENTS = re.compile(r"\s*(?:/\*.*?\*/|--[^\n]*(?:\n|$)|\()", re.DOTALL)
_READING = {"SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "VALUES", "TABLE", "SET", "RESET", "USE"}


def writes(sql: str) -> bool:
    """Whether a statement may change a table or a view, by its first word."""
    start = 0
    while (comment := _COMMENTS.match(sql, start)) is not None:
        start = comment.end()
    word = re.match(r"\s*(\w+)", sql[start:])
    return word is not None and word.group(1).upper() not in _READING


class Statements:
    def __init__(self, channel: Channel, permit: Permit) -> None:
        self._channel = channel
        self._permit = permit
        self._of_batch = threading.local()
        self._watches_trino = False
        self.mark: Mark = {"source": DEFAULT_SOURCE, "client_tags": []}

    def begin_batch(self) -> None:
        """From here on what this thread writes belongs to one batch. SQLMesh evaluates a batch within one thread."""
        self._tell(self.end_batch())
        self._of_batch.queries = []

    def end_batch(self, is_stored: bool = False) -> t.List[str]:
        queries: t.List[str] = getattr(self._of_batch, "queries", None) or []
        self._of_batch.queries = None
        if is_stored:
            return queries
        self._tell(queries)
        return []

    def watch(self) -> None:
        """Comes between SQLMesh and its connections, also those that are open already."""
        from sqlmesh.core.engine_adapter.base import EngineAdapter

        _wrap(EngineAdapter, "_execute", self._permitted)

    def _permitted(self, execute: t.Callable[..., t.Any], *args: t.Any, **kwargs: t.Any) -> t.Any:
        self._permit.require()
        # Not imported where nothing needs it; whoever has a cursor of Trino's has imported it.
        client = sys.modules.get("trino.client")
        if client is not None and not self._watches_trino:
            self._watches_trino = True
            _wrap(client.TrinoRequest, "post", self._marked)
        return execute(*args, **kwargs)

    def _marked(
        self,
        post: t.Callable[..., t.Any],
        request: t.Any,
        sql: str,
        additional_http_headers: t.Optional[t.Dict[str, t.Any]] = None,
        **kwargs: t.Any,
    ) -> t.Any:
        self._permit.require()
        own_tags = getattr(getattr(request, "_client_session", None), "client_tags", None) or []
        headers = {**(additional_http_headers or {}), _SOURCE_HEADER: self.mark["source"]}
        tags = [*own_tags, *self.mark["client_tags"]]
        if tags:
            headers[_TAGS_HEADER] = ",".join(tags)
        response = post(request, sql, headers, **kwargs)
        if writes(sql):
            self._remember(response)
        return response

    def _remember(self, response: t.Any) -> None:
        try:
            query = response.json().get("id")
        except Exception:
            return  # No answer of Trino's; its client says so.
        if not isinstance(query, str):
            return
        of_batch: t.Optional[t.List[str]] = getattr(self._of_batch, "queries", None)
        if of_batch is None:
            self._tell([query])
        else:
            of_batch.append(query)

    def _tell(self, queries: t.Sequence[str]) -> None:
        if queries:
            self._channel.event("statements", queries=list(queries))


def _wrap(owner: t.Any, name: str, around: t.Callable[..., t.Any]) -> None:
    """Replaces a method by one that gets the original as its first argument."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(*args: t.Any, **kwargs: t.Any) -> t.Any:
        return around(original, *args, **kwargs)

    setattr(owner, name, wrapped)
