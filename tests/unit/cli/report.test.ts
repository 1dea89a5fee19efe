import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { App } from "../../../src/cli/app.js";
import { PipelineError } from "../../../src/core/errors.js";
import { runReport } from "../../../src/report/model/run.js";
import { errorOf } from "../../support/errors.js";
import { RUN, runMemory } from "../../support/reports.js";
import { fakeApp, helpOf, type } from "./fake-app.js";

/** An app that writes down of what it is asked to tell, and what it is asked to open. */
function app(more: Partial<App> = {}) {
  const asked: unknown[] = [];
  const opened: string[] = [];
  const events: unknown[] = [];
  const report = runReport(runMemory());
  const { app: whole, calls } = fakeApp({
    reports: async () => ({
      ofRun: async (run) => (asked.push(["run", run]), report),
      ofVerification: async () => (asked.push(["verification"]), report),
      ofRelease: async (release) => (asked.push(["release", release]), report),
    }),
    open: async (file) => void opened.push(file),
    report: (event) => events.push(event),
    ...more,
  });
  return {
    app: whole,
    asked,
    opened,
    events,
    calls,
    read: (file: string) => readFileSync(join(whole.workingDirectory, file), "utf8"),
  };
}

describe("report", () => {
  it("writes the newest run as HTML into a file called like it, and says where", async () => {
    const { app: parts, asked, read } = app();
    const { text } = await type(["report"], parts);
    expect(asked).toEqual([["run", null]]);
    expect(text).toContain(`report-${RUN}.html`);
    expect(read(`report-${RUN}.html`)).toMatch(/^<!doctype html>/);
  });

  it.each([
    [
      ["report", "20261121"],
      ["run", "20261121"],
    ],
    [
      ["report", "--release", "7"],
      ["release", 7],
    ],
    [["report", "--verification"], ["verification"]],
  ])("%j is on what it names", async (line, subject) => {
    const { app: parts, asked } = app();
    await type(line, parts);
    expect(asked).toEqual([subject]);
  });

  it("takes the format from the name of the file, unless one is named", async () => {
    const { app: parts, read } = app();
    await type(["report", "--out", "a.xml"], parts);
    await type(["report", "--out", "a.md"], parts);
    await type(["report", "--out", "b.md", "--format", "junit"], parts);
    expect([read("a.xml").slice(0, 5), read("a.md").slice(0, 3), read("b.md").slice(0, 5)]).toEqual([
      "<?xml",
      "## ",
      "<?xml",
    ]);
  });

  it("prints nothing but the report where it goes to standard output", async () => {
    const { app: parts } = app();
    const { text } = await type(["report", "--format", "markdown", "--out", "-"], parts);
    expect(text).toMatch(/^## ✓ Run /);
    expect(existsSync(join(parts.workingDirectory, "-"))).toBe(false);
  });

  it("opens what it has written", async () => {
    const { app: parts, opened } = app();
    await type(["report", "--out", "a.html", "--open"], parts);
    expect(opened).toEqual([join(parts.workingDirectory, "a.html")]);
  });

  it.each([
    [["report", "r1", "--release", "7"], "USAGE"],
    [["report", "--verification", "--release", "7"], "USAGE"],
    [["report", "--open", "--out", "-"], "USAGE"],
    [["report", "--out", "no/such/folder/a.html"], "USAGE"],
  ])("%j is refused", async (line, code) => {
    const { app: parts } = app();
    expect(await errorOf(() => type(line, parts))).toMatchObject({ code });
  });

  it("says in its help where it goes and in which formats", async () => {
    const help = await helpOf(["report"]);
    for (const word of ["--format", "--open", "GITHUB_STEP_SUMMARY", "markdown"])
      expect(help).toContain(word);
  });
});

describe("run --report", () => {
  it("writes the report of the run it has made", async () => {
    const { app: parts, asked, read, events } = app();
    await type(["run", "--report", "r.html"], parts);
    expect(asked).toHaveLength(1);
    expect(read("r.html")).toMatch(/^<!doctype html>/);
    expect(events).toContainEqual({ type: "notice", level: "info", text: "the report is in r.html" });
  });

  it("does not fail for a report that cannot be made", async () => {
    const broken = new PipelineError("STATE_UNREADABLE", { message: "a record is broken" });
    const { app: parts, events } = app({ reports: () => Promise.reject(broken) });
    const { outcome } = await type(["run", "--report", "r.html"], parts);
    expect(outcome.failure).toBeUndefined();
    expect(events).toContainEqual({
      type: "notice",
      level: "warning",
      text: "no report was written: a record is broken",
    });
  });
});
