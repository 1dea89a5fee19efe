"""Applies plans and runs what is due. What happens goes ahead as events; failing models are a result."""

from __future__ import annotations

import typing as t

from .planning import BuiltPlan
from .protocol import BridgeError, Evaluated
from .restating import Restating

if t.TYPE_CHECKING:
    from .console import Observations
    from .project import Project


def apply_plan(project: "Project", built: BuiltPlan) -> Evaluated:
    plan = built.description
    if not plan["has_work"]:
        return _evaluated("nothing-to-do")
    to_do = {planned["model"]: len(planned["intervals"]) for planned in [*plan["restatements"], *plan["backfills"]]}
    observed = project.console.begin(project.default_catalog, to_do)
    replaced: t.Set[str] = set()
    succeeded = False
    try:
        with project.stored_batches_told():
            succeeded = _applied(project, built, observed, replaced)
    finally:
        project.console.finish(succeeded)
    return _evaluated("succeeded" if succeeded else "failed", replaced)


def _applied(project: "Project", built: BuiltPlan, observed: "Observations", replaced: t.Set[str]) -> bool:
    from sqlmesh.utils.concurrency import NodeExecutionFailedError
    from sqlmesh.utils.errors import ConflictingPlanError

    try:
        if built.all_restatements:
            _restate(project, built, replaced)
        else:
            project.context.apply(built.plan)
    except (ConflictingPlanError, BridgeError):
        raise
    except NodeExecutionFailedError as error:
        project.console.report_failure(error)
        return False
    except Exception:
        if observed.failures:
            return False
        raise
    return True


def _restate(project: "Project", built: BuiltPlan, replaced: t.Set[str]) -> None:
    context = project.context

    def apply(plan: t.Any, circuit_breaker: t.Any) -> None:
        evaluator = context._scheduler.create_plan_evaluator(context)
        restating = Restating(project, built, evaluator)
        try:
            evaluator.evaluate(plan.to_evaluatable(), circuit_breaker=circuit_breaker)
        finally:
            replaced.update(restating.replaced_meanwhile)

    # What Context.apply calls between telling the user's notification targets of the beginning and of the end.
    context._apply = apply
    try:
        if built.plan.requires_backfill:
            context.apply(built.plan)
        else:
            # All data is written, and Context.apply would do nothing of what follows it.
            apply(built.plan, None)
    finally:
        del context._apply


def _evaluated(status: t.Literal["succeeded", "failed", "nothing-to-do"], replaced: t.Iterable[str] = ()) -> Evaluated:
    return {"status": status, "replaced_meanwhile": sorted(replaced)}


def run_due(project: "Project", environment: str) -> Evaluated:
    from sqlmesh.core.environment import Environment

    observed = project.console.begin(project.default_catalog)
    found = project.context.state_reader.get_environment(Environment.sanitize_name(environment))
    if found is None:
        return _evaluated("nothing-to-do")
    if not found.finalized_ts:
        # SQLMesh would wait for hours for whoever is updating it, dead or alive.
        raise BridgeError(
            "STATE_CONFLICT",
            f"the environment {environment} is being updated by another plan, or that plan died",
            "wait for the other run; if there is none, run again: the plan that comes first completes it",
        )
    # The janitor compacts the rows that tell what was stored, so it is never part of a run.
    succeeded = False
    try:
        with project.stored_batches_told():
            status = project.context.run(environment, skip_janitor=True)
        succeeded = not status.is_failure and not observed.failures
    finally:
        project.console.finish(succeeded)
    if not succeeded:
        return _evaluated("failed")
    return _evaluated("nothing-to-do" if status.is_nothing_to_do else "succeeded")
