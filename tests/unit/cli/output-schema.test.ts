import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { CommandGroup } from "../../../src/cli/command.js";
import { config } from "../../../src/cli/commands/config.js";
import { lease } from "../../../src/cli/commands/lease.js";
import { local } from "../../../src/cli/commands/local.js";
import { seed } from "../../../src/cli/commands/seed.js";
import { buildProgram } from "../../../src/cli/program.js";
import { PipelineError } from "../../../src/core/errors.js";
import { envelope } from "../../../src/report/envelope.js";
import { describedCommands, problemsOfLine, problemsOfOutput } from "../../support/output-schema.js";
import { fakeApp, type } from "./fake-app.js";

const root = join(import.meta.dirname, "../../..");
const groups: Readonly<Record<string, CommandGroup>> = { config, lease, local, seed };

describe("the schema of what is printed for programs", () => {
  it("is what the types say: `npm run schemas` writes it anew", () => {
    const check = spawnSync(process.execPath, [join(root, "bin/write-schemas.js"), "--check"], {
      encoding: "utf8",
    });
    expect(check.stderr).toBe("");
    expect(check.status).toBe(0);
  });

  it("describes every command there is, and no other", () => {
    const program = buildProgram("1.0.0", {}, async () => undefined);
    const typed = program.commands.flatMap((command) => {
      const group = groups[command.name()];
      return group === undefined
        ? [command.name()]
        : Object.keys(group.commands).map((child) => `${command.name()} ${child}`);
    });
    expect([...describedCommands].toSorted()).toEqual([...typed, "usage"].toSorted());
  });

  it.each([
    ["run", ["run", "--yes"]],
    ["plan", ["plan"]],
    ["status", ["status"]],
    ["runs", ["runs"]],
    ["show", ["show", "20261121"]],
    ["lease show", ["lease", "show"]],
    ["tag-consumer", ["tag-consumer"]],
    ["models", ["models"]],
  ])("holds for %s", async (command, line) => {
    const { outcome } = await type(line, fakeApp().app);
    expect(problemsOfOutput(envelope(command, outcome.result, outcome.failure))).toEqual([]);
  });

  it("holds for a failure, and finds what does not fit", () => {
    const failure = new PipelineError("HASH_UNKNOWN", { message: "no such commit", hint: "look" });
    expect(problemsOfOutput(envelope("status", null, failure))).toEqual([]);
    expect(problemsOfOutput(envelope("status", { at: "now" }, undefined))).not.toEqual([]);
    expect(problemsOfOutput({ ...envelope("status", null, failure), exitCode: "2" } as never)).not.toEqual(
      [],
    );
  });

  it("holds for the lines of a stream: events, and the result at its end", () => {
    const head = { version: 1, sequence: 1, time: "2026-11-21T14:20:51.000Z" };
    expect(problemsOfLine({ ...head, type: "batch-started", model: "oso.a" })).toEqual([]);
    expect(problemsOfLine({ ...head, type: "batch-started" })).not.toEqual([]);
    expect(problemsOfLine({ type: "batch-started", model: "oso.a" })).not.toEqual([]);
    expect(problemsOfLine({ ...head, type: "result", ...envelope("usage", null, undefined) })).toEqual([]);
  });
});
