"""SQLMesh's own command line. It also tells, as JSON lines on file descriptor 3, what it is to do and what it has stored."""

import json
import os

from sqlmesh.cli.main import cli
from sqlmesh.core.console import TerminalConsole

start = TerminalConsole.start_evaluation_progress
update = TerminalConsole.update_snapshot_evaluation_progress


def tell(event, **facts):
    os.write(3, (json.dumps({"type": event, **facts}) + "\n").encode())


def telling_start(self, batched_intervals, *args, **kwargs):
    tell("evaluation-planned", models=[{"batches": len(intervals)} for intervals in batched_intervals.values()])
    start(self, batched_intervals, *args, **kwargs)


def telling_update(self, snapshot, interval, batch_idx, duration_ms, *args, **kwargs):
    if duration_ms is not None:
        tell("batch-finished", batch={"model": snapshot.name, "interval": interval})
    update(self, snapshot, interval, batch_idx, duration_ms, *args, **kwargs)


TerminalConsole.start_evaluation_progress = telling_start
TerminalConsole.update_snapshot_evaluation_progress = telling_update
cli()
