import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const bridge = fileURLToPath(new URL("../../../src/sqlmesh/bridge", import.meta.url));

/** What the Python expression gives, as JSON; any Python will do, for this part needs no SQLMesh. */
async function python(imports: string, expression: string, argument: unknown): Promise<unknown> {
  const program = [
    "import json, sys",
    "sys.dont_write_bytecode = True",
    `sys.path.insert(0, ${JSON.stringify(bridge)})`,
    imports,
    "argument = json.loads(sys.argv[1])",
    `print(json.dumps(${expression}))`,
  ].join("\n");
  const { stdout } = await promisify(execFile)("python3", ["-c", program, JSON.stringify(argument)]);
  return JSON.parse(stdout);
}

describe("names", () => {
  it.each([
    ['"iceberg"."oso"."stg_github__events"', '"iceberg"', "oso.stg_github__events"],
    ['"iceberg"."oso"."stg_github__events"', "iceberg", "oso.stg_github__events"],
    ['"tpch"."tiny"."orders"', "iceberg", "tpch.tiny.orders"],
    ['"oso"."model"', "iceberg", "oso.model"],
    ['"oso"."model"', null, "oso.model"],
    ['"iceberg"."oso"."model"', null, "iceberg.oso.model"],
    ['"iceberg"."with.dot"."and""quote"', "iceberg", 'with.dot.and"quote'],
  ])("of %s with the default catalog %s are people's: %s", async (fqn, catalog, name) => {
    const given = await python(
      "from oso_pipeline_bridge.names import display_name",
      "display_name(*argument)",
      [fqn, catalog],
    );
    expect(given).toBe(name);
  });

  it("replace the qualified ones in what SQLMesh says", async () => {
    const said = `Cannot restate model '"iceberg"."oso"."history"', "quoted" words stay`;
    const given = await python(
      "from oso_pipeline_bridge.names import with_display_names",
      "with_display_names(*argument)",
      [said, "iceberg"],
    );
    expect(given).toBe(`Cannot restate model 'oso.history', "quoted" words stay`);
  });
});

describe("errors", () => {
  it("are one line without colours, cut where they grow long", async () => {
    const given = await python(
      "from oso_pipeline_bridge.errors import in_one_line",
      "[in_one_line(argument), len(in_one_line('word ' * 1000))]",
      "\u001b[31mInvalid\u001b[0m expression\n\n  at line 3\n",
    );
    expect(given).toEqual(["Invalid expression at line 3", 600]);
  });

  it("are told with the code of what could not be reached, wherever it is in the chain of causes", async () => {
    const raised = [
      "def raised(kind):",
      "    try:",
      "        raise kind('refused')",
      "    except kind as cause:",
      "        return to_bridge_error(cause, 'load', None).to_wire()",
    ].join("\n");
    const given = await python(
      `from oso_pipeline_bridge.errors import to_bridge_error\n${raised}`,
      "[raised(kind)['code'] for kind in (ConnectionRefusedError, ImportError, KeyboardInterrupt)]",
      null,
    );
    expect(given).toEqual(["SERVICE_UNAVAILABLE", "REQUIREMENT_MISSING", "INTERRUPTED"]);
  });
});

describe("statements", () => {
  it.each([
    ["SELECT 1", false],
    ["/* SQLMESH_PLAN: 1 */ INSERT INTO t SELECT 1", true],
    ["-- why\n  /* and */ -- how\nmerge INTO t USING u ON true", true],
    ["CREATE OR REPLACE TABLE t AS SELECT 1", true],
    ["DELETE FROM t", true],
    ["ALTER TABLE t ADD COLUMN a INT", true],
    ["DROP VIEW v", true],
    ["(SELECT 1) UNION (SELECT 2)", false],
    ["WITH t AS (SELECT 1) SELECT * FROM t", false],
    ["SHOW TABLES", false],
    ["/* DELETE */ DESCRIBE t", false],
    ["SET SESSION a = 1", false],
    ["", false],
  ])("that write are told from those that read: %s", async (sql, isWriting) => {
    expect(await python("from oso_pipeline_bridge.statements import writes", "writes(argument)", sql)).toBe(
      isWriting,
    );
  });
});

describe("a permit", () => {
  const permit = [
    "import time",
    "from oso_pipeline_bridge.permit import Permit, PermitExpired",
    "expired = []",
    "permit = Permit(lambda: expired.append(True))",
    "def refused():",
    "    try:",
    "        permit.require()",
    "    except PermitExpired:",
    "        return True",
    "    return False",
    "now = lambda: time.time() * 1000",
  ].join("\n");

  it("is not asked for before the first has come", async () => {
    expect(await python(permit, "refused()", null)).toBe(false);
  });

  it("lets statements through until its time is over, counted from when it was sent", async () => {
    const asked = "[permit.extend(60000, now()), refused(), permit.extend(60000, now() - 60001), refused()]";
    expect(await python(permit, asked, null)).toEqual([null, false, null, true]);
  });

  it("that comes too late changes nothing", async () => {
    const asked = "[permit.extend(0, now()), permit.extend(60000, now()), refused()][-1]";
    expect(await python(permit, asked, null)).toBe(true);
  });

  it("ends what goes on, though no statement asks for it", async () => {
    const program = [
      permit,
      "import threading",
      "ended = threading.Event()",
      "permit = Permit(ended.set)",
      "permit.extend(1, now())",
    ].join("\n");
    expect(await python(program, "ended.wait(20)", null)).toBe(true);
  });
});

describe("breaking off", () => {
  const interrupts = [
    "import os, signal",
    "from oso_pipeline_bridge.interrupts import Interrupts",
    "interrupts = Interrupts()",
    "interrupts.listen()",
    "interrupts.allow()",
    "told = []",
    "class State:",
    "    def add_interval(self):",
    "        os.kill(os.getpid(), signal.SIGINT)",
    "        told.append('stored')",
    "state = State()",
    "def broken_off(work):",
    "    try:",
    "        with interrupts.held_from_storing(state):",
    "            work()",
    "    except KeyboardInterrupt:",
    "        told.append('broken off')",
    "    return told",
    "def tell():",
    "    state.add_interval()",
    "    told.append('told')",
    "    interrupts.release()",
    "    told.append('went on')",
    "def fail():",
    "    state.add_interval(1)",
  ].join("\n");

  it("waits between storing a batch and telling it", async () => {
    expect(await python(interrupts, "broken_off(tell)", null)).toEqual(["stored", "told", "broken off"]);
  });

  it("does not wait any longer when a batch could not be stored", async () => {
    const program = `${interrupts}
def work():
    try:
        fail()
    except TypeError:
        told.append('failed')
    os.kill(os.getpid(), signal.SIGINT)
    told.append('went on')`;
    expect(await python(program, "broken_off(work)", null)).toEqual(["failed", "broken off"]);
  });
});

describe("the bridge's package", () => {
  it("is written in what Python 3.9 understands", async () => {
    const names = (await readdir(bridge, { recursive: true })).filter((name) => name.endsWith(".py"));
    const sources = await Promise.all(names.map((name) => readFile(`${bridge}/${name}`, "utf8")));
    expect(names).toContain("__main__.py");
    const parsed = await python(
      "import ast",
      "len([ast.parse(source, feature_version=(3, 9)) for source in argument])",
      sources,
    );
    expect(parsed).toBe(names.length);
  });
});
