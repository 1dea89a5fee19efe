import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PublishResult } from "../../src/release/publish.js";
import type { RunResult } from "../../src/restatement/run-result.js";
import type { WrittenReport } from "../../src/report/write.js";
import { type StartedBrowser, startBrowser } from "../support/browser.js";
import { lookAt, screens } from "../support/look-at-page.js";
import { dropSample, query, Warehouse } from "../support/warehouse.js";

const SECRET = "hunter22-in-the-environment";

let warehouse: Warehouse;
let browser: StartedBrowser;
let firstRun: string;
let failedRun: string;
let release: number;

/** The table behind a model, by another name: what reads it fails as it would where somebody has dropped it. */
async function hidden(model: string): Promise<() => Promise<void>> {
  const [[table] = []] = await query(
    `SELECT table_name FROM iceberg.information_schema.tables WHERE table_schema = 'sqlmesh__oso' AND table_name LIKE 'oso__${model}__%' AND table_name NOT LIKE '%tmp%'`,
  );
  const rename = async (from: string, to: string): Promise<void> =>
    void (await query(`ALTER TABLE iceberg.sqlmesh__oso."${from}" RENAME TO iceberg.sqlmesh__oso."${to}"`));
  await rename(String(table), "hidden_away");
  return () => rename("hidden_away", String(table));
}

beforeAll(async () => {
  await dropSample();
  warehouse = await Warehouse.create("report", { MY_API_TOKEN: SECRET });
  browser = await startBrowser();
  ({ run: firstRun } = await warehouse.run<RunResult>(0, ["run"]));
  const published = await warehouse.run<PublishResult>(0, [
    "tag-consumer",
    "--create",
    "--report",
    "release.html",
  ]);
  release = published.release?.number ?? 0;
  await warehouse.run(0, ["run", "--restate", "oso.stg_github__events", "--yes"]);
  const bringBack = await hidden("int_events__funding");
  ({ run: failedRun } = await warehouse.run<RunResult>(6, [
    "run",
    "--restate",
    "oso.stg_github__events",
    "--yes",
    "--report",
    "failed.html",
  ]));
  await warehouse.run<WrittenReport>(0, ["report", failedRun, "--out", "failed.md"]);
  await bringBack();
  await warehouse.run(0, ["resume", "--yes", "--report", "resumed.md"]);
  await warehouse.run(0, ["verify", "--report", "checks.xml"]);
  await warehouse.run(0, ["report", failedRun, "--out", "whole.html"]);
});

afterAll(async () => {
  await browser.close();
  await warehouse.remove();
});

const written = (file: string): Promise<string> => readFile(join(warehouse.folder, file), "utf8");

describe("reports of real runs", () => {
  it("tells a failed run while it is unfinished: which models failed, why, and Trino's pages on it", async () => {
    const page = await written("failed.html");
    expect(page).toContain(`Run ${failedRun} `);
    expect(page).toContain("does not exist");
    expect(page).toMatch(/href="http:\/\/[^"]+\/ui\/query\.html\?\d{8}_\d{6}_\d{5}_[a-z0-9]{5}"/);
    expect(page).toContain("the end of its log");
    expect(page).not.toContain(SECRET);
    expect(await written("failed.md")).toMatch(/^## ✕ Run/);
  });

  it("is written by the command itself at its end", async () => {
    expect(await written("release.html")).toContain(`Release ${release}`);
    expect(await written("resumed.md")).toContain(failedRun);
  });

  it("tells the same run once it is over: both attempts, rows against earlier runs and readers, checks", async () => {
    const report = await warehouse.run<WrittenReport>(0, ["report", failedRun, "--out", "-"]);
    expect(report.outcome.word).toBe("succeeded");
    for (const part of [
      "in 2 attempts",
      'class="failed"',
      "Against the last runs",
      "Rows readers saw",
      "Checks that passed",
    ])
      expect(report.text).toContain(part);
  });

  it("tells deployment and cadence of a run that restated nothing, each batch where it was stored", async () => {
    const { text } = await warehouse.run<WrittenReport>(0, ["report", firstRun, "--out", "-"]);
    expect(text).toContain("<h3>Deployed</h3>");
    expect(text?.match(/class="stored"/g)?.length).toBeGreaterThan(20);
  });

  it("gives CI what it reads, and a release its proof", async () => {
    expect(await written("checks.xml")).toMatch(/<testsuites tests="14" failures="0" errors="0"/);
    const { outcome, text } = await warehouse.run<WrittenReport>(0, [
      "report",
      "--release",
      String(release),
      "--out",
      "-",
    ]);
    expect(outcome.word).toBe("seen now");
    expect(text).toContain("Checks that passed");
  });

  it.each(screens)("is whole, quiet, accessible and as wide as the screen: $name", async (screen) => {
    const sight = await lookAt(browser.browser, join(warehouse.folder, "whole.html"), screen);
    expect(sight).toMatchObject({ complaints: [], requests: [], violations: [], overflow: 0 });
    expect(sight.headings).toContain("H2 Lineage");
    expect(sight.headings).toContain("H2 Batches over time");
  });
});
