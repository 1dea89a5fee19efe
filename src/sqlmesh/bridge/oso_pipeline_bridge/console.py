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
from .names import display_name
from .protocol import Failure

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
    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel
        self._default_catalog: t.Optional[str] = None
        self._lock = threading.Lock()
        self._batches: t.Dict[str, int] = {}
        self._observed = Observations()

    def begin(self, default_catalog: t.Optional[str]) -> Observations:
        """Starts to observe anew."""
        self._default_catalog = default_catalog
        self._batches = {}
        self._observed = Observations()
        return self._observed

    def report_failure(self, error: BaseException) -> None:
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
        self._batches = {snapshot.name: len(batches) for snapshot, batches in given["batched_intervals"].items()}
        models = [
            {"model": self._name(fqn), "batches": batches} for fqn, batches in self._batches.items() if batches > 0
        ]
        self._channel.event("evaluation-planned", models=models)

    @_hook
    def update_snapshot_evaluation_progress(self, given: Arguments) -> None:
        # Without a duration the batch failed. With one, SQLMesh has stored it.
        if given["duration_ms"] is None or given.get("audit_only"):
            return
        snapshot, (start, end) = given["snapshot"], given["interval"]
        rows = getattr(given.get("execution_stats"), "total_rows_processed", None)
        self._channel.event(
            "batch-finished",
            batch={
                "model": self._name(snapshot.name),
                "interval": {"start": int(start), "end": int(end)} if snapshot.is_incremental else None,
                "number": given["batch_idx"] + 1,
                "of": self._batches.get(snapshot.name, given["batch_idx"] + 1),
                "rows": None if rows is None else int(rows),
                "milliseconds": int(given["duration_ms"]),
                "audits_passed": int(given["num_audits_passed"]),
                "audits_failed": int(given["num_audits_failed"]),
            },
        )

    @_hook
    def stop_evaluation_progress(self, given: Arguments) -> None:
        self._channel.event("evaluation-finished", succeeded=bool(given.get("success", True)))

    @_hook
    def log_failed_models(self, given: Arguments) -> None:
        for error in given["errors"]:
            self.report_failure(error)

    @_hook
    def log_skipped_models(self, given: Arguments) -> None:
        for fqn in sorted(given["snapshot_names"]):
            model = self._name(fqn)
            with self._lock:
                known = model in self._observed.skipped
                self._observed.skipped.add(model)
            if not known:
                self._channel.event("model-skipped", model=model)

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
        self._notice("info", given["message"])

    @_hook
    def log_success(self, given: Arguments) -> None:
        logger.info("%s", given["message"])

    def _name(self, fqn: str) -> str:
        return display_name(fqn, self._default_catalog)

    def _notice(self, level: str, text: str) -> None:
        text = in_one_line(text)
        if text:
            self._channel.event("notice", level=level, text=text)
