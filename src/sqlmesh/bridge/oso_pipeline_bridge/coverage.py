"""How far each model of an environment is complete, as SQLMesh's state holds it."""

from __future__ import annotations

import typing as t

from .names import kind_of
from .protocol import Coverage

if t.TYPE_CHECKING:
    from .project import Project


def coverage(project: "Project", environment: str) -> t.List[Coverage]:
    from sqlmesh.core.environment import Environment

    state = project.context.state_reader
    found = state.get_environment(Environment.sanitize_name(environment))
    if found is None:
        return []
    snapshots = state.get_snapshots(found.snapshots)
    models = [snapshot for snapshot in snapshots.values() if snapshot.is_model]
    return sorted((_of(project, snapshot) for snapshot in models), key=lambda model: model["model"])


def _of(project: "Project", snapshot: t.Any) -> Coverage:
    from sqlmesh.utils.date import make_exclusive, to_timestamp

    model, intervals = snapshot.model, snapshot.intervals
    timezone = getattr(model, "cron_tz", None)
    return {
        "model": project.name(snapshot.name),
        "kind": kind_of(model),
        "cron": str(model.cron),
        "timezone": None if timezone is None else str(timezone),
        "unit": str(model.interval_unit.value),
        "end": to_timestamp(make_exclusive(model.end)) if model.end else None,
        "until": int(intervals[-1][1]) if intervals else None,
    }
