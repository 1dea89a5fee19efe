import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load.js";
import { loadLaunchpad } from "../../../src/config/launchpad.js";
import { settingsOf } from "../../../src/config/settings.js";
import { folderWith, load, services } from "../../support/config-files.js";

describe("the settings in force", () => {
  it("are listed with where each comes from, the checks one by one, secrets masked", async () => {
    const yaml = `${services}  auth: { type: bearer, token: { group: nessie, key: token } }
verification:
  checks:
    - { select: oso.a, check: range, column: a, max: 9007199254740993 }
`;
    const settings = settingsOf(await load(yaml, { OSO_PIPELINE__TRINO__USER: "me" }));
    const find = (name: string): unknown => settings.find(({ setting }) => setting === name);
    expect(find("trino.url")).toEqual({
      setting: "trino.url",
      value: "http://localhost:8080",
      secret: null,
      origin: { from: "file", where: "oso-pipeline.yaml:2:8" },
    });
    expect(find("trino.user")).toMatchObject({ value: "me", origin: { from: "environment" } });
    expect(find("sqlmesh.gateway")).toMatchObject({ value: null, origin: { from: "default" } });
    expect(find("nessie.iceberg_uri")).toMatchObject({
      value: "http://localhost:19120/iceberg/",
      origin: { from: "default" },
    });
    expect(find("trino.auth.type")).toMatchObject({ value: "none", origin: { from: "default" } });
    expect(find("nessie.auth.token")).toEqual({
      setting: "nessie.auth.token",
      value: "***",
      secret: { variable: "DAGSTER__NESSIE__TOKEN", isSet: false },
      origin: { from: "file", where: "oso-pipeline.yaml:5:32" },
    });
    expect(find("verification.checks[0]")).toMatchObject({
      value: { check: "range", max: "9007199254740993" },
      origin: { where: "oso-pipeline.yaml:8:7" },
    });
    expect(settings.map(({ setting }) => setting).filter((name) => /auth/.test(name))).toEqual([
      "trino.auth.type",
      "nessie.auth.type",
      "nessie.auth.token",
    ]);
  });
});

const where = (line: number): string => `oso-pipeline.yaml:${line}:7`;

describe("checks", () => {
  it("are plain values with all digits of whole numbers, times in milliseconds and the place they are written", async () => {
    const { config } = await load(`${services}verification:
  checks:
    - { select: oso.a, check: row_count, min: 1 }
    - { select: [oso.a, oso.b], category: project, check: not_null, columns: id, severity: warn, name: ids }
    - { category: [project], check: unique, columns: [a, b] }
    - { select: oso.a, check: accepted_values, column: c, values: [1, 9007199254740993, 1.5, "x", true] }
    - { select: oso.a, check: freshness, column: c, max_age: 36h }
    - { select: oso.a, check: range, column: c, min: 2024-01-01, max: -9007199254740993 }
    - { select: oso.a, check: sql, sql: "SELECT 1 FROM {{model}}" }
`);
    const scope = { selectors: ["oso.a"], categories: [], severity: "fail", name: null };
    expect(config.verification.checks).toEqual([
      { ...scope, check: "row_count", min: 1, max: null, where: where(7) },
      {
        check: "not_null",
        columns: ["id"],
        selectors: ["oso.a", "oso.b"],
        categories: ["project"],
        severity: "warn",
        name: "ids",
        where: where(8),
      },
      {
        ...scope,
        check: "unique",
        columns: ["a", "b"],
        selectors: [],
        categories: ["project"],
        where: where(9),
      },
      {
        ...scope,
        check: "accepted_values",
        column: "c",
        values: [1, 9_007_199_254_740_993n, 1.5, "x", true],
        where: where(10),
      },
      { ...scope, check: "freshness", column: "c", maxAgeMilliseconds: 129_600_000, where: where(11) },
      {
        ...scope,
        check: "range",
        column: "c",
        min: "2024-01-01",
        max: -9_007_199_254_740_993n,
        where: where(12),
      },
      { ...scope, check: "sql", sql: "SELECT 1 FROM {{model}}", where: where(13) },
    ]);
  });

  it("are as severe as the thresholds of drift, which are amounts, percentages, times or kinds of change", async () => {
    const { config } = await load(`${services}verification:
  checks:
    - { select: oso.a, check: drift, metric: row_count, warn: 5.5%, fail: 1000 }
    - { select: oso.a, check: drift, metric: max, columns: c, direction: down, warn: 36h }
    - { select: oso.a, check: drift, metric: schema, fail: [removed, retyped] }
`);
    expect(config.verification.checks).toMatchObject([
      {
        check: "drift",
        metric: "row_count",
        columns: [],
        direction: "any",
        severity: "fail",
        warn: { by: "percent", percent: 5.5 },
        fail: { by: "amount", amount: 1000 },
      },
      {
        metric: "max",
        columns: ["c"],
        direction: "down",
        severity: "warn",
        warn: { by: "time", milliseconds: 129_600_000 },
        fail: null,
      },
      { metric: "schema", severity: "fail", warn: [], fail: ["removed", "retyped"] },
    ]);
  });
});

describe("the examples", () => {
  const examples = join(import.meta.dirname, "../../../configs");

  it("are valid, secrets coming from a .env like the example", async () => {
    const environment = readFileSync(join(examples, "env.example"), "utf8")
      .replaceAll(/^(DAGSTER__\w+)=$/gm, "$1=something")
      .replaceAll("# OSO_PIPELINE", "OSO_PIPELINE");
    const folder = folderWith({
      "oso-pipeline.yaml": readFileSync(join(examples, "oso-pipeline.example.yaml")),
      ".env": environment,
    });
    const { config, secrets } = await loadConfig({ workingDirectory: folder, environment: {} });
    expect(config.verification.checks.length).toBeGreaterThan(5);
    expect(secrets.map(({ isSet }) => isSet)).toEqual([true, true, true]);
    expect(config.trino.url).toBe("http://localhost:8080");
    expect(config.run.restateModels).toEqual(["oso.stg_github__events"]);
  });

  it("name models of the sample warehouse", () => {
    const yaml = readFileSync(join(examples, "oso-pipeline.example.yaml"), "utf8");
    const named = new Set([...yaml.matchAll(/select: oso\.(\w+)/g)].map((match) => match[1] ?? ""));
    expect([...named].filter((model) => modelFile(model) === undefined)).toEqual([]);
    expect(named.size).toBeGreaterThan(2);
  });

  it("have a launchpad that can be read", async () => {
    await expect(loadLaunchpad(join(examples, "launchpad.example.yaml"))).resolves.toMatchObject({
      restateModels: ["oso.stg_github__events"],
    });
  });
});

function modelFile(model: string): string | undefined {
  return models.find((file) => file.endsWith(`/${model}.sql`));
}

const models = readdirSync(join(import.meta.dirname, "../../../seeds/models"), {
  recursive: true,
  encoding: "utf8",
});
