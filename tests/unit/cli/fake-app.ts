import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { App, RunHistory, RunService } from "../../../src/cli/app.js";
import type { Outcome } from "../../../src/cli/command.js";
import { buildProgram } from "../../../src/cli/program.js";
import type { PublishResult } from "../../../src/release/publish.js";
import type { VerificationResult } from "../../../src/verification/verify.js";
import { services } from "../../support/config-files.js";
import { load } from "../../support/config-files.js";
import {
  failed,
  lease,
  plan,
  planResult,
  run,
  runResult,
  status,
  summaries,
  terminalOf,
} from "../report/fixtures.js";

export interface Call {
  readonly name: string;
  readonly arguments: readonly unknown[];
}

/** An app of which every part answers with the fixtures; each call is written down. */
export function fakeApp(overrides: Partial<App> = {}): { app: App; calls: Call[] } {
  const calls: Call[] = [];
  const answering =
    <R>(name: string, result: R) =>
    async (...given: readonly unknown[]): Promise<R> => {
      calls.push({ name, arguments: given });
      return result;
    };
  const runs: RunService = {
    models: answering("models", []),
    plan: answering("plan", { result: planResult }),
    run: answering("run", { result: runResult }),
    resume: answering("resume", { result: runResult }),
    abandon: answering("abandon", { result: { run, left: [{ model: "oso.a", batches: 3 }] } }),
    approve: answering("approve", {
      result: {
        digest: plan.digest,
        by: { name: "bob", from: "login" } as const,
        at: "2026-11-21T14:20:00.000Z",
        until: "2026-11-28T14:20:00.000Z",
        comment: null,
        summary: { environment: "prod", models: 5, batches: 38 },
      },
    }),
  };
  const history: RunHistory = {
    runs: answering("runs", { runs: summaries, total: summaries.length }),
    show: answering("show", failed),
    leases: answering("leases", [lease]),
    releaseLease: answering("releaseLease", lease),
  };
  const published: PublishResult<VerificationResult> = {
    outcome: "already-there",
    consumerTag: "consumer",
    from: { base: "00", at: "00", release: 1 },
    to: "00",
    backwards: false,
    rollbackTo: null,
    release: null,
    verification: null,
    views: null,
    recovered: [],
    pruned: [],
  };
  const unused = (part: string) => (): never => {
    throw new Error(`the command must not need ${part}`);
  };
  const app: App = {
    report: () => undefined,
    print: () => undefined,
    ask: null,
    signal: new AbortController().signal,
    workingDirectory: mkdtempSync(join(tmpdir(), "oso-pipeline-cli-")),
    configuration: () => load(services),
    forConfiguration: unused("another configuration"),
    runs: async () => runs,
    history: async () => history,
    verification: unused("a verification"),
    releases: async () =>
      ({ publish: answering("publish", { result: published }) }) as unknown as Awaited<
        ReturnType<App["releases"]>
      >,
    status: async () => ({ status: answering("status", { result: status }) }),
    releaseHistory: unused("the history of releases"),
    doctor: unused("a doctor"),
    queries: unused("queries"),
    reports: unused("reports"),
    open: unused("a browser"),
    init: unused("a proposal"),
    seeds: unused("seeds"),
    ...overrides,
  };
  return { app, calls };
}

export interface Typed {
  readonly text: string;
  readonly outcome: Outcome<unknown>;
}

/** What typing a command line does, up to the streams: parsed by the real program, run, and rendered. */
export async function type(line: readonly string[], app: App): Promise<Typed> {
  let typed: Typed | undefined;
  const program = buildProgram(
    "1.0.0",
    { writeOut: () => undefined, writeErr: () => undefined, outputError: () => undefined },
    async (_, command, options, __, args) => {
      const outcome = await command.run(options as never, app, args);
      typed = { outcome, text: await command.render(outcome, terminalOf(100)) };
    },
  );
  await program.parseAsync([...line], { from: "user" });
  if (!typed) throw new Error("no command was run");
  return typed;
}

/** The help of a command, as wide as given. */
export async function helpOf(line: readonly string[]): Promise<string> {
  let help = "";
  const program = buildProgram(
    "1.0.0",
    {
      writeOut: (text) => (help += text),
      writeErr: () => undefined,
      outputError: () => undefined,
      getOutHelpWidth: () => 100,
    },
    async () => undefined,
  );
  await program.parseAsync([...line, "--help"], { from: "user" }).catch(() => undefined);
  return help;
}
