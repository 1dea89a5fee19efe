"""Crash points inside the bridge: each change of SQLMesh's state, and each statement that changes something in Trino, when
it is sent and until it is done.

Python loads a module of this name when it starts; PYTHONPATH brings it in. tests/support/crash-points.mjs says what the
variables mean.
"""

import importlib.abc
import importlib.machinery
import json
import os
import re
import signal
import sys
import threading

EFFECTS = os.environ.get("CRASH_EFFECTS")
AT = json.loads(os.environ.get("CRASH_AT") or "null")

CHANGES_SOMETHING = re.compile(
    r"(INSERT|DELETE|MERGE|CREATE OR REPLACE TABLE|CREATE OR REPLACE VIEW|CREATE TABLE|DROP TABLE|DROP VIEW)\b", re.I
)
PHYSICAL_TABLE = re.compile(r"__(\w+?)__\d+")
# Where each is a transaction of its own, so that it is committed afterwards.
STATE = "sqlmesh.core.state_sync.db.facade"
STATE_CHANGES = {
    "add_snapshots_intervals": lambda changed: " ".join(["stores", *(table_name(one.name) for one in changed)]),
    "remove_intervals": lambda *_: "removes intervals",
    "promote": lambda *_: "promotes",
    "finalize": lambda *_: "finalizes",
}

counts = {}
lock = threading.Lock()


def counted(name):
    with lock:
        counts[name] = counts.get(name, 0) + 1
        return f"bridge {name}#{counts[name]}"


def around(name, call):
    effect = counted(name)
    reach("before", effect)
    result = call()
    reach("after", effect)
    return result


def reach(when, effect):
    with open(EFFECTS, "a", encoding="utf-8") as file:
        file.write(f"{when} {effect}\n")
    if AT and AT["when"] == when and AT["effect"] == effect:
        for victim in {"cli": [os.getppid()], "bridge": [os.getpid()], "both": [os.getppid(), os.getpid()]}[AT["victim"]]:
            os.kill(victim, signal.SIGKILL)


def statement_name(sql):
    """`INSERT log`; None for statements that change nothing."""
    text = re.sub(r"/\*.*?\*/", " ", sql, flags=re.S).strip()
    change = CHANGES_SOMETHING.match(text)
    table = PHYSICAL_TABLE.search(text)
    return f"{change.group(1).upper()} {table.group(1)}" if change and table else None


def table_name(fqn):
    return fqn.rsplit(".", 1)[-1].strip('"')


def wrap(owner, method, name_of):
    original = getattr(owner, method)

    def wrapped(self, *args, **kwargs):
        name = name_of(self, *args)
        if name is None:
            return original(self, *args, **kwargs)
        return around(name, lambda: original(self, *args, **kwargs))

    setattr(owner, method, wrapped)


sent = threading.local()


def watch_sending(request):
    """Trino begins to execute a statement when it is first asked what has become of it, and then needs no client."""
    post, get = request.post, request.get

    def posted(self, sql, *args, **kwargs):
        sent.effect = None
        name = statement_name(sql)
        if name is None:
            return post(self, sql, *args, **kwargs)
        effect = counted(f"sends {name}")
        reach("before", effect)
        response = post(self, sql, *args, **kwargs)
        sent.effect = effect
        return response

    def got(self, *args, **kwargs):
        response = get(self, *args, **kwargs)
        effect, sent.effect = getattr(sent, "effect", None), None
        if effect is not None:
            reach("after", effect)
        return response

    request.post, request.get = posted, got


def patch(module):
    if module.__name__ == "trino.client":
        wrap(module.TrinoQuery, "execute", lambda query, *_: statement_name(query._query))
        watch_sending(module.TrinoRequest)
    else:
        for method, name_of in STATE_CHANGES.items():
            wrap(module.EngineAdapterStateSync, method, lambda _, *given, name_of=name_of: name_of(*given))


class Patching(importlib.abc.MetaPathFinder):
    """Finds the modules as Python does, and patches them once they are loaded."""

    def find_spec(self, name, path, target=None):
        if name not in ("trino.client", STATE):
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            patch(module)

        spec.loader.exec_module = exec_module
        return spec


if EFFECTS:
    sys.meta_path.insert(0, Patching())
