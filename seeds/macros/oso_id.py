from sqlglot import exp
from sqlmesh import macro


@macro()
def oso_id(evaluator, *parts: exp.Expression) -> exp.Expression:
    """A stable id of an entity, made of its source, namespace and name."""
    key = exp.Concat(expressions=list(parts), safe=True, coalesce=False)
    digest = exp.SHA2(this=exp.Encode(this=key, charset=exp.Literal.string("utf-8")), length=exp.Literal.number(256))
    return exp.ToBase64(this=digest)
