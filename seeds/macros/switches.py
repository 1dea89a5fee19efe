"""Faults on demand, for tests and demonstrations.

They are read from the environment of the process that evaluates a model, when it evaluates it. SQLMesh variables
would not do: their values are part of a model's fingerprint, so they take effect only once a plan has deployed them,
and a restatement, which works from SQLMesh's state, would never meet them. Every macro below renders to its harmless
form in all other stages: loading, creating, promoting and unit tests.
"""

import os

from sqlglot import exp
from sqlmesh import macro


@macro()
def slow_down(evaluator) -> exp.Expression:
    """TRUE; for models in OSO_SAMPLE_SLOW (`model=seconds,…`) only after Trino has worked for about that long."""
    if evaluator.runtime_stage != "evaluating":
        return exp.true()
    model = evaluator.this_model_fqn.replace('"', "").split(".")[-1]
    for entry in os.environ.get("OSO_SAMPLE_SLOW", "").split(","):
        name, _, seconds = entry.strip().removeprefix("oso.").partition("=")
        if name == model:
            # Unrelated to the model's rows, so Trino runs it once, whatever it filters.
            return exp.maybe_parse(
                "(SELECT COUNT(*) FROM tpch.sf1.lineitem AS l CROSS JOIN UNNEST(SEQUENCE(1, "
                + str(int(seconds))
                + ")) AS t(n) WHERE SHA256(TO_UTF8(l.comment)) IS NULL) = 0",
                dialect="trino",
            )
    return exp.true()


@macro()
def audit_fails(evaluator) -> exp.Expression:
    """TRUE for models in OSO_SAMPLE_FAIL_AUDIT (`model,…`)."""
    if evaluator.runtime_stage not in ("evaluating", "auditing"):
        return exp.false()
    table = str(evaluator.locals.get("this_model", ""))
    names = [name.strip().removeprefix("oso.") for name in os.environ.get("OSO_SAMPLE_FAIL_AUDIT", "").split(",")]
    return exp.convert(any(name and name in table for name in names))


@macro()
def bad_data(evaluator, good: exp.Expression, bad: exp.Expression) -> exp.Expression:
    """`good`; `bad` for models in OSO_SAMPLE_BAD_DATA (`model,…`)."""
    if evaluator.runtime_stage != "evaluating":
        return good
    model = evaluator.this_model_fqn.replace('"', "").split(".")[-1]
    names = [name.strip().removeprefix("oso.") for name in os.environ.get("OSO_SAMPLE_BAD_DATA", "").split(",")]
    return bad if model in names else good
