"""Builds plans, which writes nothing, and says in the glossary's words what they would do."""

from __future__ import annotations

import inspect
import typing as t

from .errors import message_of
from .names import kind_of
from .protocol import BridgeError, Changes, LeftOut, Plan, PlannedModel, PlanParams

if t.TYPE_CHECKING:
    from .project import Project

# The id of a plan for which there is nothing to build.
NO_PLAN = "none"


class BuiltPlan(t.NamedTuple):
    description: Plan
    # SQLMesh's own plan; None where there is nothing to apply.
    plan: t.Any


def build_plan(project: "Project", request: PlanParams) -> BuiltPlan:
    start, end = _checked_range(request)
    observed = project.console.begin(project.default_catalog)
    restate, absent = _within_environment(project, request)
    if request["restate"] and not restate:
        return BuiltPlan(_nothing(request["environment"], [project.name(fqn) for fqn in absent]), None)

    from sqlmesh.utils.errors import LinterError, NoChangesPlanError, PlanError

    def build(**more: t.Any) -> t.Any:
        options: t.Dict[str, t.Any] = {
            "skip_tests": request["skip_tests"] or None,
            "start": request["start"],
            "end": request["end"],
            "restate_models": [project.context.models[fqn].name for fqn in restate] or None,
            "allow_destructive_models": request["allow_destructive"] or None,
            **more,
        }
        return _plan_builder(project, request["environment"], options).build()

    try:
        try:
            plan = build()
        except NoChangesPlanError:
            # A new development environment without local changes shows what production shows.
            plan = build(include_unmodified=True)
    except LinterError as error:
        raise BridgeError("PROJECT_INVALID", "; ".join(observed.linter_errors[:3]) or message_of(error)) from error
    except PlanError as error:
        if observed.failed_tests:
            names = ", ".join(sorted(set(observed.failed_tests)))
            raise BridgeError(
                "TRANSFORMATION_FAILED",
                f"SQLMesh unit tests failed: {names}",
                "fix the tests, or leave them out with --skip-tests",
            ) from error
        if observed.destructive:
            names = ", ".join(sorted(set(observed.destructive)))
            flags = " ".join(f"--allow-destructive-model {name}" for name in sorted(set(observed.destructive)))
            raise BridgeError(
                "TRANSFORMATION_FAILED", f"the plan would drop data of {names}", f"allow it with {flags}"
            ) from error
        raise
    if plan.uncategorized:
        names = ", ".join(sorted(project.name(snapshot.name) for snapshot in plan.uncategorized))
        raise BridgeError(
            "PROJECT_INVALID",
            f"SQLMesh cannot tell whether the changes of {names} are breaking",
            "set plan.auto_categorize_changes to full in SQLMesh's configuration",
        )
    return BuiltPlan(_describe(project, request, plan, restate, absent, start, end), plan)


def _plan_builder(project: "Project", environment: str, options: t.Dict[str, t.Any]) -> t.Any:
    asked = {name: value for name, value in options.items() if value is not None}
    unknown = asked.keys() - inspect.signature(project.context.plan_builder).parameters.keys()
    if unknown:
        raise BridgeError("VERSION_UNSUPPORTED", f"this SQLMesh knows no {', '.join(sorted(unknown))} in a plan")
    return project.context.plan_builder(environment, **asked)


def _checked_range(request: PlanParams) -> t.Tuple[t.Optional[int], t.Optional[int]]:
    """Start and end in milliseconds. @raises BridgeError USAGE naming the option."""
    from sqlmesh.utils.date import now_timestamp, to_timestamp

    def parsed(option: str) -> t.Optional[int]:
        text = request["start"] if option == "start" else request["end"]
        if text is None:
            return None
        try:
            return to_timestamp(text)
        except (ValueError, OverflowError) as error:
            raise BridgeError(
                "USAGE", f"--{option} {text} is no date", "write 2024-01-31 or, for example, '1 week ago'"
            ) from error

    start, end = parsed("start"), parsed("end")
    if start is not None and end is not None and start > end:
        raise BridgeError("USAGE", f"--start {request['start']} is after --end {request['end']}")
    if start is not None and start > now_timestamp():
        raise BridgeError("USAGE", f"--start {request['start']} lies in the future")
    if end is not None and end > now_timestamp():
        raise BridgeError("USAGE", f"--end {request['end']} lies in the future")
    if (start or end) and request["environment"] == "prod" and not request["restate"]:
        raise BridgeError("USAGE", "SQLMesh takes --start and --end on prod only together with a restatement")
    return start, end


def _within_environment(project: "Project", request: PlanParams) -> t.Tuple[t.List[str], t.List[str]]:
    """Splits what is asked into what the environment holds and what it does not; SQLMesh refuses the latter."""
    from sqlmesh.core.environment import Environment

    if not request["restate"]:
        return [], []
    environment = project.context.state_reader.get_environment(Environment.sanitize_name(request["environment"]))
    held = {snapshot.name for snapshot in environment.snapshots} if environment else set()
    within: t.List[str] = []
    absent: t.List[str] = []
    for name in request["restate"]:
        fqn = project.fqn(name)
        if fqn is None:
            raise BridgeError("SELECTOR_UNKNOWN", f"the project has no model {name}")
        (within if fqn in held else absent).append(fqn)
    return within, absent


def _nothing(environment: str, absent: t.Sequence[str]) -> Plan:
    return {
        "plan_id": NO_PLAN,
        "environment": environment,
        "restatements": [],
        "backfills": [],
        "changes": {
            "added": [],
            "removed": [],
            "directly_modified": [],
            "indirectly_modified": [],
            "metadata_updated": [],
        },
        "has_work": False,
        "left_out": [{"model": name, "reason": "not-in-environment"} for name in absent],
    }


def _describe(
    project: "Project",
    request: PlanParams,
    plan: t.Any,
    restate: t.Sequence[str],
    absent: t.Sequence[str],
    start: t.Optional[int],
    end: t.Optional[int],
) -> Plan:
    restatements: t.List[PlannedModel] = []
    backfills: t.List[PlannedModel] = []
    evaluated: t.Set[str] = set()
    for missing in plan.missing_intervals:
        snapshot = plan.snapshots[missing.snapshot_id]
        batches = batches_of(snapshot, missing.intervals)
        # Without models to restate, what SQLMesh calls restatements are previews of forward-only changes.
        restated = bool(restate) and missing.snapshot_id in plan.restatements
        narrowed = start is not None or end is not None
        evaluated.add(snapshot.name)
        (restatements if restated else backfills).append(
            {
                "model": project.name(snapshot.name),
                "kind": kind_of(snapshot.model),
                "start": int(batches[0][0]),
                "end": int(batches[-1][1]),
                "batches": len(batches),
                "widened": restated and narrowed and bool(snapshot.full_history_restatement_only),
                "selected": restated and snapshot.name in restate,
            }
        )
    left_out: t.List[LeftOut] = [{"model": project.name(fqn), "reason": "not-in-environment"} for fqn in absent]
    left_out += _left_out(project, plan, restate, evaluated)
    return {
        "plan_id": plan.plan_id,
        "environment": plan.environment_naming_info.name,
        "restatements": restatements,
        "backfills": backfills,
        "changes": _changes(project, plan),
        # Exactly the condition under which Context.apply does anything.
        "has_work": bool(
            plan.context_diff.has_changes or plan.requires_backfill or plan.has_unmodified_unpromoted
        ),
        "left_out": left_out,
    }


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


def _left_out(
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


def _changes(project: "Project", plan: t.Any) -> Changes:
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
