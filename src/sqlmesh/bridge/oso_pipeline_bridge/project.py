"""The user's project: loaded once, then asked."""

from __future__ import annotations

import typing as t
from pathlib import Path

from .channel import Channel
from .console import BridgeConsole
from .errors import message_of
from .interrupts import Interrupts
from .names import display_name, kind_of
from .protocol import Loaded, Model, Selection
from .statements import Statements


class Project:
    def __init__(
        self,
        path: str,
        gateway: t.Optional[str],
        channel: Channel,
        statements: Statements,
        interrupts: Interrupts,
        config: t.Any = None,
    ) -> None:
        from sqlmesh.core.console import set_console
        from sqlmesh.core.context import Context

        self.console = BridgeConsole(channel, statements, interrupts)
        self._interrupts = interrupts
        set_console(self.console)
        statements.watch()
        self._path = Path(path)
        self.context = Context(paths=path, gateway=gateway, config=config)
        self.default_catalog: t.Optional[str] = self.context.default_catalog
        self._fqns = {self.name(fqn): fqn for fqn in self.context.models}

    def name(self, fqn: str) -> str:
        return display_name(fqn, self.default_catalog)

    def fqn(self, name: str) -> t.Optional[str]:
        return self._fqns.get(name)

    def environments(self) -> t.List[str]:
        return sorted(environment.name for environment in self.context.state_reader.get_environments_summary())

    def describe(self) -> Loaded:
        return {
            "project": self.context.config.project,
            "gateway": self.context.selected_gateway,
            "trino_user": self._trino_user(),
            "models": [self._model(fqn) for fqn in sorted(self.context.models)],
            "environments": self.environments(),
        }

    def _trino_user(self) -> t.Optional[str]:
        connection = self.context.config.get_connection(self.context.selected_gateway)
        if connection.type_ != "trino":
            return None
        return connection.impersonation_user or connection.user

    def stored_batches_told(self) -> t.ContextManager[None]:
        """While SQLMesh evaluates: no batch is stored without being told, even when it is broken off."""
        return self._interrupts.held_from_storing(self.context.state_sync)

    def select(self, selectors: t.Sequence[str]) -> t.List[Selection]:
        return [self._select(selector) for selector in selectors]

    def _select(self, selector: str) -> Selection:
        from sqlglot.errors import SqlglotError
        from sqlmesh.utils.errors import SQLMeshError

        if not selector.strip():
            return {"selector": selector, "models": [], "error": "a selector must not be empty"}
        try:
            fqns = self.context._new_selector().expand_model_selections([selector])
        except (SqlglotError, SQLMeshError) as error:
            return {"selector": selector, "models": [], "error": message_of(error)}
        models = sorted(self.name(fqn) for fqn in fqns if fqn in self.context.models)
        return {"selector": selector, "models": models, "error": None}

    def _model(self, fqn: str) -> Model:
        model = self.context.models[fqn]
        time_column = getattr(model, "time_column", None)
        return {
            "name": self.name(fqn),
            "kind": kind_of(model),
            "tags": sorted({tag.lower() for tag in model.tags}),
            "cron": str(model.cron),
            "owner": model.owner,
            "description": model.description,
            "depends_on": sorted(self.name(parent) for parent in model.depends_on),
            "time_column": time_column.column.name if time_column else None,
            "path": self._relative(getattr(model, "_path", None)),
            "audits": sorted({name for name, _ in model.audits}),
        }

    def _relative(self, path: t.Any) -> t.Optional[str]:
        if not path:
            return None
        try:
            return Path(path).resolve().relative_to(self._path.resolve()).as_posix()
        except ValueError:
            return str(path)

    def close(self) -> None:
        self.context.close()
