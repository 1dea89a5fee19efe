"""What SQLMesh does after the data of a restatement, also when a plan restates only what an earlier one left."""

from __future__ import annotations

import typing as t

from .describing import repetition_of
from .planning import BuiltPlan
from .protocol import BridgeError

if t.TYPE_CHECKING:
    from .project import Project

Notice = t.Callable[[str], None]


class _Superseded(Exception):
    """Another plan has taken the environment; what remains of this one is that plan's to do."""


class Restating:
    """
    Comes between SQLMesh's plan evaluator and its stages. By its own account SQLMesh clears other environments'
    intervals for the models that the plan at hand restates; a narrowed plan is to do so for all that it began with.
    """

    def __init__(self, project: "Project", built: BuiltPlan, evaluator: t.Any) -> None:
        self._project = project
        self._built = built
        self._evaluator = evaluator
        self.replaced_meanwhile: t.Set[str] = set()
        self._evaluate_stages = evaluator._evaluate_stages
        self._clear = evaluator.visit_restatement_stage
        self._promote = evaluator.visit_environment_record_update_stage
        self._data_left = False
        evaluator._evaluate_stages = self._on_stages
        evaluator.visit_restatement_stage = self._on_clear
        evaluator.visit_environment_record_update_stage = self._on_promote

    def _on_stages(self, stages: t.List[t.Any], plan: t.Any) -> None:
        stages = self._with_clearing(stages, plan)
        for stage in stages:
            self._require_replacement(stage)
        names = [type(stage).__name__ for stage in stages]
        promotion = names.index("EnvironmentRecordUpdateStage")
        self._data_left = any(getattr(stage, "snapshot_to_intervals", None) for stage in stages[promotion:])
        try:
            self._evaluate_stages(stages, plan)
        except _Superseded:
            self._project.console.tell_warning(
                f"another plan was applied to {plan.environment.name} meanwhile; what was restated stays"
            )

    def _with_clearing(self, stages: t.List[t.Any], plan: t.Any) -> t.List[t.Any]:
        """SQLMesh makes no stage of it for a plan that restates nothing any more."""
        from sqlmesh.core.plan.stages import RestatementStage

        if plan.restatements or not self._all_restatements() or plan.is_dev:
            return stages
        if not getattr(plan, "restate_all_snapshots", True):
            return stages
        names = [type(stage).__name__ for stage in stages]
        promotion = names.index("EnvironmentRecordUpdateStage")
        backfill = stages[names.index("BackfillStage")]
        clearing = RestatementStage(all_snapshots=backfill.all_snapshots)
        return [*stages[:promotion], clearing, *stages[promotion:]]

    def _require_replacement(self, stage: t.Any) -> None:
        """
        A table that can only be restated as a whole is replaced by its first batch, if SQLMesh's state says that nothing
        of it is left. If something is, for it was run since, the batch would be added to what is there.
        """
        for snapshot, intervals in (getattr(stage, "snapshot_to_intervals", None) or {}).items():
            whole = self._built.all_restatements.get(snapshot.snapshot_id)
            if whole is None or not snapshot.full_history_restatement_only or repetition_of(snapshot) == "each":
                continue
            left = snapshot.intervals if stage.deployability_index.is_representative(snapshot) else snapshot.dev_intervals
            if left and intervals and intervals[0][0] <= left[0][0]:
                name = self._project.name(snapshot.name)
                raise BridgeError(
                    "PLAN_STALE",
                    f"{name} was run beyond this plan by something else, and cannot be restated up to there only",
                    "abandon the run, then restate again",
                )

    def _on_clear(self, stage: t.Any, plan: t.Any) -> None:
        from sqlmesh.utils.errors import ConflictingPlanError, SQLMeshError

        self._note_replaced(plan)
        try:
            self._clear(stage, plan.copy(update={"restatements": self._all_restatements()}))
        except ConflictingPlanError:
            # What is to be cleared has been; SQLMesh goes no further, though all the data is written.
            self._note_replaced(plan)
        except SQLMeshError as error:
            # Before its fix of issue 5909 SQLMesh fails to remove what is not there.
            if "empty DataFrame" not in str(error):
                raise
            self._project.console.tell_warning("no other environment had intervals to clear")

    def _on_promote(self, stage: t.Any, plan: t.Any) -> None:
        from sqlmesh.utils.errors import ConflictingPlanError

        try:
            self._promote(stage, plan)
        except ConflictingPlanError:
            if self._data_left:
                raise
            self._note_replaced(plan)
            raise _Superseded() from None

    def _note_replaced(self, plan: t.Any) -> None:
        current = self._evaluator.state_sync.get_environment(plan.environment.name)
        versions = {snapshot.name: snapshot.version for snapshot in current.snapshots} if current else {}
        for snapshot in plan.environment.snapshots:
            restated = snapshot.snapshot_id in self._built.all_restatements
            if restated and versions.get(snapshot.name, snapshot.version) != snapshot.version:
                self.replaced_meanwhile.add(self._project.name(snapshot.name))

    def _all_restatements(self) -> t.Dict[str, t.Tuple[int, int]]:
        return {snapshot_id.name: interval for snapshot_id, interval in self._built.all_restatements.items()}
