import { array, assert, asyncProperty, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { configText, scalar } from "../../../src/setup/config-text.js";
import { environmentText, variablesIn } from "../../../src/setup/environment-text.js";
import { workflowText } from "../../../src/setup/workflow-text.js";
import { load } from "../../support/config-files.js";
import { settingsWith, surveyed } from "../../support/setting-up.js";

const facts = {
  folder: ".",
  version: "1.2.3",
  pythonVersion: "3.11",
  sqlmeshVersion: "0.236.4",
  requirements: null,
};

interface Workflow {
  readonly concurrency: { readonly "cancel-in-progress": boolean };
  readonly jobs: { readonly run: { readonly steps: readonly Record<string, unknown>[] } };
}
const stepsOf = (text: string) => (parse(text) as Workflow).jobs.run.steps;

describe("oso-pipeline.yaml as it is proposed", () => {
  it("loads, and says what the settings say", async () => {
    const models = [surveyed("bakery.sales", { keys: [["sale_id"]], categories: ["shop"] })];
    const { config } = await load(configText(settingsWith({ models })), {
      DAGSTER__TRINO__PASSWORD: "s3cret",
      DAGSTER__NESSIE__TOKEN: "t0ken",
    });
    expect(config).toMatchObject({
      sqlmesh: { gateway: "trino" },
      trino: { url: "https://trino.example.org:8443", user: "baker", auth: { type: "basic" } },
      nessie: { uri: "https://nessie.example.org/api/v2", branch: "main", auth: { type: "bearer" } },
      approval: { mode: "prompt" },
      verification: {
        checks: [{ check: "row_count" }, { check: "unique", columns: ["sale_id"] }, { check: "not_null" }],
      },
    });
    const { trino } = config;
    expect(trino.auth.type === "basic" && trino.auth.password.reveal()).toBe("s3cret");
  });

  it("loads without checks, and with client certificates", async () => {
    const { trino } = settingsWith();
    const tls = { ca: "ca.pem", cert: "c d.pem", key: "key.pem", insecure: true };
    const settings = settingsWith({
      withChecks: false,
      gateway: null,
      python: null,
      trino: { ...trino, tls },
    });
    const { config } = await load(configText(settings));
    expect(config.verification.checks).toEqual([]);
    expect(config.trino.tls).toMatchObject({ insecure: true });
    expect(config.trino.tls.cert).toMatch(/c d\.pem$/);
  });

  it("loads whatever models and columns are called", async () => {
    const name = string({ minLength: 1, unit: "grapheme" }).filter((text) => text.trim() !== "");
    await assert(
      asyncProperty(
        name,
        name,
        array(name, { minLength: 1, maxLength: 40 }),
        async (model, column, values) => {
          const models = [
            surveyed(model, { keys: [[column]], acceptedValues: [{ column, values }], categories: [] }),
          ];
          const { config } = await load(configText(settingsWith({ models })));
          expect(config.verification.checks).toMatchObject([
            { check: "row_count", selectors: [model] },
            { check: "unique", selectors: [model], columns: [column] },
            { check: "not_null", columns: [column] },
            { check: "accepted_values", column, values },
          ]);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("keeps text that looks like something else text", () => {
    for (const text of [
      "yes",
      "null",
      "0x1f",
      "1e3",
      "2026-01-01",
      "a: b",
      "#x",
      "- x",
      "'",
      "3d",
      "~",
      "a:",
    ])
      expect(parse(scalar(text))).toBe(text);
  });
});

describe(".env.example as it is proposed", () => {
  it("names every secret and what the project reads, and holds no value", () => {
    const text = environmentText(
      settingsWith({
        projectVariables: [
          { name: "POSTGRES_PASSWORD", hasDefault: false },
          { name: "TRINO_HOST", hasDefault: true },
        ],
      }),
    );
    const lines = text.split("\n");
    expect(lines.filter((line) => /^[^#]/.test(line))).toEqual([
      "DAGSTER__TRINO__PASSWORD=",
      "DAGSTER__NESSIE__TOKEN=",
      "POSTGRES_PASSWORD=",
    ]);
    expect(lines).toContain("# TRINO_HOST=");
  });

  it("finds what YAML and Python configurations read", () => {
    const text = `
      password: "{{ env_var('B') }}" {{ env_var("C", 'x') }}
      os.environ["A"] os.getenv('D', "1") os.environ.get("C")`;
    expect(variablesIn(text)).toEqual([
      { name: "A", hasDefault: false },
      { name: "B", hasDefault: false },
      { name: "C", hasDefault: false },
      { name: "D", hasDefault: true },
    ]);
  });
});

describe("the workflow as it is proposed", () => {
  it("runs and publishes every week, one run at a time, with the secrets", () => {
    const text = workflowText(settingsWith(), facts);
    const workflow = parse(text) as Workflow;
    expect(workflow.concurrency["cancel-in-progress"]).toBe(false);
    expect(text).toContain('- cron: "0 3 * * 1"');
    expect(stepsOf(text)).toContainEqual({
      name: "Run, verify, publish",
      run: "npx --yes oso-pipeline@1.2.3 run --publish",
      env: {
        DAGSTER__TRINO__PASSWORD: "${{ secrets.DAGSTER__TRINO__PASSWORD }}",
        DAGSTER__NESSIE__TOKEN: "${{ secrets.DAGSTER__NESSIE__TOKEN }}",
      },
    });
  });

  it("installs the SQLMesh that was found into the environment that the configuration names", () => {
    expect(stepsOf(workflowText(settingsWith(), facts))).toContainEqual({
      name: "Install SQLMesh",
      run: 'python3 -m venv .venv && .venv/bin/python -m pip install "sqlmesh[trino]==0.236.4"',
    });
  });

  it("installs the project's own list of packages, in the folder of the configuration", () => {
    const text = workflowText(settingsWith({ python: "/opt/sqlmesh/bin/python" }), {
      ...facts,
      folder: "data/warehouse",
      requirements: "requirements.txt",
    });
    expect(stepsOf(text)).toContainEqual({
      name: "Install SQLMesh",
      "working-directory": "data/warehouse",
      run: "python3 -m pip install -r requirements.txt",
    });
    expect(text).toContain("OSO_PIPELINE__SQLMESH__PYTHON: python3");
    expect(text).toContain("path: data/warehouse/.oso-pipeline/logs");
  });
});
