"""Breaking off: a signal becomes KeyboardInterrupt on the main thread, but not between storing a batch and telling it."""

from __future__ import annotations

import functools
import signal
import threading
import typing as t
from contextlib import contextmanager


class Interrupts:
    def __init__(self) -> None:
        self._allowed = False
        self._held = False
        self._came = False

    def listen(self) -> None:
        signal.signal(signal.SIGINT, self._on_signal)

    def allow(self) -> None:
        self._held = self._came = False
        self._allowed = True

    def forbid(self) -> None:
        self._allowed = False

    def hold(self) -> None:
        """Until `release`. SQLMesh's worker threads are not interrupted anyway, they are waited for."""
        if threading.current_thread() is threading.main_thread():
            self._held = True

    def release(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        self._held = False
        if self._came:
            self._came = False
            self._raise()

    @contextmanager
    def held_from_storing(self, state_sync: t.Any) -> t.Iterator[None]:
        """From when SQLMesh begins to store a batch; the console releases once it has told of it."""
        add_interval = state_sync.add_interval

        @functools.wraps(add_interval)
        def held(*args: t.Any, **kwargs: t.Any) -> None:
            self.hold()
            try:
                add_interval(*args, **kwargs)
            except BaseException:
                self.release()
                raise

        state_sync.add_interval = held
        try:
            yield
        finally:
            del state_sync.add_interval

    def _on_signal(self, *_: t.Any) -> None:
        if self._held:
            self._came = True
        else:
            self._raise()

    def _raise(self) -> None:
        if self._allowed:
            self._allowed = False
            raise KeyboardInterrupt
