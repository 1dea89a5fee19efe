"""The bridge runs from where it is installed, and leaves nothing there."""

from __future__ import annotations

import contextlib
import sys
import typing as t


@contextlib.contextmanager
def not_written() -> t.Iterator[None]:
    """For imports of our own modules; SQLMesh may compile its own."""
    before = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before
