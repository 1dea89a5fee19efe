"""What differs between two evaluations of the same model, read from the environment when it is evaluated.

In every other stage the macros render to a constant, so none of them is ever a change to a model.
"""

import os

from sqlglot import exp
from sqlmesh import macro

# Of Trino 476 on one core of the machine this was measured on.
HASHES_PER_SECOND = 5_000_000


def evaluates(evaluator):
    # Newer versions of SQLMesh evaluate the first batch of a new table in the stage "creating".
    return evaluator.runtime_stage in ("creating", "evaluating")


@macro()
def mark(evaluator) -> exp.Expression:
    """CRASH_MARK: tells in every row which restatement wrote it."""
    return exp.convert(int(os.environ.get("CRASH_MARK") or 0) if evaluates(evaluator) else 0)


@macro()
def slow_down(evaluator) -> exp.Expression:
    """TRUE; after Trino has worked for about that long where CRASH_SLOW says `model@2025-01-03=seconds`.

    The date is the first day of the batch; without it all batches of the model are slow.
    """
    seconds = None
    if evaluates(evaluator):
        model = exp.to_table(evaluator.this_model_fqn).name
        batch = f"{model}@{evaluator.locals.get('start_ds')}"
        for entry in (os.environ.get("CRASH_SLOW") or "").split(","):
            key, _, value = entry.strip().partition("=")
            if key in (model, batch):
                seconds = int(value)
    if not seconds:
        return exp.true()
    # Reads no row of the model, so that Trino runs it once per query, however many rows there are.
    return exp.maybe_parse(
        f"""(
          SELECT COUNT(*)
          FROM UNNEST(SEQUENCE(1, {seconds})) AS seconds(s)
          CROSS JOIN UNNEST(SEQUENCE(1, 1000)) AS thousand(a)
          CROSS JOIN UNNEST(SEQUENCE(1, {HASHES_PER_SECOND // 1000})) AS thousands(b)
          WHERE SHA256(TO_UTF8(CAST(a * b AS VARCHAR))) IS NULL
        ) = 0""",
        dialect="trino",
    )
