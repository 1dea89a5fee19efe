"""Turns whatever was thrown into one line for the user."""

from __future__ import annotations

import re
import typing as t

from .names import display_name, with_display_names
from .permit import PermitExpired
from .protocol import BridgeError, FailedAudit, Failure

LONGEST_MESSAGE = 600


def in_one_line(text: str) -> str:
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def causes(error: BaseException) -> t.List[BaseException]:
    """The error and what it was raised from, outermost first."""
    chain: t.List[BaseException] = []
    current: t.Optional[BaseException] = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return chain


def message_of(error: BaseException) -> str:
    own = getattr(error, "message", None)  # trino's errors say it without their whole representation
    text = own if isinstance(own, str) and own else str(error)
    query = getattr(error, "query_id", None)
    if isinstance(own, str) and own and isinstance(query, str):
        text = f"{text} (query {query})"
    if not text.strip():
        return type(error).__name__
    # The message of a KeyError or an IndexError alone says nothing.
    name = type(error).__name__
    return in_one_line(f"{name}: {text}" if isinstance(error, (LookupError, AttributeError, TypeError)) else text)


def failure_of(error: BaseException, default_catalog: t.Optional[str]) -> Failure:
    """One model's failure from SQLMesh's NodeExecutionFailedError."""
    from sqlmesh.utils.errors import DestructiveChangeError, NodeAuditsErrors

    model = display_name(_fqn_of_node(getattr(error, "node", None)), default_catalog)
    chain = causes(error)
    for cause in chain:
        if isinstance(cause, NodeAuditsErrors):
            audits: t.List[FailedAudit] = [
                {"name": audit.audit_name, "failing_rows": _as_int(getattr(audit, "count", None))}
                for audit in cause.errors
            ]
            return {"model": model, "reason": "audit", "message": message_of(cause), "audits": audits}
    root = _root_cause(error)
    message = message_of(root)
    if isinstance(root, DestructiveChangeError):
        message = in_one_line(f"{message} Allow it with --allow-destructive-model {model}")
    return {"model": model, "reason": "error", "message": message, "audits": []}


def _root_cause(error: BaseException) -> BaseException:
    root = error
    while root.__cause__ is not None:
        root = root.__cause__
    return root


def _fqn_of_node(node: t.Any) -> str:
    # An EvaluateNode or a CreateNode, a SnapshotId, or a tuple that starts with one of them or a name.
    if isinstance(node, tuple) and node and not hasattr(node, "name"):
        node = node[0]
    for attribute in ("snapshot_name", "name"):
        name = getattr(node, attribute, None)
        if isinstance(name, str):
            return name
    return str(node)


def _as_int(value: t.Any) -> t.Optional[int]:
    return int(value) if isinstance(value, (int, float)) else None


def to_bridge_error(error: BaseException, method: str, default_catalog: t.Optional[str]) -> BridgeError:
    """What a request that broke answers. The stack is in the log only."""
    if isinstance(error, BridgeError):
        return error
    told = _told(error, method)
    told.message = with_display_names(told.message, default_catalog)
    return told


def _told(error: BaseException, method: str) -> BridgeError:
    if isinstance(error, PermitExpired):
        return BridgeError("LEASE_LOST", message_of(error))
    if isinstance(error, KeyboardInterrupt):
        return BridgeError("INTERRUPTED", "interrupted")
    if isinstance(error, ImportError):
        return BridgeError("REQUIREMENT_MISSING", f"Python cannot import what SQLMesh needs: {message_of(error)}")
    chain = causes(error)
    if any(_is_locked_duckdb(cause) for cause in chain):
        return BridgeError(
            "STATE_CONFLICT",
            "another process uses SQLMesh's state, a DuckDB file, which serves one at a time",
            "wait for it, `oso-pipeline status` tells which run it is; a state in Postgres serves many",
        )
    for cause in chain:
        code = _service_code(cause)
        if code:
            return BridgeError(code, message_of(cause))

    from sqlmesh.utils.errors import ConfigError, ConflictingPlanError, LinterError, SQLMeshError

    if isinstance(error, ConflictingPlanError):
        return BridgeError("STATE_CONFLICT", message_of(error), "another plan was applied meanwhile: plan again")
    location = getattr(error, "location", None)
    where = str(location) if location else None
    if isinstance(error, ConfigError) and _misses_engine_library(chain):
        return BridgeError("REQUIREMENT_MISSING", message_of(error))
    if isinstance(error, (ConfigError, LinterError)) or method in ("load", "gateways", "survey"):
        return BridgeError("PROJECT_INVALID", message_of(error), where=where)
    if isinstance(error, SQLMeshError):
        return BridgeError("TRANSFORMATION_FAILED", message_of(error))
    return BridgeError("BRIDGE_FAILED", f"SQLMesh broke off with {type(error).__name__}: {message_of(error)}")


def _is_locked_duckdb(error: BaseException) -> bool:
    """DuckDB has no type or code of its own for it."""
    return type(error).__module__.split(".")[0] in ("duckdb", "_duckdb") and "Could not set lock" in str(error)


def _misses_engine_library(chain: t.Sequence[BaseException]) -> bool:
    return any(isinstance(cause, ImportError) for cause in chain)


def _service_code(error: BaseException) -> t.Optional[str]:
    """By the type's name: the libraries need not be installed here."""
    for kind in type(error).__mro__:
        library = kind.__module__.split(".")[0]
        if library == "trino" and kind.__name__ == "TrinoAuthError":
            return "AUTHENTICATION_FAILED"
        if library == "trino" and kind.__name__ == "HttpError":
            status = re.match(r"error (\d{3})", str(error))
            return _HTTP_CODES.get(status.group(1) if status else "", "SERVICE_UNAVAILABLE")
        if (library, kind.__name__) in _UNREACHABLE:
            return "SERVICE_UNAVAILABLE"
    return None


_HTTP_CODES = {"401": "AUTHENTICATION_FAILED", "403": "PERMISSION_DENIED"}

_UNREACHABLE = {
    ("builtins", "ConnectionError"),
    ("trino", "TrinoConnectionError"),
    ("requests", "ConnectionError"),
    ("psycopg2", "OperationalError"),
    ("psycopg", "OperationalError"),
}
