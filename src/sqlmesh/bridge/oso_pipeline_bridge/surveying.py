"""What a configuration can be proposed from: the gateways of a project, and what its models say of themselves."""

from __future__ import annotations

import datetime
import typing as t

from .names import kind_of
from .protocol import AcceptedValues, Gateway, SurveyedModel, TrinoConnection

if t.TYPE_CHECKING:
    from .project import Project

TEMPORAL = {"DATE", "TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMPLTZ", "TIMESTAMPNTZ", "DATETIME"}
# Gaps between this many runs of a cron expression say how long the longest is.
CRON_RUNS = 8


def gateways_of(path: str) -> t.List[Gateway]:
    """From the configuration alone: neither models nor state are looked at. The default gateway comes first."""
    from sqlmesh.utils.errors import ConfigError

    config = _config_of(path)
    names = list(config.gateways) if isinstance(config.gateways, dict) else [""]
    default = config.default_gateway_name if isinstance(config.gateways, dict) else ""
    gateways: t.List[Gateway] = []
    for name in names:
        try:
            connection = config.get_connection(name)
        except ConfigError:
            continue
        state = config.get_state_connection(name) or connection
        gateways.append(
            {
                "name": name,
                "engine": connection.type_,
                "state_engine": state.type_,
                "is_default": name == default,
                "trino": _trino(connection) if connection.type_ == "trino" else None,
            }
        )
    return sorted(gateways, key=lambda gateway: not gateway["is_default"])


def without_state(path: str) -> t.Any:
    """The configuration with its state in memory: what is only looked at asks no database and makes no file."""
    from sqlmesh.core.config import DuckDBConnectionConfig

    config = _config_of(path)
    state = {"state_connection": DuckDBConnectionConfig()}
    if not isinstance(config.gateways, dict):
        return config.copy(update={"gateways": config.gateways.copy(update=state)})
    gateways = {name: gateway.copy(update=state) for name, gateway in config.gateways.items()}
    return config.copy(update={"gateways": gateways})


def _config_of(path: str) -> t.Any:
    from sqlmesh.core.config import Config
    from sqlmesh.core.config.loader import load_configs

    return next(iter(load_configs("config", Config, path).values()))


def _trino(connection: t.Any) -> TrinoConnection:
    """Where it is and how one signs in; never what with."""
    scheme, host = connection.http_scheme, connection.host
    if "://" in host:
        scheme, host = host.split("://", 1)
    return {
        "scheme": scheme,
        "host": host.rstrip("/"),
        "port": connection.port or (443 if scheme == "https" else 8080),
        "user": connection.user,
        "catalog": connection.catalog,
        "method": str(connection.method.value),
        "verify": connection.verify is not False,
        "ca": connection.cert if isinstance(connection.cert, str) else None,
        "client_certificate": connection.client_certificate,
        "client_key": connection.client_private_key,
    }


def survey(project: "Project") -> t.List[SurveyedModel]:
    models = (project.context.models[fqn] for fqn in sorted(project.context.models))
    return [_surveyed(project, model) for model in models if not model.kind.is_embedded]


def _surveyed(project: "Project", model: t.Any) -> SurveyedModel:
    time_column = getattr(model, "time_column", None)
    types = model.columns_to_types or {}
    time = time_column.column.name if time_column else None
    time_type = types.get(time)
    audits = [(name, args) for name, args in model.audits if "condition" not in args]
    return {
        "name": project.name(model.fqn),
        "kind": kind_of(model),
        "tags": sorted({tag.lower() for tag in model.tags}),
        "depends_on": sorted(project.name(parent) for parent in model.depends_on),
        "audits": sorted({name for name, _ in model.audits}),
        "keys": _distinct([*_keys(model), *_keys_of_audits(audits)]),
        "references": sorted({name for names in map(_columns, model.references) for name in names or []}),
        "not_null": sorted({name for _, args in _named(audits, "not_null") for name in _columns(args.get("columns")) or []}),
        "accepted_values": [found for _, args in _named(audits, "accepted_values") if (found := _accepted(args))],
        "time_column": time,
        "time_is_temporal": time_type.this.value in TEMPORAL if time_type is not None else None,
        "cadence_seconds": _cadence(model),
    }


def _keys(model: t.Any) -> t.List[t.List[str]]:
    """Columns that are unique together. A history has each of its keys once for every time it held."""
    unique = _all_columns(getattr(model, "unique_key", None) or [])
    if kind_of(model).startswith("SCD_TYPE_2"):
        return [[*unique, model.kind.valid_from_name.name]] if unique else []
    grains = [columns for columns in map(_columns, model.grains) if columns]
    return [*([unique] if unique else []), *grains]


def _keys_of_audits(audits: t.Any) -> t.List[t.List[str]]:
    single = [[name] for _, args in _named(audits, "unique_values") for name in _columns(args.get("columns")) or []]
    together = [_columns(args.get("columns")) for _, args in _named(audits, "unique_combination_of_columns")]
    return [*single, *(columns for columns in together if columns)]


def _named(audits: t.Any, name: str) -> t.List[t.Tuple[str, t.Any]]:
    return [(found, args) for found, args in audits if found == name]


def _distinct(keys: t.List[t.List[str]]) -> t.List[t.List[str]]:
    return [key for index, key in enumerate(keys) if not any(set(key) == set(earlier) for earlier in keys[:index])]


def _all_columns(expressions: t.Sequence[t.Any]) -> t.List[str]:
    found = [_columns(expression) for expression in expressions]
    return [name for names in found for name in names or []] if all(found) else []


def _columns(expression: t.Any) -> t.Optional[t.List[str]]:
    """Names of plain columns; None where any of it is more than that."""
    from sqlglot import exp

    if expression is None:
        return None
    inner = expression.unnest() if isinstance(expression, exp.Paren) else expression
    parts = inner.expressions if isinstance(inner, (exp.Tuple, exp.Array)) else [inner]
    names = [part.name for part in parts if isinstance(part, (exp.Column, exp.Identifier))]
    return names if names and len(names) == len(parts) else None


def _accepted(args: t.Any) -> t.Optional[AcceptedValues]:
    from sqlglot import exp

    columns, allowed = _columns(args.get("column")), args.get("is_in")
    if columns is None or not isinstance(allowed, (exp.Tuple, exp.Array, exp.Paren)):
        return None
    parts = [allowed.this] if isinstance(allowed, exp.Paren) else allowed.expressions
    values = [_value(part) for part in parts]
    if not values or any(value is None for value in values):
        return None
    return {"column": columns[0], "values": t.cast(t.Any, values)}


def _value(literal: t.Any) -> t.Union[str, int, None]:
    from sqlglot import exp

    if not isinstance(literal, exp.Literal):
        return None
    if literal.is_string:
        return str(literal.this)
    return int(literal.this) if literal.this.isdigit() else None


def _cadence(model: t.Any) -> t.Optional[int]:
    """The longest time between two of its runs."""
    try:
        moments = [model.cron_next(datetime.datetime.now(datetime.timezone.utc))]
        for _ in range(CRON_RUNS):
            moments.append(model.cron_next(moments[-1]))
        return max(int((later - earlier).total_seconds()) for earlier, later in zip(moments, moments[1:]))
    except Exception:  # An expression that only SQLMesh's scheduler understands: then nothing is said of it.
        return None
