"""Applies plans and runs what is due. What happens goes ahead as events; failing models are a result."""

from __future__ import annotations

import typing as t

from .planning import BuiltPlan
from .protocol import BridgeError, Evaluated

if t.TYPE_CHECKING:
    from .console import Observations
    from .project import Project


def apply_plan(project: "Project", built: BuiltPlan) -> Evaluated:
    plan = built.description
    if not plan["has_work"]:
        return {"status": "nothing-to-do"}
    to_do = {planned["model"]: planned["batches"] for planned in [*plan["restatements"], *plan["backfills"]]}
    observed = project.console.begin(project.default_catalog, to_do)
    succeeded = False
    try:
        succeeded = _applied(project, built.plan, observed)
    finally:
        project.console.finish(succeeded)
    return {"status": "succeeded" if succeeded else "failed"}


def _applied(project: "Project", plan: t.Any, observed: "Observations") -> bool:
    from sqlmesh.utils.concurrency import NodeExecutionFailedError
    from sqlmesh.utils.errors import ConflictingPlanError

    try:
        project.context.apply(plan)
    except ConflictingPlanError:
        raise
    except NodeExecutionFailedError as error:
        project.console.report_failure(error)
        return False
    except Exception:
        if observed.failures:
            return False
        raise
    return True


def run_due(project: "Project", environment: str) -> Evaluated:
    from sqlmesh.core.environment import Environment

    observed = project.console.begin(project.default_catalog)
    found = project.context.state_reader.get_environment(Environment.sanitize_name(environment))
    if found is None:
        return {"status": "nothing-to-do"}
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
        status = project.context.run(environment, skip_janitor=True)
        succeeded = not status.is_failure and not observed.failures
    finally:
        project.console.finish(succeeded)
    if not succeeded:
        return {"status": "failed"}
    return {"status": "nothing-to-do" if status.is_nothing_to_do else "succeeded"}
