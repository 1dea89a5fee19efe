"""SQLMesh tells what it does through a console; this one turns it into events and remembers what failed."""

from __future__ import annotations

import functools
import inspect
import logging
import threading
import typing as t

from sqlmesh.core.console import NoopConsole

from .channel import Channel
from .errors import failure_of, in_one_line
from .interrupts import Interrupts
from .names import display_name, with_display_names
from .protocol import Failure
from .statements import Statements

logger = logging.getLogger(__name__)

Arguments = t.Mapping[str, t.Any]


class Observations:
    """What one request saw, for its answer."""

    def __init__(self) -> None:
        self.failures: t.Dict[str, Failure] = {}
        self.skipped: t.Set[str] = set()
        self.failed_tests: t.List[str] = []
        self.destructive: t.List[str] = []
        self.linter_errors: t.List[str] = []


def _hook(method: t.Callable[[t.Any, Arguments], None]) -> t.Callable[..., None]:
    """Binds whatever this SQLMesh passes to its own parameter names: their number and order differ by version."""
    base = getattr(NoopConsole, method.__name__, None)
    signature = inspect.signature(base) if base else None

    @functools.wraps(method)
    def override(self: t.Any, *args: t.Any, **kwargs: t.Any) -> None:
        try:
            arguments = signature.bind(self, *args, **kwargs).arguments if signature else kwargs
            method(self, arguments)
        except Exception:
            # An observer must not break what it observes.
            logger.exception("The bridge could not report %s", method.__name__)

    return override


class BridgeConsole(NoopConsole):
    def __init__(self, channel: Channel, statements: Statements, interrupts: Interrupts) -> None:
        super().__init__()
        self._channel = channel
        self._statements = statements
        self._interrupts = interrupts
        self._default_catalog: t.Optional[str] = None
        self._lock = threading.Lock()
        self._observed = Observations()
        # Batches by model: what is known to come, and what has been told.
        self._to_do: t.Dict[str, int] = {}
        self._told: t.Dict[str, int] = {}
        self._attempted: t.Set[str] = set()
        # Set from another thread: what breaks from then on is broken off, not failing.
        self.is_interrupted = False

    def begin(self, default_catalog: t.Optional[str], to_do: t.Optional[t.Dict[str, int]] = None) -> Observations:
        """Starts to observe anew. SQLMesh evaluates in stages and tells of each alone; `to_do` knows of all."""
        self._default_catalog = default_catalog
        self._to_do = dict(to_do or {})
        self._told = {}
        self._attempted = set()
        self._observed = Observations()
        return self._observed

    def finish(self, succeeded: bool) -> None:
        skipped = set(self._observed.skipped)
        if self._observed.failures:
            # Stages after a failure are not begun, and SQLMesh does not say so.
            skipped |= self._to_do.keys() - self._attempted
        # SQLMesh counts a model whose later batches were not tried among the skipped, though it has failed.
        for model in sorted(skipped - self._observed.failures.keys()):
            self._channel.event("model-skipped", model=model)
        if self._told:
            self._channel.event("evaluation-finished", succeeded=succeeded)

    def report_failure(self, error: BaseException) -> None:
        if self.is_interrupted:
            return
        failure = failure_of(error, self._default_catalog)
        with self._lock:
            # Every batch of a model may fail; the first one tells why.
            if failure["model"] in self._observed.failures:
                return
            self._observed.failures[failure["model"]] = failure
        self._channel.event("model-failed", failure=failure)

    @_hook
    def start_evaluation_progress(self, given: Arguments) -> None:
        if given.get("audit_only"):
            return
        for snapshot, batches in given["batched_intervals"].items():
            self._to_do[self._name(snapshot.name)] = len(batches)
            self._attempted.add(self._name(snapshot.name))
        to_do = {model: batches for model, batches in self._to_do.items() if batches > 0}
        if to_do != self._told:
            self._told = to_do
            models = [{"model": model, "batches": batches} for model, batches in to_do.items()]
            self._channel.event("evaluation-planned", models=models)

    @_hook
    def start_snapshot_evaluation_progress(self, given: Arguments) -> None:
        self._statements.begin_batch()
        if not given.get("audit_only"):
            self._channel.event("batch-started", model=self._name(given["snapshot"].name))

    @_hook
    def update_snapshot_evaluation_progress(self, given: Arguments) -> None:
        # Without a duration the batch failed. With one, SQLMesh has stored it.
        is_stored = given["duration_ms"] is not None and not given.get("audit_only")
        queries = self._statements.end_batch(is_stored)
        try:
            if is_stored:
                self._tell_batch(given, queries)
            elif not given.get("audit_only"):
                self._channel.event("batch-stopped", model=self._name(given["snapshot"].name))
        finally:
            self._interrupts.release()

    def _tell_batch(self, given: Arguments, queries: t.List[str]) -> None:
        snapshot, (start, end) = given["snapshot"], given["interval"]
        model, number = self._name(snapshot.name), given["batch_idx"] + 1
        rows = getattr(given.get("execution_stats"), "total_rows_processed", None)
        self._channel.event(
            "batch-finished",
            batch={
                "model": model,
                "interval": {"start": int(start), "end": int(end)},
                "number": number,
                "of": max(number, self._to_do.get(model, number)),
                "rows": None if rows is None else int(rows),
                "milliseconds": int(given["duration_ms"]),
                "audits_passed": int(given["num_audits_passed"]),
                "audits_failed": int(given["num_audits_failed"]),
                "queries": queries,
            },
        )

    @_hook
    def log_failed_models(self, given: Arguments) -> None:
        for error in given["errors"]:
            self.report_failure(error)

    @_hook
    def log_skipped_models(self, given: Arguments) -> None:
        if not self.is_interrupted:
            self._observed.skipped |= {self._name(fqn) for fqn in given["snapshot_names"]}

    @_hook
    def log_test_results(self, given: Arguments) -> None:
        result = given["result"]
        for test, _ in [*result.failures, *result.errors]:
            self._observed.failed_tests.append(getattr(test, "test_name", None) or str(test))

    @_hook
    def log_destructive_change(self, given: Arguments) -> None:
        if given.get("error", True):
            self._observed.destructive.append(self._name(given["snapshot_name"]))
        else:
            self._notice("warning", f"destructive change of {self._name(given['snapshot_name'])}")

    @_hook
    def show_linter_violations(self, given: Arguments) -> None:
        for violation in given["violations"]:
            text = in_one_line(f"{self._name(given['model'].fqn)}: {violation.violation_msg} ({violation.rule.name})")
            if given.get("is_error"):
                self._observed.linter_errors.append(text)
            else:
                self._notice("warning", text)

    @_hook
    def log_warning(self, given: Arguments) -> None:
        logger.warning("%s", given.get("long_message") or given["short_message"])
        self._notice("warning", given["short_message"])

    @_hook
    def log_error(self, given: Arguments) -> None:
        logger.error("%s", given["message"])
        self._notice("warning", given["message"])

    @_hook
    def log_status_update(self, given: Arguments) -> None:
        logger.info("%s", given["message"])

    @_hook
    def log_success(self, given: Arguments) -> None:
        logger.info("%s", given["message"])

    def tell_warning(self, text: str) -> None:
        """The bridge's own remark."""
        self._notice("warning", text)

    def _name(self, fqn: str) -> str:
        return display_name(fqn, self._default_catalog)

    def _notice(self, level: str, text: str) -> None:
        text = with_display_names(in_one_line(text), self._default_catalog)
        if text:
            self._channel.event("notice", level=level, text=text)
