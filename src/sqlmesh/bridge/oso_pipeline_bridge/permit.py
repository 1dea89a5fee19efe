"""How long this process may still write: as long as somebody who holds the lease says so."""

from __future__ import annotations

import logging
import threading
import time
import typing as t

logger = logging.getLogger(__name__)

# A machine that was suspended wakes up with its timers late, so that the clock is looked at this often.
LOOK_EVERY_SECONDS = 0.5

# Counts while the machine is suspended, as the lease of others does. Elsewhere than on Linux, CLOCK_MONOTONIC does.
_CLOCK: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class PermitExpired(BaseException):
    """Not an Exception: nothing that SQLMesh or a model catches may go on after it."""


class Permit:
    def __init__(self, on_expired: t.Callable[[], None]) -> None:
        self._on_expired = on_expired
        self._lock = threading.Lock()
        # Seconds on _CLOCK; None until the first permit has come, and without limit until then.
        self._deadline: t.Optional[float] = None
        self._is_expired = False

    def extend(self, milliseconds: float, sent_at: float) -> None:
        """`sent_at` is the parent's wall clock, in milliseconds: a permit may have waited while this process was stopped."""
        age = max(0.0, time.time() * 1000 - sent_at)
        with self._lock:
            first = self._deadline is None
            if not first and self._has_passed():
                return  # It comes too late: somebody else may write by now.
            self._deadline = time.clock_gettime(_CLOCK) + (milliseconds - age) / 1000
        if first:
            threading.Thread(target=self._watch, name="permit", daemon=True).start()

    def require(self) -> None:
        """@raises PermitExpired instead of letting another statement go to any database."""
        if self._deadline is None:
            return
        with self._lock:
            passed = self._has_passed()
        if passed:
            self._expire()
            raise PermitExpired("the time is over for which this process was allowed to write")

    def _has_passed(self) -> bool:
        return self._is_expired or (self._deadline is not None and time.clock_gettime(_CLOCK) >= self._deadline)

    def _watch(self) -> None:
        while True:
            with self._lock:
                passed = self._has_passed()
                left = (self._deadline or 0) - time.clock_gettime(_CLOCK)
            if passed:
                self._expire()
                return
            time.sleep(min(LOOK_EVERY_SECONDS, max(left, 0.001)))

    def _expire(self) -> None:
        with self._lock:
            if self._is_expired:
                return
            self._is_expired = True
        logger.error("The time is over for which this process was allowed to write")
        threading.Thread(target=self._on_expired, name="expired", daemon=True).start()
