"""Faults on demand, for tests and demonstrations.

A switch is an environment variable of the process that evaluates a model, read when it evaluates it. A SQLMesh
variable would not do: its value is part of a model's fingerprint, so it takes effect only once a plan has deployed
it, and a restatement, which works from SQLMesh's state, would never meet it. In every other stage (loading, promoting,
unit tests) the macros render to their harmless form, so no switch is ever a change to a model.
"""

import os
import re

from sqlglot import exp
from sqlmesh import macro

# Of Trino 476 on one core of the machine this was measured on.
HASHES_PER_SECOND = 5_000_000


def switched(name, model):
    """What the switch says for the model: None when it is off, '' when it is on without a value."""
    for entry in os.environ.get(name, "").split(","):
        key, _, value = entry.strip().partition("=")
        if key.removeprefix("oso.") == model:
            return value
    return None


def evaluated_model(evaluator):
    """Name of the model being evaluated, without catalog and schema; None in other stages."""
    # Newer versions of SQLMesh evaluate the first batch of a new table in the stage "creating".
    if evaluator.runtime_stage not in ("creating", "evaluating"):
        return None
    return exp.to_table(evaluator.this_model_fqn).name


@macro()
def slow_down(evaluator) -> exp.Expression:
    """TRUE; where OSO_SAMPLE_SLOW says `model=seconds`, only after Trino has worked for about that long."""
    seconds = switched("OSO_SAMPLE_SLOW", evaluated_model(evaluator))
    if not seconds:
        return exp.true()
    # Reads no row of the model, so that Trino runs it once per query, however many rows there are.
    return exp.maybe_parse(
        f"""(
          SELECT COUNT(*)
          FROM UNNEST(SEQUENCE(1, {int(seconds)})) AS seconds(s)
          CROSS JOIN UNNEST(SEQUENCE(1, 1000)) AS thousand(a)
          CROSS JOIN UNNEST(SEQUENCE(1, {HASHES_PER_SECOND // 1000})) AS thousands(b)
          WHERE SHA256(TO_UTF8(CAST(a * b AS VARCHAR))) IS NULL
        ) = 0""",
        dialect="trino",
    )


@macro()
def bad_data(evaluator, good: exp.Expression, bad: exp.Expression) -> exp.Expression:
    """`good`; `bad` for the models that OSO_SAMPLE_BAD_DATA lists."""
    return good if switched("OSO_SAMPLE_BAD_DATA", evaluated_model(evaluator)) is None else bad


@macro()
def audit_fails(evaluator) -> exp.Expression:
    """FALSE; TRUE for the models that OSO_SAMPLE_FAIL_AUDIT lists."""
    if evaluator.runtime_stage != "auditing":
        return exp.false()
    # An audit is told the table, not the model: oso__projects_v1__1234567890, or projects_v1 in the mode dev_only.
    table = evaluator.locals["this_model"].find(exp.Table).name
    model = re.sub(r"^oso__|__\d+(__dev)?$", "", table)
    return exp.convert(switched("OSO_SAMPLE_FAIL_AUDIT", model) is not None)
