import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../src/config/problem.js";
import { load, services } from "../../support/config-files.js";

/** What is wrong with a configuration, as `line:column message`. */
async function problemsOf(yaml: string, environment: Record<string, string> = {}): Promise<string[]> {
  try {
    await load(yaml, environment);
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return thrown.problems.map(
      ({ where, message }) => `${where.replace("oso-pipeline.yaml:", "")} ${message}`,
    );
  }
  return [];
}

describe("all problems of a configuration", () => {
  it("are reported at once, in the order of the file, each in one line", async () => {
    const refused = load(
      [
        "sqlmesh: { projct: ./warehouse, startup_timeout: 5 }",
        "trino:",
        "  user: 7",
        "nessie:",
        "  uri: http://localhost:19120/api/v1",
        "  auth: { type: oauth }",
        "run: { skip_tests: yes, restate_models: oso.a }",
      ].join("\n"),
      { OSO_PIPELINE__VERIFICATION__CONCURRENCY: "100" },
    );
    await expect(refused).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      exitCode: 3,
      where: "oso-pipeline.yaml",
      message: [
        "oso-pipeline.yaml has 8 problems",
        "  environment verification.concurrency must be at most 64 (set by OSO_PIPELINE__VERIFICATION__CONCURRENCY)",
        "  oso-pipeline.yaml:1:12 unknown key sqlmesh.projct: did you mean project?",
        "  oso-pipeline.yaml:1:50 sqlmesh.startup_timeout must be a duration: a number and ms, s, m, h, d or w, e.g. 30m",
        "  oso-pipeline.yaml:3:3 trino.url is missing",
        "  oso-pipeline.yaml:3:9 trino.user must be text, not a number: put it in quotes",
        "  oso-pipeline.yaml:5:8 nessie.uri must end in /api/v2, Nessie's REST API, e.g. http://localhost:19120/api/v2",
        "  oso-pipeline.yaml:6:17 nessie.auth.type must be one of none, bearer, oauth2: did you mean oauth2?",
        "  oso-pipeline.yaml:7:20 run.skip_tests must be true or false, not text",
        "  oso-pipeline.yaml:7:41 run.restate_models must be a list, not text",
      ]
        .join("\n")
        .replace("8 problems", "9 problems"),
    });
  });

  it("has the place and the problem itself when there is one", async () => {
    await expect(load(`${services}extra: 1\n`)).rejects.toMatchObject({
      message: "unknown key extra",
      where: "oso-pipeline.yaml:5:1",
    });
  });
});

const inChecks = (...checks: string[]): string =>
  `${services}verification:\n  checks:\n${checks.map((check) => `    - ${check}\n`).join("")}`;

describe("the place of a problem", () => {
  it("is the item of a list inside a list", async () => {
    const yaml = inChecks("{ select: [oso.a, 1], check: not_null, columns: [id, { a: 1 }] }");
    expect(await problemsOf(yaml)).toEqual([
      "7:25 verification.checks[0].select[1] must be text, not a number: put it in quotes",
      "7:60 verification.checks[0].columns[1] must be text, not a section of keys",
    ]);
  });

  it("is the key where the key is wrong, with the nearest key of that kind of check", async () => {
    const yaml = inChecks(
      "{ select: oso.a, check: not_null, colums: id }",
      "{ select: oso.a, check: row_count, mim: 1, max: 2 }",
    );
    expect(await problemsOf(yaml)).toEqual([
      "7:7 verification.checks[0].columns is missing",
      "7:41 unknown key verification.checks[0].colums: did you mean columns?",
      "8:42 unknown key verification.checks[1].mim: did you mean min?",
    ]);
  });

  it("is the word that chooses, where that is wrong, and the item where it is missing", async () => {
    const all = "row_count, not_null, unique, accepted_values, freshness, range, sql, drift";
    const yaml = inChecks("{ select: oso.a, check: rowcount }", "{ select: oso.a }", "~");
    expect(await problemsOf(yaml)).toEqual([
      `7:31 verification.checks[0].check must be one of ${all}: did you mean row_count?`,
      `8:7 verification.checks[1].check is missing: one of ${all}`,
      "9:7 verification.checks[2] must be a section of keys, not empty",
    ]);
  });

  it("is the check that names no model, has no bound or bounds that cross", async () => {
    const yaml = inChecks(
      "{ check: row_count, min: 1 }",
      "{ select: oso.a, check: range, column: a }",
      "{ select: oso.a, check: row_count, min: 3, max: 2 }",
      "{ select: oso.a, check: sql, sql: SELECT 1 }",
      "{ select: [], check: unique, columns: [] }",
    );
    expect(await problemsOf(yaml)).toEqual([
      "7:7 verification.checks[0] names no model: give select or category",
      "8:7 verification.checks[1] has no bound: give min, max or both",
      "9:55 verification.checks[2].max must not be below min",
      "10:41 verification.checks[3].sql must read from {{model}}, which stands for the model checked",
      "11:17 verification.checks[4].select must not be empty",
      "11:45 verification.checks[4].columns must not be empty",
    ]);
  });

  it("is the threshold that does not go with what is compared", async () => {
    const drift = (rest: string): string => `{ select: oso.a, check: drift, ${rest} }`;
    const yaml = inChecks(
      drift("metric: row_count"),
      drift("metric: null_share, fail: 1%"),
      drift("metric: row_count, columns: a, fail: 3d"),
      drift("metric: null_share, columns: a, warn: 3"),
      drift("metric: schema, warn: 5%"),
      drift("metric: max, columns: a, fail: [added]"),
      drift("metric: max, columns: a, fail: soon"),
      drift("metric: schema, direction: up, fail: [added]"),
      drift("metric: rows, fail: 1, severity: warn"),
    );
    expect(await problemsOf(yaml)).toEqual([
      "7:7 verification.checks[0] has no threshold: give warn, fail or both",
      "8:7 verification.checks[1].columns are missing: this metric is one of columns",
      "9:66 verification.checks[2].columns do not go with this metric, which is one of the whole model",
      "9:75 verification.checks[2].fail must be a number or a percentage, e.g. 1000 or 10%",
      "10:76 verification.checks[3].warn must be percentage points, e.g. 2%",
      "11:60 verification.checks[4].warn must be a list of added, removed and retyped",
      "12:69 verification.checks[5].fail must be a number, a percentage or a duration: only schema takes a list",
      "13:69 verification.checks[6].fail must be a number, a percentage such as 10%, a duration such as 3d, or a list of added, removed and retyped",
      "14:65 verification.checks[7].direction does not go with schema",
      "15:46 verification.checks[8].metric must be one of row_count, null_share, distinct_count, min, max, schema",
      "15:61 unknown key verification.checks[8].severity",
    ]);
  });

  it("is where an anchored value is written, through aliases and merge keys", async () => {
    const yaml = inChecks(
      "&first { select: oso.a, check: row_count, min: one }",
      "{ <<: *first, max: 5 }",
      "{ <<: [*first], min: 1, severity: bad }",
      "*first",
    );
    expect(await problemsOf(yaml)).toEqual([
      "7:54 verification.checks[0].min must be a number, not text",
      "7:54 verification.checks[1].min must be a number, not text",
      "7:54 verification.checks[3].min must be a number, not text",
      "9:41 verification.checks[2].severity must be one of fail, warn",
    ]);
  });

  it("counts lines that end in CR LF, and columns after a byte order mark and on very long lines", async () => {
    expect(await problemsOf(`\uFEFF${services.replaceAll("\n", "\r\n")}extra: 1\r\n`)).toEqual([
      "5:1 unknown key extra",
    ]);
    expect(
      await problemsOf("\uFEFFextra: 1\ntrino: { url: http://a }\nnessie: { uri: http://a/api/v2 }"),
    ).toEqual(["1:1 unknown key extra"]);
    const names = Array.from({ length: 20_000 }, (_, index) => `oso.model_${index}`).join(", ");
    const line = `run: { restate_models: [${names}], extra: 1 }`;
    expect(await problemsOf(`${services}${line}\n`)).toEqual([
      `5:${line.indexOf("extra") + 1} unknown key run.extra`,
    ]);
  });
});

describe("YAML that is none", () => {
  it("is one clear error with its place", async () => {
    expect(await problemsOf("trino:\n\turl: http://a\n")).toEqual([
      expect.stringMatching(/^2:1 not valid YAML: .*[Tt]abs/),
    ]);
    expect(await problemsOf(`${services}trino: {}\n`)).toEqual([
      "5:1 not valid YAML: Map keys must be unique",
    ]);
    expect(await problemsOf("trino: {\n")).toEqual([expect.stringMatching(/^2:1 not valid YAML/)]);
    expect(await problemsOf(`${services}---\n${services}`)).toEqual([
      expect.stringMatching(/^\d+:\d+ not valid YAML: Source contains multiple documents/),
    ]);
    expect(await problemsOf(`${services}run: !shell rm\n`)).toEqual([
      expect.stringMatching(/^5:6 not valid YAML: Unresolved tag/),
    ]);
  });

  it("is told once, though all that follows is read askew, but each duplicate key is told", async () => {
    expect(await problemsOf(`trino: { user: "a, url: b }\n${services.repeat(5)}`)).toHaveLength(1);
    expect(await problemsOf(services.repeat(2))).toHaveLength(2);
  });

  it("has no alias without anchor, no value that holds itself, no merge of what is no map, no key that is no text", async () => {
    expect(await problemsOf(`${services}run: *none\n`)).toEqual([
      expect.stringMatching(/^5:6 .*anchor|alias/i),
    ]);
    expect(await problemsOf("trino: &a { tls: *a }\n")).toEqual([
      "1:18 an alias must not refer to a value it is part of",
    ]);
    expect(await problemsOf("trino: { <<: [1] }\n")).toEqual([
      "1:10 << must refer to a map or a list of maps",
    ]);
    expect(await problemsOf("trino: { <<: text }\n")).toEqual([
      "1:10 << must refer to a map or a list of maps",
    ]);
    expect(await problemsOf("? [a]\n: 1\n")).toEqual(["1:3 a key must be plain text"]);
  });

  it("does not multiply aliases of aliases", async () => {
    const levels = Array.from({ length: 30 }, (_, index) =>
      index === 0 ? "a0: &a0 [x]" : `a${index}: &a${index} [*a${index - 1}, *a${index - 1}, *a${index - 1}]`,
    );
    expect(await problemsOf(`${services}${levels.join("\n")}\n`)).toHaveLength(30);
  });

  it("has keys of the language's objects refused like any unknown key", async () => {
    const yaml = `${services}__proto__: { a: 1 }\nconstructor: 1\nrun: { __proto__: 1, toString: 2 }\n`;
    expect(await problemsOf(yaml)).toEqual([
      "5:1 unknown key __proto__",
      "6:1 unknown key constructor",
      "7:8 unknown key run.__proto__",
      "7:22 unknown key run.toString",
    ]);
    expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
  });
});

const trino = (url: string): Promise<string[]> =>
  problemsOf(`trino: { url: "${url}" }\nnessie: { uri: http://a/api/v2 }`);

const timeout = (written: string): Promise<string[]> =>
  problemsOf(`${services}verification: { timeout: ${written} }`);

describe("values that look right", () => {
  it("are refused as URLs when they carry a password, a path or another scheme, without being repeated", async () => {
    expect(await trino("http://me:hunter2@a")).toEqual([
      "1:15 trino.url must not carry a user or a password: use `auth`",
    ]);
    expect(await trino("http://a/path")).toEqual([
      "1:15 trino.url must not have a path: scheme, host and port only",
    ]);
    expect(await trino("http://a?x=hunter2")).toEqual(["1:15 trino.url must not have a query or a fragment"]);
    expect(await trino("localhost:8080")).toEqual(["1:15 trino.url must start with http:// or https://"]);
    expect(await trino("hunter2")).toEqual([
      "1:15 trino.url must be a URL that starts with http:// or https://",
    ]);
    expect(await trino("")).toEqual(["1:15 trino.url must be a URL that starts with http:// or https://"]);
  });

  it("are refused as time limits beyond what timers hold, and as durations without length", async () => {
    expect(await timeout("24d")).toEqual([]);
    expect(await timeout("25d")).toEqual(["5:26 verification.timeout must be at most 24d"]);
    expect(await timeout("0s")).toEqual(["5:26 verification.timeout must be longer than nothing"]);
    expect(await timeout("10 minutes")).toEqual([expect.stringContaining("must be a duration")]);
  });

  it("are refused when one half of a pair is missing", async () => {
    expect(await problemsOf(services.replace("nessie", "  tls: { cert: a.pem }\nnessie"))).toEqual([
      "3:8 trino.tls cert and key belong together: give both or neither",
    ]);
  });
});

it("an empty key is like a key that is not written", async () => {
  const { config } = await load(
    `${services}run:\n  start:\n  restate_models:\nsqlmesh:\nverification:\n  checks:\n`,
  );
  expect(config.run).toMatchObject({ start: null, restateModels: [] });
  expect(config.verification.checks).toEqual([]);
});
