import { describe, expect, it } from "vitest";
import { configSchema } from "../../../src/config/json-schema.js";
import { alternatives, nodesAt, type SchemaNode } from "../../../src/config/keys.js";
import { overridablePaths, variableOf } from "../../../src/config/overrides.js";
import { valueAt } from "../../../src/config/path.js";
import { load, services } from "../../support/config-files.js";

const schema = configSchema();

const target = { type: "discord", name: "team", url: { group: "discord", key: "url" } };

/** Of lists whose entries are sections: one as it is written, and with its defaults. */
const entries: Readonly<Record<string, { written: object; value: object }>> = {
  "notifications.targets": { written: target, value: target },
  "notifications.routes": { written: { to: ["team"] }, value: { to: ["team"], severity: "info" } },
  hooks: { written: { command: "true" }, value: { command: "true", timeout: "10m", on_failure: "fail" } },
};

/** A value other than the default that the schema accepts at a path, as one writes it into a variable. */
function sampleFor(path: readonly string[]): { written: string; value: unknown } {
  const [node] = nodesAt(schema, path);
  const last = path.at(-1) ?? "";
  if (last === "checks") {
    const check = { check: "row_count", select: "oso.a", min: 1 };
    return { written: JSON.stringify([check]), value: [{ ...check, severity: "fail" }] };
  }
  const entry = entries[path[0] === "hooks" ? "hooks" : path.join(".")];
  if (entry) return { written: JSON.stringify([entry.written]), value: [entry.value] };
  if (node?.const !== undefined) throw new Error("the type of auth has a test of its own");
  if (node?.enum) return { written: String(node.enum.at(-1)), value: node.enum.at(-1) };
  if (node?.type === "boolean") return { written: "true", value: true };
  if (node?.type === "number") return { written: "1.5", value: 1.5 };
  if (node?.type === "integer") return { written: "17", value: 17 };
  if (node?.type === "array") return { written: "[one, two]", value: ["one", "two"] };
  if (node?.pattern?.includes("ms|s|m|h|d|w")) return { written: "17s", value: "17s" };
  if (last.endsWith("uri")) return { written: "http://other:1/api/v2", value: "http://other:1/api/v2" };
  if (/url$|endpoint$/.test(last)) return { written: "http://other:1", value: "http://other:1" };
  return { written: "other_text", value: "other_text" };
}

/** What else must be set for a setting to be valid. */
function companionsOf(path: readonly string[]): Record<string, string> {
  const setting = path.join(".");
  if (setting === "trino.tls.cert") return { OSO_PIPELINE__TRINO__TLS__KEY: "a.pem" };
  if (setting === "trino.tls.key") return { OSO_PIPELINE__TRINO__TLS__CERT: "a.pem" };
  if (setting === "notifications.routes")
    return { OSO_PIPELINE__NOTIFICATIONS__TARGETS: JSON.stringify([target]) };
  if (setting === "run.restate_entity_categories")
    return { OSO_PIPELINE__RUN__RESTATE_BY_ENTITY_CATEGORY: "true" };
  if (path[1] !== "auth") return {};
  const section = variableOf(path.slice(0, 2));
  const type = typeWith(path);
  const secretKey = { basic: "PASSWORD", jwt: "TOKEN", bearer: "TOKEN", oauth2: "CLIENT_SECRET" }[type] ?? "";
  return {
    [`${section}__TYPE`]: type,
    [`${section}__${secretKey}__GROUP`]: "g",
    [`${section}__${secretKey}__KEY`]: "k",
    ...(type === "oauth2"
      ? { [`${section}__TOKEN_ENDPOINT`]: "http://a", [`${section}__CLIENT_ID`]: "me" }
      : {}),
  };
}

/** The type of `auth` that has this setting. */
function typeWith(path: readonly string[]): string {
  const has = (node: SchemaNode): boolean => Object.hasOwn(node.properties ?? {}, path[2] ?? "");
  const section = nodesAt(schema, path.slice(0, 2))
    .flatMap((node) => alternatives(node, schema))
    .find(has);
  const type = section?.properties?.["type"];
  return typeof type === "object" ? String(type.const) : "none";
}

const leaves = overridablePaths(schema).filter((path) => path.at(-1) !== "type");

describe("a variable", () => {
  it.each(leaves.map((path) => [variableOf(path), path] as const))(
    "%s sets its setting",
    async (variable, path) => {
      const { written, value } = sampleFor(path);
      const loaded = await load(services, { ...companionsOf(path), [variable]: written });
      expect(valueAt(loaded.content, path)).toEqual(value);
      expect(loaded.originOf(path)).toEqual({ from: "environment", variable, where: "environment" });
    },
  );

  it("sets the type of auth and so which keys belong to it", async () => {
    const loaded = await load(services, {
      OSO_PIPELINE__TRINO__AUTH__TYPE: "basic",
      OSO_PIPELINE__TRINO__AUTH__PASSWORD__GROUP: "trino",
      OSO_PIPELINE__TRINO__AUTH__PASSWORD__KEY: "password",
      DAGSTER__TRINO__PASSWORD: "hunter2",
    });
    expect(loaded.secrets).toMatchObject([{ setting: "trino.auth.password", isSet: true }]);
  });

  it("wins over the file, which wins over the default", async () => {
    const yaml = `${services}verification: { concurrency: 5, timeout: 1h }`;
    const loaded = await load(yaml, { OSO_PIPELINE__VERIFICATION__CONCURRENCY: "6" });
    expect(loaded.config.verification).toMatchObject({ concurrency: 6, timeoutMilliseconds: 3_600_000 });
    expect(loaded.originOf(["verification", "timeout"])).toEqual({
      from: "file",
      where: "oso-pipeline.yaml:5:42",
    });
    expect(loaded.originOf(["verification", "checks"])).toEqual({ from: "default" });
  });

  it("can bring what the file lacks, a whole section too", async () => {
    const loaded = await load("# nothing", {
      OSO_PIPELINE__TRINO__URL: "http://trino:1",
      OSO_PIPELINE__NESSIE__URI: "http://nessie:1/api/v2/",
    });
    expect(loaded.config.trino.url).toBe("http://trino:1");
    expect(loaded.config.nessie).toMatchObject({
      uri: "http://nessie:1/api/v2",
      icebergUri: "http://nessie:1/iceberg/",
    });
  });

  it("that is empty counts as not set", async () => {
    const loaded = await load(services, { OSO_PIPELINE__TRINO__USER: "", OSO_PIPELINE__NO__SUCH: "" });
    expect(loaded.config.trino.user).toBe("oso-pipeline");
  });

  it.each([
    [
      "OSO_PIPELINE__TRINO__ULR",
      /^OSO_PIPELINE__TRINO__ULR names no setting: did you mean OSO_PIPELINE__TRINO__URL/,
    ],
    ["OSO_PIPELINE__trino__url", /names no setting: did you mean OSO_PIPELINE__TRINO__URL/],
    ["OSO_PIPELINE__TRINO__URL__", /names no setting/],
    ["OSO_PIPELINE__", /names no setting/],
    ["OSO_PIPELINE____PROTO__", /names no setting/],
    ["OSO_PIPELINE__CONSTRUCTOR", /names no setting/],
    [
      "OSO_PIPELINE__TRINO__CATALOGS",
      /names a section: set OSO_PIPELINE__TRINO__CATALOGS__PRODUCER, OSO_PIPELINE__/,
    ],
    [
      "OSO_PIPELINE__TRINO__AUTH__PASSWORD",
      /cannot hold a secret itself: set OSO_PIPELINE__TRINO__AUTH__PASSWORD__GROUP and/,
    ],
    [
      "OSO_PIPELINE__RUN__RESTATE_MODELS",
      /^run.restate_models must be a list, not text \(set by OSO_PIPELINE__RUN__RESTATE_MODELS\)/,
    ],
    ["OSO_PIPELINE__LOCAL__PORTS__TRINO", /^local.ports.trino must be a number, not text/],
  ])("%s with the value hunter2 is an error that does not repeat the value", async (variable, message) => {
    const refused = load(services, { [variable]: "hunter2" });
    await expect(refused).rejects.toMatchObject({ code: "CONFIG_INVALID", where: "environment" });
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.not.toThrow(/hunter2/);
  });

  it("whose list is not YAML is an error that does not repeat it", async () => {
    await expect(load(services, { OSO_PIPELINE__RUN__RESTATE_MODELS: "[hunter2" })).rejects.toMatchObject({
      message: "OSO_PIPELINE__RUN__RESTATE_MODELS is not valid YAML",
    });
  });

  it("does not hide that a section of the file is none", async () => {
    await expect(
      load("trino: 5\nnessie: { uri: http://a/api/v2 }", { OSO_PIPELINE__TRINO__URL: "http://a" }),
    ).rejects.toThrow("trino must be a section of keys, not a number");
  });
});
