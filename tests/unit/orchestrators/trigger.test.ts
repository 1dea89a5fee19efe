import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { actorFrom } from "../../../src/orchestrators/actor.js";
import { triggerFrom } from "../../../src/orchestrators/trigger.js";
import { errorOf } from "../../support/errors.js";

const asked = { runKey: null, requestDigest: "d1", identity: "robot" };
const encode = (value: unknown): string => deflateSync(JSON.stringify(value)).toString("base64");
const pipes = (data: object): NodeJS.ProcessEnv => ({ DAGSTER_PIPES_CONTEXT: encode({ data }) });

/** As dagster_pipes.encode_param 1.13.14 wrote it: run 0d3c6f2e-…, second attempt of a step, no extras. */
const recorded =
  "eJyNkN2KwjAQhV+lzPUWrT+V9VVEhmkzXaLtRCaptZS+u4mCwuKFl993zklgJjAUCPbZBOQ9Bzzz6CMewHm36EgDHH8yqJ1hvLJ66wSrEV/dx/JV3WfSt+0cBxd1VxaSmr+rR7QhPf4sJf9fo5L88acw2I5xsGLc8I61F7QmMizNui6bFee7ZsP5xpSc/1bbVV5S0URqdlQUEBcnV6FQl76AgfncjskqBx1R+q5ijUkRFd+CUrrSNM/zHerLbXQ=";

const github = {
  GITHUB_ACTIONS: "true",
  GITHUB_REPOSITORY: "acme/warehouse",
  GITHUB_RUN_ID: "4711",
  GITHUB_RUN_ATTEMPT: "1",
  GITHUB_JOB: "weekly",
  GITHUB_ACTOR: "ada",
  GITHUB_SERVER_URL: "https://github.example",
};

describe("--run-key", () => {
  it("is the key, whatever orchestrator is around it, and keeps that one's link", () => {
    expect(triggerFrom(github, { ...asked, runKey: "2026-W47" })).toEqual({
      source: "key",
      key: "2026-W47",
      by: { name: "robot", from: "configuration" },
      link: "https://github.example/acme/warehouse/actions/runs/4711",
    });
  });

  it("needs nothing of an orchestrator that cannot be understood", () => {
    const trigger = triggerFrom({ DAGSTER_PIPES_CONTEXT: "?" }, { ...asked, runKey: "k" });
    expect([trigger.source, trigger.key]).toEqual(["key", "k"]);
  });
});

describe("Dagster", () => {
  it("is recognised by the context that its own library writes", () => {
    expect(triggerFrom({ DAGSTER_PIPES_CONTEXT: recorded }, asked)).toMatchObject({
      source: "dagster",
      key: "dagster/0d3c6f2e-7f4e-4d6e-9b52-6a1f4d6f7a11/d1",
      link: null,
    });
  });

  it("keeps the key when a run is retried as a new run, by the root's id", () => {
    const keyOf = (run: string) =>
      triggerFrom(pipes({ run_id: run, retry_number: 0, extras: { root_run_id: "root" } }), asked).key;
    expect(keyOf("first")).toBe("dagster/root/d1");
    expect(keyOf("second")).toBe(keyOf("first"));
  });

  it("keeps the key when a step is retried in its run", () => {
    const keyOf = (retry: number) =>
      triggerFrom(pipes({ run_id: "r", retry_number: retry, extras: { root_run_id: null } }), asked).key;
    expect(keyOf(1)).toBe(keyOf(0));
  });

  it("tells two requests of one run apart", () => {
    const keyOf = (requestDigest: string) =>
      triggerFrom(pipes({ run_id: "r", extras: null }), { ...asked, requestDigest }).key;
    expect(keyOf("a")).not.toBe(keyOf("b"));
  });

  it("takes user and link from extras", () => {
    const extras = { user: "grace@example.org", run_url: "https://dagster.example/runs/r" };
    expect(triggerFrom(pipes({ run_id: "r", extras }), { ...asked, identity: null })).toMatchObject({
      by: { name: "grace@example.org", from: "dagster" },
      link: "https://dagster.example/runs/r",
    });
  });

  it("hands its context over in a file too", () => {
    const folder = mkdtempSync(join(tmpdir(), "pipes-"));
    try {
      const path = join(folder, "context");
      writeFileSync(path, JSON.stringify({ run_id: "in-file", extras: {} }));
      const environment = { DAGSTER_PIPES_CONTEXT: encode({ path, data: { run_id: "inline" } }) };
      expect(triggerFrom(environment, asked).key).toBe("dagster/in-file/d1");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    ["empty", ""],
    ["not base64", "%%%"],
    ["not compressed", Buffer.from("{}").toString("base64")],
    ["cut short", recorded.slice(0, 80)],
    ["not JSON", deflateSync("run").toString("base64")],
    ["for another store", encode({ bucket: "b", key: "k" })],
    ["in a file that is missing", encode({ path: "/nowhere/context" })],
    ["without a run id", encode({ data: { extras: {} } })],
    ["with a root id that is no text", encode({ data: { run_id: "r", extras: { root_run_id: 7 } } })],
  ])("is an error where its context is %s, never a manual start", async (_, DAGSTER_PIPES_CONTEXT) => {
    const error = await errorOf(() => triggerFrom({ DAGSTER_PIPES_CONTEXT }, asked));
    expect([error.code, error.message]).toEqual([
      "CONFIG_INVALID",
      expect.stringContaining("DAGSTER_PIPES_CONTEXT"),
    ]);
  });

  it("never takes a broken context for a start of its own", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => triggerFrom({ DAGSTER_PIPES_CONTEXT: text }, asked)).toThrow("DAGSTER_PIPES_CONTEXT");
      }),
    );
  });
});

describe("GitHub Actions", () => {
  it("is recognised by run, job and request, and links to the run", () => {
    expect(triggerFrom(github, { ...asked, identity: null })).toEqual({
      source: "github",
      key: "github/acme/warehouse/4711/weekly/d1",
      by: { name: "ada", from: "github" },
      link: "https://github.example/acme/warehouse/actions/runs/4711",
    });
  });

  it("keeps the key when a job is run again, by another person too", () => {
    const again = { ...github, GITHUB_RUN_ATTEMPT: "2", GITHUB_TRIGGERING_ACTOR: "grace" };
    const trigger = triggerFrom(again, { ...asked, identity: null });
    expect(trigger.key).toBe(triggerFrom(github, asked).key);
    expect(trigger.by.name).toBe("grace");
  });

  it.each([
    ["job", { GITHUB_JOB: "nightly" }],
    ["workflow run", { GITHUB_RUN_ID: "4712" }],
    ["repository", { GITHUB_REPOSITORY: "acme/other" }],
    ["leg of the matrix", { OSO_PIPELINE_MATRIX: '{\n  "gateway": "eu"\n}' }],
  ])("gives another %s another key", (_, change) => {
    expect(triggerFrom({ ...github, ...change }, asked).key).not.toBe(triggerFrom(github, asked).key);
  });

  it("takes no matrix for none, as toJSON writes it", () => {
    const none = { ...github, OSO_PIPELINE_MATRIX: "null" };
    expect(triggerFrom(none, asked).key).toBe(triggerFrom(github, asked).key);
  });

  it.each(["GITHUB_RUN_ID", "GITHUB_JOB", "GITHUB_REPOSITORY"])(
    "is an error where %s did not come through, never a manual start",
    async (name) => {
      const error = await errorOf(() => triggerFrom({ ...github, [name]: "" }, asked));
      expect([error.code, error.message]).toEqual(["CONFIG_INVALID", expect.stringContaining(name)]);
    },
  );
});

describe("who starts a run", () => {
  it("is the login where nothing else tells, and the start has no key", () => {
    expect(triggerFrom({}, { ...asked, identity: null })).toMatchObject({
      source: "manual",
      key: null,
      by: { name: expect.stringMatching(/^.+@.+$/), from: "login" },
      link: null,
    });
  });

  it("is the configured identity before all others", () => {
    expect(actorFrom(github, "robot")).toEqual({ name: "robot", from: "configuration" });
  });
});
