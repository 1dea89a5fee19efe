"""Says in the glossary's words what a plan of SQLMesh would do."""

from __future__ import annotations

import typing as t

from .names import kind_of, parts_of
from .protocol import Changes, Definition, Interval, LeftOut, PlannedModel, Repetition

if t.TYPE_CHECKING:
    from .project import Project

# Kinds of which writing a batch again gives what writing it once gives.
IDEMPOTENT = {
    "SEED",
    "FULL",
    "VIEW",
    "INCREMENTAL_BY_TIME_RANGE",
    "INCREMENTAL_BY_UNIQUE_KEY",
    "INCREMENTAL_BY_PARTITION",
    "EMBEDDED",
    "EXTERNAL",
}


class Asked(t.NamedTuple):
    """What was asked of a plan. Without models to restate, what SQLMesh calls restatements are previews of changes."""

    restate: t.Sequence[str]
    has_dates: bool


class PlannedTable(t.NamedTuple):
    description: PlannedModel
    snapshot: t.Any
    # Whether it is written to the table that production reads, or to one of development.
    is_deployable: bool
    is_restated: bool


def planned_tables(project: "Project", plan: t.Any, asked: Asked, index: t.Any) -> t.List[PlannedTable]:
    all_missing = plan.missing_intervals
    evaluated = {missing.snapshot_id for missing in all_missing}
    restated = evaluated & plan.restatements.keys() if asked.restate else set()
    tables: t.List[PlannedTable] = []
    for missing in all_missing:
        snapshot = plan.snapshots[missing.snapshot_id]
        is_restated = missing.snapshot_id in restated
        is_deployable = index.is_deployable(snapshot)
        intervals: t.List[Interval] = [
            {"start": int(start), "end": int(end)} for start, end in batches_of(snapshot, missing.intervals)
        ]
        description: PlannedModel = {
            **_definition(project, snapshot, is_deployable),
            "intervals": intervals,
            "restated_parents": sorted(project.name(name) for name in _restated_parents(plan, snapshot, restated)),
            "widened": is_restated and asked.has_dates and bool(snapshot.full_history_restatement_only),
            "selected": is_restated and snapshot.name in asked.restate,
        }
        tables.append(PlannedTable(description, snapshot, is_deployable, is_restated))
    return tables


def modified_of(project: "Project", plan: t.Any, index: t.Any) -> t.List[Definition]:
    """Also what is not filled by the plan: indirect changes leave the tables of some kinds as they are."""
    indirectly = {child for children in plan.indirectly_modified.values() for child in children}
    definitions = [
        _definition(project, snapshot, index.is_deployable(snapshot))
        for snapshot_id in {*plan.directly_modified, *indirectly, *plan.metadata_updated}
        if (snapshot := plan.snapshots.get(snapshot_id)) is not None and snapshot.is_model
    ]
    return sorted(definitions, key=lambda definition: definition["model"])


def _definition(project: "Project", snapshot: t.Any, is_deployable: bool) -> Definition:
    return {
        "model": project.name(snapshot.name),
        "kind": kind_of(snapshot.model),
        "version": snapshot.version,
        "fingerprint": _text_of(snapshot.fingerprint),
        "table": _table_of(snapshot, is_deployable),
        "repetition": repetition_of(snapshot),
    }


def repetition_of(snapshot: t.Any) -> Repetition:
    """What of a model may be written again."""
    kind = kind_of(snapshot.model)
    # What a batch by time reads of its own table lies before it; others read what they wrote.
    reads_what_it_wrote = snapshot.depends_on_self and kind != "INCREMENTAL_BY_TIME_RANGE"
    if kind in IDEMPOTENT and not reads_what_it_wrote and not getattr(snapshot.model.kind, "when_matched", None):
        return "each"
    # Each batch is made of the table as it is and of what is read. After itself it finds nothing to change.
    if kind.startswith("SCD_TYPE_2") and not snapshot.depends_on_self:
        return "last"
    return "whole"


def batches_of(snapshot: t.Any, intervals: t.Sequence[t.Tuple[int, int]]) -> t.List[t.Tuple[int, int]]:
    """Cuts intervals as SQLMesh's scheduler does, signals aside: at gaps, and at the model's batch size."""
    size = snapshot.node.batch_size
    batches: t.List[t.List[t.Tuple[int, int]]] = []
    for interval in intervals:
        current = batches[-1] if batches else None
        if current is None or current[-1][1] != interval[0] or (size and len(current) >= size):
            batches.append([interval])
        else:
            current.append(interval)
    return [(batch[0][0], batch[-1][1]) for batch in batches]


def deployability_of(project: "Project", plan: t.Any) -> t.Any:
    """What the plan's evaluation goes by, which SQLMesh finds out when it makes stages of a plan."""
    from sqlmesh.core.plan.stages import build_plan_stages
    from sqlmesh.core.snapshot import DeployabilityIndex

    if plan.is_dev:
        for stage in build_plan_stages(plan.to_evaluatable(), project.context.state_reader, project.default_catalog):
            if hasattr(stage, "deployability_index"):
                return stage.deployability_index
    return DeployabilityIndex.all_deployable()


def _text_of(fingerprint: t.Any) -> str:
    hashes = (
        fingerprint.data_hash,
        fingerprint.metadata_hash,
        fingerprint.parent_data_hash,
        fingerprint.parent_metadata_hash,
    )
    return "-".join(hashes)


def _table_of(snapshot: t.Any, is_deployable: bool) -> t.Optional[str]:
    if snapshot.is_symbolic or snapshot.is_view:
        return None
    return ".".join(parts_of(snapshot.table_name(is_deployable=is_deployable))[-2:])


def _restated_parents(plan: t.Any, snapshot: t.Any, restated: t.Set[t.Any]) -> t.Set[str]:
    """Names; through models that have no table of their own, for these are read within their readers."""
    found: t.Set[str] = set()
    for parent_id in snapshot.parents:
        parent = plan.snapshots.get(parent_id)
        if parent_id in restated:
            found.add(parent_id.name)
        elif parent is not None and parent.is_symbolic:
            found |= _restated_parents(plan, parent, restated)
    return found


def left_out_of(
    project: "Project", plan: t.Any, restate: t.Sequence[str], evaluated: t.Set[str]
) -> t.List[LeftOut]:
    """What the restatement reaches and SQLMesh passes over: asked for, or directly below what is restated."""
    left_out: t.List[LeftOut] = []
    if not restate:
        return left_out
    for snapshot in plan.snapshots.values():
        asked = snapshot.name in restate
        reached = asked or any(parent in plan.restatements for parent in snapshot.parents)
        if not reached or snapshot.name in evaluated or not snapshot.is_model:
            continue
        symbolic = snapshot.model.kind.is_external or snapshot.model.kind.is_embedded
        if symbolic and not asked:
            continue  # Never evaluated; what reads it is reached through it.
        left_out.append({"model": project.name(snapshot.name), "reason": _reason(plan, snapshot)})
    return sorted(left_out, key=lambda entry: entry["model"])


def _reason(plan: t.Any, snapshot: t.Any) -> str:
    kind = snapshot.model.kind
    if kind.is_external:
        return "external"
    if kind.is_embedded:
        return "embedded"
    if plan.is_dev and not snapshot.is_paused:
        return "shared-with-prod"
    if getattr(kind, "is_managed", False):
        return "managed"
    if snapshot.disable_restatement:
        return "restatement-disabled"
    if snapshot.is_seed:
        return "seed"
    return "unknown"


def changes_of(project: "Project", plan: t.Any) -> Changes:
    diff = plan.context_diff

    def names(snapshot_ids: t.Iterable[t.Any]) -> t.List[str]:
        return sorted({project.name(snapshot_id.name) for snapshot_id in snapshot_ids})

    added = set(diff.added)
    return {
        "added": names(added),
        "removed": names(diff.removed_snapshots),
        "directly_modified": names(set(plan.directly_modified) - added),
        "indirectly_modified": names({child for children in plan.indirectly_modified.values() for child in children}),
        "metadata_updated": names(set(plan.metadata_updated) - set(plan.directly_modified)),
    }
