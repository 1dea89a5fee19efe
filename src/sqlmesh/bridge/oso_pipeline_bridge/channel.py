"""The two pipes to the parent, apart from stdin, stdout and stderr so that no print can break the protocol."""

from __future__ import annotations

import json
import os
import threading
import typing as t


class Channel:
    def __init__(self, requests_fd: int, replies_fd: int) -> None:
        self._requests_fd = requests_fd
        self._replies_fd = replies_fd
        self._lock = threading.Lock()
        self._usable = True
        for fd in (requests_fd, replies_fd):
            os.set_inheritable(fd, False)
        # SQLMesh loads models in forked processes: one that held the pipes would hide the death of either side.
        os.register_at_fork(after_in_child=self._abandon)

    def send(self, message: t.Mapping[str, t.Any]) -> None:
        if not self._usable:
            return
        line = json.dumps(message, separators=(",", ":"), allow_nan=False).encode("utf-8") + b"\n"
        with self._lock:
            try:
                while line:
                    line = line[os.write(self._replies_fd, line) :]
            except OSError:
                self._usable = False  # The parent is gone; the reader sees that as well, and ends the process.

    def event(self, name: str, **fields: t.Any) -> None:
        self.send({"event": name, **fields})

    def requests(self) -> t.Iterator[t.Any]:
        """Yields each request until the parent closes its end or dies."""
        with os.fdopen(self._requests_fd, "rb", closefd=False) as stream:
            for line in stream:
                yield json.loads(line)

    def _abandon(self) -> None:
        self._usable = False
        for fd in (self._requests_fd, self._replies_fd):
            try:
                os.close(fd)
            except OSError:
                pass
