import { formatDuration } from "../core/duration.js";
import { PipelineError } from "../core/errors.js";
import type { Report } from "../core/events.js";
import { interruption } from "../core/interruption.js";
import type { StageFacts, Surround } from "../core/stage.js";
import { environmentOf, type HookEnd } from "./facts.js";
import { type Hook, type HookName, type Hooks, inWords } from "./hook.js";
import { hookOutput } from "./output.js";
import { type HookExit, runCommand } from "./process.js";

export interface SurroundParts {
  readonly hooks: Hooks;
  /** Waits until the work can begin; null where there is nothing to wait for. */
  readonly ready: ((signal: AbortSignal) => Promise<void>) | null;
  readonly workingDirectory: string;
  /** What hooks inherit. */
  readonly environment: () => Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Strikes out secrets of what hooks print. */
  readonly redact: (text: string) => string;
  readonly report: Report;
  /** Aborted on Ctrl-C, SIGTERM and --timeout. */
  readonly signal: AbortSignal;
  readonly monotonic: () => number;
}

/** What is done after an interruption holds up nobody for longer. */
const HURRIED_MS = 10_000;

/**
 * Runs the hooks before a stage, waits until Trino is ready, does the stage, and runs the hooks after it, however it
 * ended. A stage that failed stays failed for its own reason, whatever becomes of hooks after it.
 */
export function surroundWith(parts: SurroundParts): Surround {
  const { hooks, ready, report, signal } = parts;
  return async (stage, facts, work, ended) => {
    const after = hooks[`after_${stage}`];
    const finish = async (known: StageFacts, end: HookEnd): Promise<PipelineError | undefined> =>
      runAll(`after_${stage}`, after, known, end, parts);
    let outcome: Awaited<ReturnType<typeof work>>;
    try {
      const failure = await runAll(`before_${stage}`, hooks[`before_${stage}`], facts, null, parts);
      if (failure) throw failure;
      if (ready) await ready(signal);
      outcome = await work();
    } catch (thrown) {
      const failure = thrown instanceof PipelineError ? thrown : null;
      tellBesides(await finish(facts, { outcome: "failed", failure }), report);
      throw thrown;
    }
    const { outcome: word, ...known } = ended(outcome.result);
    const failure = await finish({ ...facts, ...known }, { outcome: word, failure: outcome.failure ?? null });
    if (outcome.failure === undefined) return failure ? { result: outcome.result, failure } : outcome;
    tellBesides(failure, report);
    return outcome;
  };
}

/** Of several failures the first is the command's; the others are told. */
function tellBesides(failure: PipelineError | undefined, report: Report): void {
  if (failure) report({ type: "notice", level: "warning", text: failure.message });
}

/**
 * One after the other. Before a stage the first failure ends it; after one, each has its turn.
 * @returns the first failure that is not to be ignored
 */
async function runAll(
  name: HookName,
  hooks: readonly Hook[],
  facts: StageFacts,
  end: HookEnd | null,
  parts: SurroundParts,
): Promise<PipelineError | undefined> {
  const isBefore = end === null;
  let first: PipelineError | undefined;
  for (const hook of hooks) {
    if (isBefore && parts.signal.aborted) throw interruption(parts.signal);
    const failure = await run(name, hook, facts, end, parts);
    if (!failure) continue;
    if (hook.onFailure === "ignore" || first) {
      const why = hook.onFailure === "ignore" ? " (ignored)" : "";
      parts.report({ type: "notice", level: "warning", text: `${failure.message}${why}` });
      continue;
    }
    first = failure;
    if (isBefore) break;
  }
  return first;
}

async function run(
  name: HookName,
  hook: Hook,
  facts: StageFacts,
  end: HookEnd | null,
  parts: SurroundParts,
): Promise<PipelineError | undefined> {
  const { workingDirectory, environment, logFile, redact, report, signal, monotonic } = parts;
  const command = redact(inWords(hook));
  // What comes after an interruption has its turn too: a cluster that was woken for the work is to be put to sleep.
  const isHurried = end !== null && signal.aborted;
  const limit = isHurried ? Math.min(HURRIED_MS, hook.timeoutMilliseconds) : hook.timeoutMilliseconds;
  const output = hookOutput({ hook: name, title: inWords(hook), logFile, redact, report });
  const startedAt = monotonic();
  report({ type: "hook", hook: name, command, state: "running", milliseconds: null });
  try {
    const exit = await runCommand({
      command: hook.command,
      workingDirectory,
      environment: { ...environment(), ...environmentOf(name, facts, end) },
      timeoutMilliseconds: limit,
      signal: isHurried ? new AbortController().signal : signal,
      onLine: (line) => output.line(line),
    });
    const isFine = exit.kind === "exited" && exit.code === 0;
    const milliseconds = monotonic() - startedAt;
    report({ type: "hook", hook: name, command, state: isFine ? "succeeded" : "failed", milliseconds });
    if (isFine) return undefined;
    if (exit.kind === "interrupted" && end === null) throw interruption(signal);
    const said = output.last();
    return new PipelineError("HOOK_FAILED", {
      message: `the hook ${name} failed: \`${command}\` ${inSentence(exit, limit)}${said === null ? "" : `: ${said.slice(0, 300)}`}`,
      hint: `what it printed is in ${logFile}; \`on_failure: ignore\` goes on without it`,
      where: hook.where,
    });
  } finally {
    output.close();
  }
}

function inSentence(exit: HookExit, limit: number): string {
  switch (exit.kind) {
    case "exited":
      return `ended with exit code ${exit.code}`;
    case "killed":
      return `was ended by ${exit.by}`;
    case "timed-out":
      return `was not done within ${formatDuration(limit)} and was ended`;
    case "interrupted":
      return "was ended by an interruption";
    case "unstartable":
      return `cannot be started: ${exit.reason}`;
  }
}
