"""The wire format. `docs/bridge.md` describes it; `src/sqlmesh/protocol.ts` is its other side."""

from __future__ import annotations

import typing as t

PROTOCOL_VERSION = 3

Method = t.Literal[
    "hello",
    "load",
    "select",
    "plan",
    "narrow",
    "stored",
    "accept_as_written",
    "apply",
    "run",
    "mark",
    "coverage",
    "table_references",
    "gateways",
    "survey",
    "close",
    "cancel",
    "permit",
]


class Request(t.TypedDict):
    id: int
    method: str
    params: t.Dict[str, t.Any]


class Hello(t.TypedDict):
    protocol: int
    python: str
    executable: str
    # None where the interpreter has no such package.
    sqlmesh: t.Optional[str]
    sqlglot: t.Optional[str]


class Model(t.TypedDict):
    name: str
    kind: str
    tags: t.List[str]
    cron: str
    owner: t.Optional[str]
    description: t.Optional[str]
    depends_on: t.List[str]
    time_column: t.Optional[str]
    path: t.Optional[str]
    audits: t.List[str]


class Loaded(t.TypedDict):
    # SQLMesh's `project`; empty where the project has none.
    project: str
    gateway: str
    # Whose queries these are in Trino; None on another engine.
    trino_user: t.Optional[str]
    models: t.List[Model]
    environments: t.List[str]


class TrinoConnection(t.TypedDict):
    scheme: str
    host: str
    port: int
    user: str
    catalog: str
    # As SQLMesh spells it: no-auth, basic, ldap, jwt, certificate, kerberos, oauth.
    method: str
    verify: bool
    # Paths of PEM files.
    ca: t.Optional[str]
    client_certificate: t.Optional[str]
    client_key: t.Optional[str]


class Gateway(t.TypedDict):
    # Empty for the one connection of a project without named gateways.
    name: str
    engine: str
    state_engine: str
    is_default: bool
    trino: t.Optional[TrinoConnection]


class AcceptedValues(t.TypedDict):
    column: str
    values: t.List[t.Union[str, int]]


class SurveyedModel(t.TypedDict):
    name: str
    kind: str
    tags: t.List[str]
    depends_on: t.List[str]
    audits: t.List[str]
    # Columns that are unique together, for each way in which the model says so.
    keys: t.List[t.List[str]]
    references: t.List[str]
    not_null: t.List[str]
    accepted_values: t.List[AcceptedValues]
    time_column: t.Optional[str]
    # None where the column's type is not known without a query.
    time_is_temporal: t.Optional[bool]
    # None where it cannot be told.
    cadence_seconds: t.Optional[int]


class Selection(t.TypedDict):
    selector: str
    models: t.List[str]
    error: t.Optional[str]


class PlanLimits(t.TypedDict, total=False):
    # Only the changes of these models; all changes where left out.
    only_models: t.List[str]


class PlanParams(PlanLimits):
    environment: str
    restate: t.List[str]
    start: t.Optional[str]
    end: t.Optional[str]
    skip_tests: bool
    allow_destructive: t.List[str]
    # ISO 8601; None for now.
    execution_time: t.Optional[str]


class Interval(t.TypedDict):
    # Milliseconds since the epoch, UTC; start inclusive, end exclusive.
    start: int
    end: int


class ModelRange(t.TypedDict):
    model: str
    interval: Interval


# What of a model may be written again and is then as if it had been written once.
Repetition = t.Literal["each", "last", "whole"]


class Definition(t.TypedDict):
    model: str
    kind: str
    version: str
    fingerprint: str
    # `schema.table`; None for what has no table.
    table: t.Optional[str]
    repetition: Repetition


class PlannedModel(Definition):
    # Each batch, in order.
    intervals: t.List[Interval]
    restated_parents: t.List[str]
    widened: bool
    selected: bool


class Changes(t.TypedDict):
    added: t.List[str]
    removed: t.List[str]
    directly_modified: t.List[str]
    indirectly_modified: t.List[str]
    metadata_updated: t.List[str]


class LeftOut(t.TypedDict):
    model: str
    reason: str


class Plan(t.TypedDict):
    plan_id: str
    environment: str
    restatements: t.List[PlannedModel]
    backfills: t.List[PlannedModel]
    changes: Changes
    # What is changed, as it will be once the plan is applied.
    modified: t.List[Definition]
    has_work: bool
    left_out: t.List[LeftOut]
    # Milliseconds since the epoch.
    execution_time: int
    evidence_since: int
    environment_plan_id: t.Optional[str]
    environment_finalized: bool


class Coverage(t.TypedDict):
    model: str
    kind: str
    cron: str
    # None for UTC.
    timezone: t.Optional[str]
    # `day`, `five_minute` …: what intervals are whole multiples of.
    unit: str
    # Milliseconds since the epoch: where the model ends for good; None where it does not.
    end: t.Optional[int]
    # The end of the last interval that is stored; None where there is none.
    until: t.Optional[int]


class Evaluated(t.TypedDict):
    """What happened in detail went ahead as events."""

    status: t.Literal["succeeded", "failed", "nothing-to-do"]
    replaced_meanwhile: t.List[str]


class Mark(t.TypedDict):
    source: str
    client_tags: t.List[str]


class TableReference(t.TypedDict):
    parts: t.List[str]
    # UTF-16 code units, end exclusive.
    start: int
    end: int
    aliased: bool


class QueryReading(t.TypedDict):
    tables: t.List[TableReference]
    # Names of what has another value at another time, for another user, or at random.
    volatile: t.List[str]


class Unreadable(t.TypedDict):
    error: str


class FailedAudit(t.TypedDict):
    name: str
    failing_rows: t.Optional[int]


class Failure(t.TypedDict):
    model: str
    reason: t.Literal["audit", "error"]
    message: str
    audits: t.List[FailedAudit]


class BridgeError(Exception):
    """An error for the user. `code` is a word of the product's error table."""

    def __init__(self, code: str, message: str, hint: t.Optional[str] = None, where: t.Optional[str] = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.where = where

    def to_wire(self) -> t.Dict[str, t.Optional[str]]:
        return {"code": self.code, "message": self.message, "hint": self.hint, "where": self.where}
