"""Names as people write them, from SQLMesh's fully qualified ones."""

from __future__ import annotations

import re
import typing as t


def parts_of(fqn: str) -> t.List[str]:
    """`"iceberg"."oso"."model"` -> its parts; a doubled quote inside a part is one quote."""
    parts: t.List[str] = []
    current = ""
    quoted = False
    i = 0
    while i < len(fqn):
        char = fqn[i]
        if char == '"':
            if quoted and fqn[i + 1 : i + 2] == '"':
                current += char
                i += 1
            else:
                quoted = not quoted
        elif char == "." and not quoted:
            parts.append(current)
            current = ""
        else:
            current += char
        i += 1
    return [*parts, current]


def display_name(fqn: str, default_catalog: t.Optional[str]) -> str:
    """Leaves the default catalog out; another catalog stays in the name."""
    parts = parts_of(fqn)
    if len(parts) == 3 and default_catalog and parts[0] == parts_of(default_catalog)[0]:
        parts = parts[1:]
    return ".".join(parts)


def with_display_names(text: str, default_catalog: t.Optional[str]) -> str:
    """Rewrites the fully qualified names in a message of SQLMesh."""
    return re.sub(r'"[^"\s]+"(?:\."[^"\s]+"){1,2}', lambda match: display_name(match.group(), default_catalog), text)


def kind_of(model: t.Any) -> str:
    """The kind's name as SQLMesh spells it."""
    name = model.kind.name
    return str(getattr(name, "value", name))
