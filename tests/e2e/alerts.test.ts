import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Receiver } from "../support/receiver.js";
import { dropSample, hashOf, Warehouse } from "../support/warehouse.js";

const MODEL = "oso.timeseries_metrics_by_project_v0";
const DISCORD = "/api/webhooks/1234567890/a-token-that-nobody-may-see";
const HOOK = "/alerts/another-token-that-nobody-may-see";
const SIGNING = `whsec_${Buffer.from("signing key of the tests").toString("base64")}`;

interface Told {
  readonly event: string;
  readonly title: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly lists: readonly { readonly title: string; readonly lines: readonly string[] }[];
  readonly links: readonly { readonly title: string; readonly url: string }[];
}

describe("alerts and hooks around the main job on a real lakehouse", () => {
  let warehouse: Warehouse;
  let receiver: Receiver;
  const told = (): readonly Told[] =>
    receiver.take(HOOK).map(({ headers, body }) => {
      const names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
      const signed = Object.fromEntries(names.map((name) => [name, String(headers[name])]));
      return new Webhook(SIGNING).verify(body, signed) as Told;
    });
  const hooks = async (): Promise<readonly string[]> =>
    (await readFile(join(warehouse.folder, "hooks.txt"), "utf8")).trim().split("\n");

  beforeAll(async () => {
    await dropSample();
    receiver = await Receiver.start();
    warehouse = await Warehouse.create("alerts", {
      DAGSTER__DISCORD__URL: `${receiver.url}${DISCORD}`,
      DAGSTER__HOOK__URL: `${receiver.url}${HOOK}`,
      DAGSTER__HOOK__KEY: SIGNING,
      GITHUB_ACTIONS: "",
      CI_JOB_URL: "https://ci.example.org/jobs/7",
    });
    const line = `echo "$OSO_PIPELINE_HOOK|$OSO_PIPELINE_OUTCOME|$OSO_PIPELINE_EXIT_CODE|$OSO_PIPELINE_HASH|$OSO_PIPELINE_RELEASE|$OSO_PIPELINE_RUN_ID" >> hooks.txt`;
    const names = [
      "before_run",
      "after_run",
      "before_verify",
      "after_verify",
      "before_publish",
      "after_publish",
    ];
    await warehouse.configure(
      (yaml) => `${yaml}
notifications:
  targets:
    - { type: discord, name: channel, url: { group: discord, key: url } }
    - { type: webhook, name: programs, url: { group: hook, key: url }, secret: { group: hook, key: key } }
hooks:
${names.map((name) => `  ${name}: [{ command: '${line}' }]`).join("\n")}
`,
    );
  });
  afterAll(async () => {
    await warehouse.remove();
    await receiver.close();
  });

  it("runs the hooks around a run, with its id and how it ended, and tells nobody of a success", async () => {
    const result = await warehouse.run<{ run: string; status: string }>(0, ["run"]);
    expect(await hooks()).toEqual([`before_run|||||${result.run}`, `after_run|succeeded|0|||${result.run}`]);
    expect(receiver.received).toEqual([]);
  });

  it("tells of failing checks, in Discord and to programs, with the checks and the CI run", async () => {
    await warehouse.run(0, ["run", "--restate", MODEL, "--yes"], {
      environment: { OSO_SAMPLE_BAD_DATA: "timeseries_metrics_by_project_v0" },
    });
    const verified = await warehouse.cli(["verify", "--json"]);
    expect(verified.exitCode).toBe(7);
    expect(verified.json.notifications).toMatchObject([
      { target: "channel", event: "checks_failed", state: "sent", error: null },
      { target: "programs", event: "checks_failed", state: "sent", error: null },
    ]);
    const [alert, ...others] = told();
    expect(others).toEqual([]);
    expect(alert).toMatchObject({ event: "checks_failed", facts: { error: "CHECKS_FAILED" } });
    expect(alert?.lists[0]?.lines.join()).toContain(MODEL);
    expect(alert?.links).toContainEqual({ title: "CI run", url: "https://ci.example.org/jobs/7" });
    const [embed] = receiver
      .take(DISCORD)
      .map(({ body }) => JSON.parse(body) as { embeds: { title: string }[] });
    expect(embed).toMatchObject({ allowed_mentions: { parse: [] } });
    expect(embed?.embeds[0]?.title).toContain("failed on main");
    const base = await hashOf("main");
    expect((await hooks()).slice(-2)).toEqual([
      `before_verify|||${base}||`,
      `after_verify|failed|7|${base}||`,
    ]);
  });

  it("does not tell the same again at once", async () => {
    const verified = await warehouse.cli(["verify", "--json"]);
    expect(verified.json.notifications?.map(({ state }) => state)).toEqual(["repeated", "repeated"]);
    expect(receiver.received).toEqual([]);
  });

  it("tells that it has recovered, once", async () => {
    await warehouse.run(0, ["run", "--restate", MODEL, "--yes"]);
    await warehouse.run(0, ["verify"]);
    expect(told()).toMatchObject([{ event: "recovered", title: "Recovered: verification of main" }]);
    receiver.take(DISCORD);
    await warehouse.run(0, ["verify"]);
    expect(receiver.received).toEqual([]);
  });

  it("tells what readers see from now on, and runs the hooks around the publication", async () => {
    const { release } = await warehouse.run<{ release: { number: number; base: string } }>(0, [
      "tag-consumer",
    ]);
    expect(told()).toMatchObject([
      {
        event: "published",
        title: `Readers see release ${release.number}`,
        facts: { commit: release.base.slice(0, 12) },
      },
    ]);
    receiver.take(DISCORD);
    // What is attested is not verified again, so that there is no hook for that in between.
    expect((await hooks()).slice(-2)).toEqual([
      `before_publish|||${release.base}||`,
      `after_publish|published|0|${release.base}|${release.number}|`,
    ]);
  });

  it("runs no hook and tells nothing where there is nothing to publish", async () => {
    const before = await hooks();
    await warehouse.run(0, ["tag-consumer"]);
    expect(await hooks()).toEqual(before);
    expect(receiver.received).toEqual([]);
  });

  it("runs nothing when a hook before the run fails, and says so to everybody", async () => {
    const before = await hashOf("main");
    const environment = { OSO_PIPELINE__HOOKS__BEFORE_RUN: "[{ command: 'echo no cluster >&2; exit 3' }]" };
    const run = await warehouse.cli(["run", "--restate", MODEL, "--yes", "--json"], { environment });
    expect(run.exitCode).toBe(5);
    expect(run.json.error).toMatchObject({ code: "HOOK_FAILED" });
    expect(run.json.error?.message).toContain("ended with exit code 3: no cluster");
    expect(await hashOf("main")).toBe(before);
    expect(told()).toMatchObject([{ event: "run_failed", facts: { error: "HOOK_FAILED" } }]);
    receiver.take(DISCORD);
  });

  it("ends as it would have, and says who was not told, where the services are away", async () => {
    const environment = {
      DAGSTER__DISCORD__URL: `http://127.0.0.1:9${DISCORD}`,
      OSO_PIPELINE__NOTIFICATIONS__TIMEOUT: "4s",
      OSO_PIPELINE__NOTIFICATIONS__REPEAT_AFTER: "1ms",
      OSO_SAMPLE_FAIL_AUDIT: "timeseries_metrics_by_project_v0",
    };
    const run = await warehouse.cli(["run", "--restate", MODEL, "--yes", "--json"], { environment });
    expect(run.exitCode).toBe(6);
    expect(run.json.error).toMatchObject({ code: "TRANSFORMATION_FAILED" });
    expect(run.json.notifications).toMatchObject([
      { target: "channel", event: "run_failed", state: "failed" },
      { target: "programs", event: "run_failed", state: "sent" },
    ]);
    expect(run.stderr).toContain("channel was not told of run_failed");
    expect(`${run.stdout}${run.stderr}`).not.toContain("a-token-that-nobody-may-see");
    const [alert] = told();
    expect(alert?.lists[0]?.lines[0]).toContain(MODEL);
  });

  it("goes on with the run that failed, and tells that it has recovered", async () => {
    await warehouse.run(0, ["resume"]);
    expect(told()).toMatchObject([{ event: "recovered", title: "Recovered: run in prod" }]);
  });
});
