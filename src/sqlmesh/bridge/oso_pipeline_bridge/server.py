"""One process, one project: answers requests one at a time on the main thread, and takes cancellation beside it."""

from __future__ import annotations

import gc
import logging
import os
import queue
import signal
import sys
import threading
import time
import typing as t
from importlib import metadata

from .bytecode import not_written
from .channel import Channel
from .coverage import coverage
from .errors import to_bridge_error
from .evaluation import apply_plan, run_due
from .evidence import accept_as_written, stored_batches
from .interrupts import Interrupts
from .permit import Permit, PermitExpired
from .planning import BuiltPlan, build_plan, narrow_plan
from .protocol import PROTOCOL_VERSION, BridgeError, Evaluated, Hello, Loaded, ModelRange, Plan, Request, SurveyedModel
from .queries import cancel_running
from .references import table_references
from .statements import Statements
from .surveying import gateways_of, survey, without_state

if t.TYPE_CHECKING:
    from .project import Project

logger = logging.getLogger(__name__)

# How long a bridge without a parent may take to end its queries.
LAST_SECONDS = 3.0
CANCEL_EVERY_SECONDS = 0.25
TELLING_SECONDS = 0.5


def main(requests_fd: int, replies_fd: int) -> None:
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    Server(Channel(requests_fd, replies_fd)).serve()


class Server:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._requests: "queue.SimpleQueue[Request]" = queue.SimpleQueue()
        self._project: t.Optional["Project"] = None
        # The plan as it was built, and as it is to be applied: narrowed perhaps.
        self._built: t.Optional[BuiltPlan] = None
        self._to_apply: t.Optional[BuiltPlan] = None
        self._permit = Permit(self._on_permit_expired)
        self._statements = Statements(channel, self._permit)
        self._interrupts = Interrupts()
        # The request in work; None while there is none, so that a late cancellation interrupts nothing.
        self._current: t.Optional[int] = None
        self._interrupted: t.Optional[int] = None
        self._closing = False
        self._methods: t.Dict[str, t.Callable[[t.Dict[str, t.Any]], t.Any]] = {
            "hello": self._hello,
            "load": self._load,
            "select": lambda params: self._loaded().select(params["selectors"]),
            "plan": self._plan,
            "narrow": self._narrow,
            "stored": lambda params: stored_batches(self._loaded(), self._last_built(params), params["since"]),
            "accept_as_written": self._accept_as_written,
            "apply": self._apply,
            "run": self._run,
            "mark": self._mark,
            "coverage": lambda params: coverage(self._loaded(), params["environment"]),
            "table_references": lambda params: table_references(params["statements"]),
            "gateways": lambda params: gateways_of(params["path"]),
            "survey": self._survey,
        }

    def serve(self) -> None:
        self._interrupts.listen()
        os.register_at_fork(after_in_child=self._in_forked_child)
        threading.Thread(target=self._read, name="requests", daemon=True).start()
        while True:
            request = self._requests.get()
            if request["method"] == "close":
                self._close(request)
            self._channel.send(self._answer(request))

    def _answer(self, request: Request) -> t.Dict[str, t.Any]:
        identity, method = request["id"], request["method"]
        logger.info("Request %s: %s", identity, method)
        self._current = identity
        try:
            handler = self._methods.get(method)
            if handler is None:
                raise BridgeError("BRIDGE_FAILED", f"the bridge knows no method {method}")
            self._interrupts.allow()
            result = handler(request["params"])
            self._interrupts.forbid()
            if self._interrupted == identity:
                raise KeyboardInterrupt  # SQLMesh took the end of its queries for failures.
            return {"id": identity, "result": result}
        except BaseException as error:  # SystemExit too: a model's code must not end the bridge.
            self._interrupts.forbid()
            logger.exception("Request %s: %s failed", identity, method)
            return {"id": identity, "error": self._told(error, method).to_wire()}
        finally:
            self._current = None

    def _told(self, error: BaseException, method: str) -> BridgeError:
        if self._interrupted is not None and not isinstance(error, PermitExpired):
            error = KeyboardInterrupt()
        return to_bridge_error(error, method, self._project.default_catalog if self._project else None)

    # What is asked

    def _hello(self, params: t.Dict[str, t.Any]) -> Hello:
        interval = float(params["heartbeat_seconds"])
        threading.Thread(target=self._beat, args=(interval,), name="heartbeat", daemon=True).start()
        return {
            "protocol": PROTOCOL_VERSION,
            "python": sys.version.split()[0],
            "executable": sys.executable,
            "sqlmesh": _version_of("sqlmesh"),
            "sqlglot": _version_of("sqlglot"),
        }

    def _load(self, params: t.Dict[str, t.Any]) -> Loaded:
        return self._open(params).describe()

    def _survey(self, params: t.Dict[str, t.Any]) -> t.List[SurveyedModel]:
        return survey(self._open(params, without_state(params["path"])))

    def _open(self, params: t.Dict[str, t.Any], config: t.Any = None) -> "Project":
        # What importing and loading make is kept for good: looking for garbage among it is a sixth of the time.
        gc.disable()
        try:
            import sqlmesh  # noqa: F401

            with not_written():
                from .project import Project

            if self._project is None:
                self._project = Project(
                    params["path"], params["gateway"], self._channel, self._statements, self._interrupts, config
                )
        finally:
            gc.freeze()
            gc.enable()
        return self._project

    def _plan(self, params: t.Dict[str, t.Any]) -> Plan:
        self._built = self._to_apply = None
        self._built = self._to_apply = build_plan(self._loaded(), t.cast(t.Any, params))
        return self._built.description

    def _narrow(self, params: t.Dict[str, t.Any]) -> Plan:
        self._to_apply = narrow_plan(self._loaded(), self._last_built(params), params["left"])
        return self._to_apply.description

    def _accept_as_written(self, params: t.Dict[str, t.Any]) -> t.Dict[str, t.Any]:
        written: t.List[ModelRange] = params["written"]
        accept_as_written(self._loaded(), self._last_built(params), written)
        return {}

    def _apply(self, params: t.Dict[str, t.Any]) -> Evaluated:
        self._last_built(params)
        built, self._built, self._to_apply = self._to_apply, None, None
        return apply_plan(self._loaded(), t.cast(BuiltPlan, built))

    def _last_built(self, params: t.Dict[str, t.Any]) -> BuiltPlan:
        if self._built is None or self._built.description["plan_id"] != params["plan_id"]:
            raise BridgeError("BRIDGE_FAILED", f"plan {params['plan_id']} is not the one that was built last")
        return self._built

    def _mark(self, params: t.Dict[str, t.Any]) -> t.Dict[str, t.Any]:
        self._statements.mark = {"source": params["source"], "client_tags": params["client_tags"]}
        return {}

    def _run(self, params: t.Dict[str, t.Any]) -> Evaluated:
        return run_due(self._loaded(), params["environment"])

    def _loaded(self) -> "Project":
        if self._project is None:
            raise BridgeError("BRIDGE_FAILED", "the project has not been loaded")
        return self._project

    def _close(self, request: Request) -> t.NoReturn:
        try:
            if self._project is not None:
                self._project.close()
        except Exception:
            logger.exception("The project could not be closed")
        self._channel.send({"id": request["id"], "result": {}})
        _end_process_group(0)

    # Beside it

    def _read(self) -> None:
        try:
            for request in self._channel.requests():
                if request["method"] == "cancel":
                    self._cancel(request["params"]["request"])
                    continue
                if request["method"] == "permit":
                    self._permit.extend(request["params"]["milliseconds"], request["params"]["sent_at"])
                    continue
                self._closing = self._closing or request["method"] == "close"
                self._requests.put(request)
        except Exception:
            logger.exception("The bridge cannot read its requests")
        if not self._closing:
            # The parent died: nobody would ever know what this process still did.
            logger.error("The parent process is gone")
            self._wind_down()

    def _cancel(self, identity: int) -> None:
        if self._current == identity:
            threading.Thread(target=self._interrupt_until_idle, args=(identity,), name="cancel", daemon=True).start()

    def _interrupt_until_idle(self, identity: int) -> None:
        # The signal stops the scheduling; SQLMesh then waits for the queries in flight, so they are ended as well.
        self._interrupted = identity
        if self._project is not None:
            self._project.console.is_interrupted = True
        os.kill(os.getpid(), signal.SIGINT)
        while self._current == identity:
            if self._project is not None:
                cancel_running(self._project.context)
            time.sleep(CANCEL_EVERY_SECONDS)

    def _on_permit_expired(self) -> None:
        # The parent may be stopped and its pipe be full, so that telling it takes for ever.
        teller = threading.Thread(target=self._channel.event, args=("lease-lost",), name="lease-lost", daemon=True)
        teller.start()
        teller.join(TELLING_SECONDS)
        self._wind_down()

    def _wind_down(self) -> None:
        if self._current is not None:
            worker = threading.Thread(
                target=self._interrupt_until_idle, args=(self._current,), name="cancel", daemon=True
            )
            worker.start()
            worker.join(LAST_SECONDS)
        _end_process_group(1)

    def _beat(self, interval: float) -> None:
        while True:
            time.sleep(interval)
            if self._current is not None:
                self._channel.event("alive")

    def _in_forked_child(self) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _version_of(package: str) -> t.Optional[str]:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _end_process_group(code: int) -> t.NoReturn:
    """Ends this process at once, and with it loaders that SQLMesh forked and that would wait for it forever."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass
    if code != 0 and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(code)
