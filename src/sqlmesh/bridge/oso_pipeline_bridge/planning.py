"""Builds plans, which writes nothing, and narrows them to what is left of them."""

from __future__ import annotations

import inspect
import typing as t

from .describing import Asked, PlannedTable, changes_of, deployability_of, left_out_of, modified_of, planned_tables
from .errors import message_of
from .evidence import evidence_since
from .protocol import BridgeError, Interval, LeftOut, ModelRange, Plan, PlanParams

if t.TYPE_CHECKING:
    from .project import Project

# The id of a plan for which there is nothing to build.
NO_PLAN = "none"


class BuiltPlan(t.NamedTuple):
    description: Plan
    # SQLMesh's own plan; None where there is nothing to apply.
    plan: t.Any
    planned: t.List[PlannedTable]
    asked: Asked
    # What this plan restated before it was narrowed: by SnapshotId, milliseconds.
    all_restatements: t.Dict[t.Any, t.Tuple[int, int]]


def build_plan(project: "Project", request: PlanParams) -> BuiltPlan:
    from sqlmesh.core.environment import Environment
    from sqlmesh.utils.date import now_timestamp

    execution_time = _instant(request["execution_time"]) or now_timestamp()
    start, end = _checked_range(request, execution_time)
    observed = project.console.begin(project.default_catalog)
    asked_for = Environment.sanitize_name(request["environment"])
    environment = project.context.state_reader.get_environment(asked_for)
    restate, absent = _within_environment(project, request, environment)
    asked = Asked(restate, has_dates=start is not None or end is not None)
    if request["restate"] and not restate:
        names = [project.name(fqn) for fqn in absent]
        return BuiltPlan(_nothing(asked_for, environment, execution_time, names), None, [], asked, {})

    from sqlmesh.utils.errors import LinterError, NoChangesPlanError, PlanError

    def build(**more: t.Any) -> t.Any:
        options: t.Dict[str, t.Any] = {
            "skip_tests": request["skip_tests"] or None,
            "start": request["start"],
            "end": request["end"],
            "restate_models": [project.context.models[fqn].name for fqn in restate] or None,
            "allow_destructive_models": request["allow_destructive"] or None,
            "select_models": _selected(project, request),
            **more,
        }
        builder = _plan_builder(project, request["environment"], options)
        if restate or request["execution_time"] is not None:
            _freeze(builder, execution_time, has_end=request["end"] is not None)
        return builder.build()

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
    index = deployability_of(project, plan)
    planned = planned_tables(project, plan, asked, index)
    left_out: t.List[LeftOut] = [{"model": project.name(fqn), "reason": "not-in-environment"} for fqn in absent]
    left_out += left_out_of(project, plan, restate, {table.snapshot.name for table in planned})
    description: Plan = {
        "plan_id": plan.plan_id,
        "environment": plan.environment_naming_info.name,
        "restatements": [table.description for table in planned if table.is_restated],
        "backfills": [table.description for table in planned if not table.is_restated],
        "changes": changes_of(project, plan),
        "modified": modified_of(project, plan, index),
        # Exactly the condition under which Context.apply does anything.
        "has_work": bool(
            plan.context_diff.has_changes or plan.requires_backfill or plan.has_unmodified_unpromoted
        ),
        "left_out": left_out,
        "execution_time": execution_time,
        "evidence_since": evidence_since(project, (table.snapshot for table in planned)),
        **_standing(environment),
    }
    return BuiltPlan(description, plan, planned, asked, dict(plan.restatements) if restate else {})


def narrow_plan(project: "Project", built: BuiltPlan, left: t.Sequence[ModelRange]) -> BuiltPlan:
    """
    The same plan, restating only what is left; also with nothing left, for what follows the data is still to be done.
    SQLMesh finds out what is missing only when a plan is asked or applied, from its restatements.
    """
    by_name = {table.description["model"]: table for table in built.planned if table.is_restated}
    restatements: t.Dict[t.Any, t.Tuple[int, int]] = {}
    for one in left:
        table = by_name.get(one["model"])
        if table is None:
            raise BridgeError("BRIDGE_FAILED", f"plan {built.description['plan_id']} does not restate {one['model']}")
        restatements[table.snapshot.snapshot_id] = _part(built, table, one["interval"])
    narrowed = built.plan.copy(update={"restatements": restatements})
    # SQLMesh derives these from what is missing, or from the clock, and goes by them in what it renders and deploys.
    narrowed.__dict__.update(start=built.plan.start, end=built.plan.end, execution_time=built.plan.execution_time)
    planned = planned_tables(project, narrowed, built.asked, deployability_of(project, narrowed))
    description: Plan = {
        **built.description,
        "restatements": [table.description for table in planned if table.is_restated],
        "backfills": [table.description for table in planned if not table.is_restated],
    }
    return built._replace(description=description, plan=narrowed, planned=planned)


def _part(built: BuiltPlan, table: PlannedTable, left: Interval) -> t.Tuple[int, int]:
    """What SQLMesh forgets before the first and after the last batch, it must forget here too: a table of which it
    remembers anything is added to, not replaced."""
    start, end = built.all_restatements[table.snapshot.snapshot_id]
    batches = table.description["intervals"]
    return (
        min(start, left["start"]) if left["start"] <= batches[0]["start"] else left["start"],
        max(end, left["end"]) if left["end"] >= batches[-1]["end"] else left["end"],
    )


def _plan_builder(project: "Project", environment: str, options: t.Dict[str, t.Any]) -> t.Any:
    asked = {name: value for name, value in options.items() if value is not None}
    unknown = asked.keys() - inspect.signature(project.context.plan_builder).parameters.keys()
    if unknown:
        raise BridgeError("VERSION_UNSUPPORTED", f"this SQLMesh knows no {', '.join(sorted(unknown))} in a plan")
    return project.context.plan_builder(environment, **asked)


def _freeze(builder: t.Any, execution_time: int, has_end: bool) -> None:
    """
    Lets a plan mean the same whenever it is built. As an option of plan_builder the execution time would, from 0.236
    on, also make a restatement go beyond what production has built, so that it meant something else each day.
    """
    from sqlmesh.utils.date import to_timestamp

    builder._execution_time = execution_time
    # Without --end a plan goes to where production is, and that may have gone beyond the execution time meanwhile.
    if not has_end and builder._end is not None and to_timestamp(builder._end) > execution_time:
        builder._end = execution_time


def _selected(project: "Project", request: PlanParams) -> t.Optional[t.List[str]]:
    """As SQLMesh names them. @raises BridgeError PROJECT_INVALID for one that the project does not have."""
    names = request.get("only_models") or []
    unknown = [name for name in names if project.fqn(name) is None]
    if unknown:
        raise BridgeError("PROJECT_INVALID", f"the project has no model {', '.join(unknown)}")
    return [project.context.models[t.cast(str, project.fqn(name))].name for name in names] or None


def _instant(text: t.Optional[str]) -> t.Optional[int]:
    """Milliseconds of ISO 8601."""
    from sqlmesh.utils.date import to_timestamp

    return None if text is None else to_timestamp(text)


def _checked_range(
    request: PlanParams, execution_time: int
) -> t.Tuple[t.Optional[int], t.Optional[int]]:
    """Start and end in milliseconds. @raises BridgeError USAGE naming the option."""
    from sqlmesh.utils.date import to_datetime, to_timestamp

    def parsed(option: str) -> t.Optional[int]:
        text = request["start"] if option == "start" else request["end"]
        if text is None:
            return None
        try:
            return to_timestamp(text, relative_base=to_datetime(execution_time))
        except (ValueError, OverflowError) as error:
            raise BridgeError(
                "USAGE", f"--{option} {text} is no date", "write 2024-01-31 or, for example, '1 week ago'"
            ) from error

    start, end = parsed("start"), parsed("end")
    if start is not None and end is not None and start > end:
        raise BridgeError("USAGE", f"--start {request['start']} is after --end {request['end']}")
    if start is not None and start > execution_time:
        raise BridgeError("USAGE", f"--start {request['start']} lies in the future")
    if end is not None and end > execution_time:
        raise BridgeError("USAGE", f"--end {request['end']} lies in the future")
    if (start or end) and request["environment"] == "prod" and not request["restate"]:
        raise BridgeError("USAGE", "SQLMesh takes --start and --end on prod only together with a restatement")
    return start, end


def _within_environment(
    project: "Project", request: PlanParams, environment: t.Any
) -> t.Tuple[t.List[str], t.List[str]]:
    """Splits what is asked into what the environment holds and what it does not; SQLMesh refuses the latter."""
    held = {snapshot.name for snapshot in environment.snapshots} if environment else set()
    within: t.List[str] = []
    absent: t.List[str] = []
    for name in request["restate"]:
        fqn = project.fqn(name)
        if fqn is None:
            raise BridgeError("SELECTOR_UNKNOWN", f"the project has no model {name}")
        (within if fqn in held else absent).append(fqn)
    return within, absent


def _nothing(name: str, environment: t.Any, execution_time: int, absent: t.Sequence[str]) -> Plan:
    return {
        "plan_id": NO_PLAN,
        "environment": name,
        "restatements": [],
        "backfills": [],
        "changes": {
            "added": [],
            "removed": [],
            "directly_modified": [],
            "indirectly_modified": [],
            "metadata_updated": [],
        },
        "modified": [],
        "has_work": False,
        "left_out": [{"model": model, "reason": "not-in-environment"} for model in absent],
        "execution_time": execution_time,
        "evidence_since": execution_time,
        **_standing(environment),
    }


class _Standing(t.TypedDict):
    environment_plan_id: t.Optional[str]
    environment_finalized: bool


def _standing(environment: t.Any) -> _Standing:
    return {
        "environment_plan_id": environment.plan_id if environment else None,
        "environment_finalized": environment is None or bool(environment.finalized_ts),
    }
