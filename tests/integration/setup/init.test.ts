import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import { Init } from "../../../src/setup/init.js";
import type { InitOptions, InitParts } from "../../../src/setup/parts.js";
import { errorOf } from "../../support/errors.js";
import { answering, bakery, gatewayTo, nothingSaid, textOf } from "../../support/setting-up.js";

const init = (parts: InitParts, said: Partial<InitOptions> = {}) =>
  new Init(parts).run({ ...nothingSaid, ...said });
const states = (result: Awaited<ReturnType<typeof init>>) =>
  Object.fromEntries(result.files.map(({ file, state }) => [file, state]));
const surveyorOf = async (parts: InitParts) => parts.surveyor("python3", parts.workingDirectory);
const silent = async (): Promise<never> => {
  throw new PipelineError("SERVICE_UNAVAILABLE", { message: "Nessie does not answer" });
};

describe("init, where nobody can be asked", () => {
  it("writes all four files from what it finds", async () => {
    const parts = bakery();
    const result = await init(parts);
    expect(states(result)).toEqual({
      ".env.example": "created",
      ".github/workflows/oso-pipeline.yml": "created",
      ".gitignore": "created",
      "oso-pipeline.yaml": "created",
    });
    expect(textOf(parts, ".gitignore")).toBe(".env\n.oso-pipeline/\n");
    expect(result).toMatchObject({ checks: 3, found: { models: 1, gateway: "trino" }, notes: [] });
    expect(result.connections.every(({ state }) => state === "fine")).toBe(true);
  });

  it("changes nothing the second time", async () => {
    const parts = bakery();
    await init(parts);
    const again = await init(parts);
    expect(new Set(Object.values(states(again)))).toEqual(new Set(["unchanged"]));
  });

  it("keeps what is there and differs, and shows what it would change", async () => {
    const parts = bakery({}, { "oso-pipeline.yaml": "# mine\n", ".env.example": "MINE=\n" });
    const result = await init(parts);
    expect(states(result)).toMatchObject({ "oso-pipeline.yaml": "kept", ".env.example": "kept" });
    expect(textOf(parts, "oso-pipeline.yaml")).toBe("# mine\n");
    const kept = result.files.find(({ file }) => file === "oso-pipeline.yaml");
    expect(kept?.difference).toContain("-# mine");
    expect(kept?.difference).toContain("+sqlmesh:");
  });

  it("writes over the one file that --force names", async () => {
    const parts = bakery({}, { "oso-pipeline.yaml": "# mine\n", ".env.example": "MINE=\n" });
    const result = await init(parts, { force: ["oso-pipeline.yaml"] });
    expect(states(result)).toMatchObject({ "oso-pipeline.yaml": "replaced", ".env.example": "kept" });
    expect(textOf(parts, "oso-pipeline.yaml")).toContain("sqlmesh:");
    expect(textOf(parts, ".env.example")).toBe("MINE=\n");
  });

  it("refuses a --force of what it does not write, before it writes anything", async () => {
    const parts = bakery();
    const error = await errorOf(() => init(parts, { force: ["config.yaml"] }));
    expect(error).toMatchObject({ code: "USAGE", hint: expect.stringContaining("oso-pipeline.yaml") });
    expect(existsSync(join(parts.workingDirectory, "oso-pipeline.yaml"))).toBe(false);
  });

  it("adds to .gitignore what is missing in it, once it may", async () => {
    const parts = bakery({}, { ".gitignore": "state.db\n.env" });
    expect(states(await init(parts))).toMatchObject({ ".gitignore": "kept" });
    await init(parts, { force: [".gitignore"] });
    expect(textOf(parts, ".gitignore")).toBe("state.db\n.env\n.oso-pipeline/\n");
  });

  it("writes the configuration last, so that dying on the way leaves none", async () => {
    const written: string[] = [];
    const parts = bakery({ write: async (file) => void written.push(file) });
    await init(parts);
    expect(written.at(-1)).toMatch(/oso-pipeline\.yaml$/);
    expect(written).toHaveLength(4);
  });

  it("writes nothing with --dry-run", async () => {
    const parts = bakery();
    const result = await init(parts, { dryRun: true });
    expect(result.dryRun).toBe(true);
    expect(result.files[3]?.difference).toContain("+sqlmesh:");
    expect(existsSync(join(parts.workingDirectory, "oso-pipeline.yaml"))).toBe(false);
  });

  it("says --project where there is no SQLMesh project, or several", async () => {
    const none = bakery({}, { "config.yaml": "title: a blog\n" });
    expect(await errorOf(() => init(none))).toMatchObject({
      code: "USAGE",
      hint: expect.stringContaining("--project"),
    });
    const project = "model_defaults:\n  dialect: trino\n";
    const several = bakery(
      {},
      { "config.yaml": "title: a blog\n", "a/config.yaml": project, "b/config.yaml": project },
    );
    expect(await errorOf(() => init(several))).toMatchObject({ message: expect.stringContaining("a, b") });
    expect((await init(several, { project: "b" })).found.project).toBe("b");
  });

  it("says --gateway where several gateways go to Trino and none is the default", async () => {
    const parts = bakery();
    const surveyor = await surveyorOf(parts);
    const gateways = async () => [gatewayTo("dev"), gatewayTo("prod")];
    const two = { ...parts, surveyor: async () => ({ ...surveyor, gateways }) };
    expect(await errorOf(() => init(two))).toMatchObject({ hint: expect.stringContaining("--gateway dev") });
    expect((await init(two, { gateway: "prod" })).found.gateway).toBe("prod");
    expect(await errorOf(() => init(two, { gateway: "none" }))).toMatchObject({
      hint: "--gateway takes one of dev, prod",
    });
  });

  it("refuses a project without a gateway to Trino", async () => {
    const parts = bakery();
    const surveyor = await surveyorOf(parts);
    const gateways = async () => [gatewayTo("laptop", { engine: "duckdb", trino: null })];
    const error = await errorOf(() => init({ ...parts, surveyor: async () => ({ ...surveyor, gateways }) }));
    expect(error).toMatchObject({
      code: "PROJECT_INVALID",
      message: expect.stringContaining("laptop (duckdb)"),
    });
  });

  it("says --nessie-uri where no Nessie answers on Trino's host", async () => {
    const error = await errorOf(() => init(bakery({ nessie: silent })));
    expect(error).toMatchObject({ code: "USAGE", hint: expect.stringContaining("--nessie-uri") });
    expect(error.message).toContain("http://trino.example.org:19120/api/v2");
  });

  it("refuses a Nessie address that is not that of its API", async () => {
    expect(await errorOf(() => init(bakery(), { nessieUri: "http://localhost:19120" }))).toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("--nessie-uri"),
    });
  });

  it("takes the Nessie of a local stack whose Trino the gateway means", async () => {
    const stack = {
      trinoUrl: "http://127.0.0.1:8080",
      nessieUri: "http://127.0.0.1:19999/api/v2",
      python: null,
    };
    const parts = bakery({ localServices: async () => stack });
    await init(parts, { trinoUrl: "http://localhost:8080" });
    expect(textOf(parts, "oso-pipeline.yaml")).toContain("uri: http://127.0.0.1:19999/api/v2");
  });

  it("writes references for the passwords that the services ask for", async () => {
    const parts = bakery({
      nessie: async () => {
        throw new PipelineError("AUTHENTICATION_FAILED", { message: "who are you?" });
      },
      trino: async () => {
        throw new PipelineError("SECRET_MISSING", {
          message: "DAGSTER__TRINO__PASSWORD is not set",
          hint: "set it in .env",
        });
      },
    });
    const surveyor = await surveyorOf(parts);
    const basic = gatewayTo("trino");
    const gateways = async () => [{ ...basic, trino: basic.trino && { ...basic.trino, method: "ldap" } }];
    const result = await init({ ...parts, surveyor: async () => ({ ...surveyor, gateways }) });
    expect(textOf(parts, "oso-pipeline.yaml")).toMatch(/password: \{ group: trino, key: password \}/);
    expect(textOf(parts, ".env.example")).toMatch(/^DAGSTER__NESSIE__TOKEN=$/m);
    expect(result.connections.map(({ about, state }) => [about, state])).toEqual([
      ["Trino", "unknown"],
      ["Nessie", "wrong"],
    ]);
  });

  it("sets up a project that cannot be loaded yet, without checks, and says so", async () => {
    const parts = bakery();
    const surveyor = await surveyorOf(parts);
    const survey = async (): Promise<never> => {
      throw new PipelineError("PROJECT_INVALID", { message: "a comma is missing" });
    };
    const result = await init({ ...parts, surveyor: async () => ({ ...surveyor, survey }) });
    expect(result.found.models).toBeNull();
    expect(result.notes[0]).toContain("a comma is missing");
    expect(textOf(parts, "oso-pipeline.yaml")).toContain("checks: []");
  });

  it("warns of a workflow that could reach neither state nor Trino", async () => {
    const parts = bakery();
    const surveyor = await surveyorOf(parts);
    const gateways = async () => [gatewayTo("trino", { stateEngine: "duckdb" })];
    const result = await init(
      { ...parts, surveyor: async () => ({ ...surveyor, gateways }) },
      { trinoUrl: "http://localhost:8080" },
    );
    expect(result.notes.map((note) => note.split(" ").slice(0, 2).join(" "))).toEqual([
      "SQLMesh keeps",
      "Trino is",
    ]);
    expect(result.files.some(({ file }) => file.includes(".github"))).toBe(true);
    const without = await init(parts, { ci: "none", dryRun: true });
    expect(without.notes).toEqual([]);
  });

  it("says what Trino and Nessie lack of what it has written", async () => {
    const result = await init(
      bakery({
        trino: async () => ({ version: "476", catalogs: [{ name: "iceberg", connector: "hive" }] }),
        nessie: async () => ({ defaultBranch: "trunk", branches: ["trunk"], tags: [] }),
      }),
      { branch: "main" },
    );
    expect(result.connections.map(({ about, state }) => [about, state])).toEqual([
      ["Trino", "fine"],
      ["producer catalog", "wrong"],
      ["consumer catalog", "wrong"],
      ["Nessie", "fine"],
      ["branch", "wrong"],
      ["consumer tag", "unknown"],
    ]);
  });
});

describe("init, with somebody to ask", () => {
  it("asks only what it cannot tell, and shows each change of a file before it makes it", async () => {
    const questions = answering({
      "Where is Nessie": "http://nessie.example.org/api/v2",
      "What does restating": "required",
      "Write a workflow": false,
      "Change oso-pipeline.yaml": true,
      "Write .env.example": true,
      "-": true,
    });
    const parts = bakery({ questions }, { "oso-pipeline.yaml": "# mine\n" });
    const result = await init(parts);
    expect(states(result)).toMatchObject({ "oso-pipeline.yaml": "replaced", ".env.example": "created" });
    expect(textOf(parts, "oso-pipeline.yaml")).toContain("policy: required");
    expect(questions.asked.map((text) => text.split(" ").slice(0, 2).join(" "))).toEqual([
      "Where is",
      "What does",
      "Write a",
      expect.stringMatching(/^--- oso-pipeline\.yaml/),
      "Change oso-pipeline.yaml",
      "Write .env.example,",
    ]);
  });

  it("writes nothing after a no", async () => {
    const questions = answering({
      Where: "http://n.example.org/api/v2",
      What: "prompt",
      "Write a": true,
      "Write .env": false,
    });
    const parts = bakery({ questions });
    expect(await init(parts)).toMatchObject({ dryRun: true });
    expect(existsSync(join(parts.workingDirectory, ".env.example"))).toBe(false);
  });
});
