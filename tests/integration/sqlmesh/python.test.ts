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
