"""Lets a test kill the process, or have another plan deployed, just before SQLMesh writes a certain batch."""

import os
import signal

from sqlmesh import macro


@macro()
def disturbed(evaluator, model):
    if evaluator.runtime_stage == "evaluating":
        # SQLMesh renders a query that asks for no dates without them.
        batch = f"{model.name} {evaluator.locals.get('start_ds', '')}".strip()
        if os.environ.get("KILL_AT") == batch:
            os.kill(os.getpid(), signal.SIGKILL)
        if os.environ.get("DEPLOY_AT") == batch:
            from sqlmesh import Context

            del os.environ["DEPLOY_AT"]
            os.environ["FACTOR"] = "2"
            other = Context(paths=os.getcwd())
            other.apply(other.plan_builder("prod", skip_tests=True).build())
    return "TRUE"
