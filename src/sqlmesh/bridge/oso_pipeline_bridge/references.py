"""Finds what a query reads, with the place of each table's name in the text. Needs sqlglot only, not SQLMesh."""

from __future__ import annotations

import bisect
import typing as t

from .protocol import QueryReading, TableReference, Unreadable

# Words that Trino reserves, so that none of them can be the name of a column unless it is quoted.
VOLATILE_WORDS = frozenset(
    "current_catalog current_date current_path current_role current_schema current_time current_timestamp current_user"
    " localtime localtimestamp tablesample".split()
)
VOLATILE_FUNCTIONS = frozenset("current_groups current_timezone now rand random shuffle uuid version".split())

# Of Trino's table functions those that read nothing but what they are given.
PURE_TABLE_FUNCTIONS = frozenset(["exclude_columns", "sequence"])


def table_references(statements: t.Sequence[str]) -> t.List[t.Union[QueryReading, Unreadable]]:
    return [_reading_of(statement) for statement in statements]


def _reading_of(sql: str) -> t.Union[QueryReading, Unreadable]:
    from sqlglot.dialects.dialect import Dialect
    from sqlglot import exp
    from sqlglot.errors import ErrorLevel, SqlglotError

    trino = Dialect.get_or_raise("trino")
    try:
        tokens = trino.tokenize(sql)
        trees = trino.parser(error_level=ErrorLevel.RAISE).parse(tokens, sql)
    except SqlglotError as error:
        return {"error": str(error).splitlines()[0]}
    if len(trees) != 1 or trees[0] is None:
        return {"error": f"expected one statement, found {len(trees)}"}
    tree = trees[0]
    if not isinstance(tree, (exp.Query, exp.Values)):
        # What sqlglot does not know becomes a Command without an inside.
        return {"error": f"not a query that can be read: {sql.split(None, 1)[0] if sql.strip() else 'empty'}"}

    foreign = _table_functions(tokens) - PURE_TABLE_FUNCTIONS
    if foreign:
        return {"error": f"what the table function {min(foreign)} reads is not known"}

    utf16 = _Utf16Offsets(sql)
    references: t.List[TableReference] = []
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, (exp.Identifier, exp.Dot)):
            continue  # a table function
        identifiers = [part for part in table.parts if isinstance(part, exp.Identifier)]
        if len(identifiers) == 1 and _names_common_table(table):
            continue
        spans = [_span(identifier, sql) for identifier in identifiers]
        if any(span is None for span in spans):
            return {"error": f"the place of {table.sql(dialect='trino')} in the text is not known"}
        known = [span for span in spans if span is not None]
        references.append(
            {
                "parts": [identifier.name for identifier in identifiers],
                "start": utf16.of(min(start for start, _ in known)),
                "end": utf16.of(max(end for _, end in known)),
                "aliased": bool(table.alias),
            }
        )
    references.sort(key=lambda reference: reference["start"])
    return {"tables": references, "volatile": sorted(_volatile(tokens))}


def _volatile(tokens: t.Sequence[t.Any]) -> t.Set[str]:
    """By token, because what a function becomes in the tree differs between versions of sqlglot."""
    found = set()
    for token, following in zip(tokens, [*tokens[1:], None]):
        name = token.text.lower()
        kind = token.token_type.name
        if kind == "STRING":
            continue
        is_called = following is not None and following.token_type.name == "L_PAREN"
        if (name in VOLATILE_WORDS and kind != "IDENTIFIER") or (name in VOLATILE_FUNCTIONS and is_called):
            found.add(name)
    return found


def _table_functions(tokens: t.Sequence[t.Any]) -> t.Set[str]:
    """Names, as they are written, of what is called in `TABLE(name(...))`."""
    found = set()
    kinds = [token.token_type.name for token in tokens]
    for index in range(len(tokens) - 2):
        if kinds[index] != "TABLE" or kinds[index + 1] != "L_PAREN":
            continue
        end = index + 2
        while end < len(tokens) and kinds[end] not in ("L_PAREN", "R_PAREN"):
            end += 1
        if end < len(tokens) and kinds[end] == "L_PAREN":
            found.add("".join(token.text for token in tokens[index + 2 : end]).lower())
    return found


def _names_common_table(table: t.Any) -> bool:
    """Whether a one-part name is that of a WITH query that is visible where it stands."""
    from sqlglot import exp

    name = table.name.lower()  # Trino folds names, quoted ones too.
    child, parent = table, table.parent
    inside: t.Optional[t.Any] = None  # the WITH query that the walk came through
    while parent is not None:
        if isinstance(parent, exp.CTE):
            inside = parent
        elif isinstance(parent, exp.With):
            for common in parent.expressions:
                if common is inside and not parent.recursive:
                    break
                if common.alias.lower() == name:
                    return True
                if common is inside:
                    break
        else:
            clause = parent.args.get("with_") or parent.args.get("with")
            if isinstance(clause, exp.With) and clause is not child:
                if any(common.alias.lower() == name for common in clause.expressions):
                    return True
        child, parent = parent, parent.parent
    return False


def _span(identifier: t.Any, sql: str) -> t.Optional[t.Tuple[int, int]]:
    """Code points, end exclusive; None unless the text there really is this name."""
    start, last = identifier.meta.get("start"), identifier.meta.get("end")
    if start is None or last is None:
        return None
    text = sql[start : last + 1]
    written = text[1:-1].replace('""', '"') if text.startswith('"') else text
    return (start, last + 1) if written == identifier.name else None


class _Utf16Offsets:
    """JavaScript counts a character beyond the basic plane as two."""

    def __init__(self, text: str) -> None:
        self._wide = [index for index, char in enumerate(text) if ord(char) > 0xFFFF]

    def of(self, offset: int) -> int:
        return offset + bisect.bisect_left(self._wide, offset)
