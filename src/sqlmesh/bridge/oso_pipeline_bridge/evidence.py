"""What SQLMesh's state says about batches that were stored: its table of intervals, one row for each."""

from __future__ import annotations

import typing as t

from .protocol import Interval, ModelRange

if t.TYPE_CHECKING:
    from .planning import BuiltPlan
    from .project import Project

# A list in SQL must end somewhere.
NAMES_AT_ONCE = 500


class _Row(t.NamedTuple):
    name: str
    version: str
    dev_version: t.Optional[str]
    start: int
    end: int
    is_dev: bool
    is_removed: bool
    created: int


def evidence_since(project: "Project", snapshots: t.Iterable[t.Any]) -> int:
    """
    Milliseconds; rows from then on are of whoever applies the plan that is being built. Later than any row there is,
    whatever clock wrote it: a clock that is wrong may hide a row that counts, but shows none that does not.
    """
    from sqlglot import exp
    from sqlmesh.utils.date import now_timestamp

    latest = 0
    for rows in _read(project, snapshots, [exp.func("MAX", exp.column("created_ts"))]):
        latest = max(latest, *(int(created or 0) for (created,) in rows))
    return max(now_timestamp(), latest + 1)


def stored_batches(project: "Project", built: "BuiltPlan", since: int) -> t.List[ModelRange]:
    """Planned batches that have a row of their own since then, of which nothing was removed afterwards."""
    from sqlglot import exp

    planned = built.planned
    if not planned:
        return []
    columns = [exp.column(name) for name in ("name", "version", "dev_version", "start_ts", "end_ts")]
    columns += [exp.column(name) for name in ("is_dev", "is_removed", "created_ts")]
    condition = exp.and_(
        exp.column("created_ts") >= since,
        exp.column("is_compacted").not_(),
        exp.column("is_pending_restatement").not_(),
    )
    rows: t.Dict[str, t.List[_Row]] = {}
    for found in _read(project, (model.snapshot for model in planned), columns, condition):
        for name, version, dev_version, start, end, is_dev, is_removed, created in found:
            row = _Row(name, version, dev_version, int(start), int(end), bool(is_dev), bool(is_removed), int(created))
            rows.setdefault(name, []).append(row)

    stored: t.List[ModelRange] = []
    for model in planned:
        own = [row for row in rows.get(model.snapshot.name, []) if _is_of(row, model.snapshot, model.is_deployable)]
        for interval in model.description["intervals"]:
            if any(_proves(row, interval, own) for row in own):
                stored.append({"model": model.description["model"], "interval": interval})
    return stored


def accept_as_written(project: "Project", built: "BuiltPlan", written: t.Sequence[ModelRange]) -> None:
    """Adds the rows that SQLMesh would have added after writing."""
    by_name = {model.description["model"]: model for model in built.planned}
    for one in written:
        model = by_name[one["model"]]
        start, end = one["interval"]["start"], one["interval"]["end"]
        project.context.state_sync.add_interval(model.snapshot, start, end, is_dev=not model.is_deployable)


def _is_of(row: _Row, snapshot: t.Any, is_deployable: bool) -> bool:
    if row.version != snapshot.version or row.is_dev == is_deployable:
        return False
    # A table of development alone is of one definition, the others are shared by all of the same version.
    return is_deployable or row.dev_version == snapshot.dev_version


def _proves(row: _Row, interval: Interval, rows: t.Sequence[_Row]) -> bool:
    if row.is_removed or (row.start, row.end) != (interval["start"], interval["end"]):
        return False
    return not any(
        other.is_removed and other.created >= row.created and other.start < row.end and row.start < other.end
        for other in rows
    )


def _read(
    project: "Project", snapshots: t.Iterable[t.Any], columns: t.Sequence[t.Any], condition: t.Any = None
) -> t.Iterator[t.List[t.Tuple[t.Any, ...]]]:
    from sqlglot import exp

    intervals = _interval_state(project.context.state_sync)
    names = sorted({snapshot.name for snapshot in snapshots})
    for first in range(0, len(names), NAMES_AT_ONCE):
        query = (
            exp.select(*columns)
            .from_(intervals.intervals_table)
            .where(exp.column("name").isin(*names[first : first + NAMES_AT_ONCE]))
        )
        yield intervals.engine_adapter.fetchall(query.where(condition) if condition else query, quote_identifiers=True)


def _interval_state(state_sync: t.Any) -> t.Any:
    """SQLMesh wraps its state in a cache."""
    while not hasattr(state_sync, "interval_state"):
        state_sync = state_sync.state_sync
    return state_sync.interval_state
