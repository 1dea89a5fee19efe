import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import type { PipelineEvent } from "../../../src/core/events.js";
import type { Outcome } from "../../../src/core/outcome.js";
import { nothingKnown } from "../../../src/core/stage.js";
import type { Hook, HookName } from "../../../src/hooks/hook.js";
import { surroundWith, type SurroundParts } from "../../../src/hooks/surround.js";

const SECRET = "a-secret-of-the-configuration";

const hook = (command: Hook["command"], change: Partial<Hook> = {}): Hook => ({
  command,
  timeoutMilliseconds: 20_000,
  onFailure: "fail",
  where: "oso-pipeline.yaml:7:5",
  ...change,
});

interface SetUp extends Partial<Pick<SurroundParts, "ready" | "signal">> {
  readonly hooks?: Partial<Record<HookName, readonly Hook[]>>;
  readonly outcome?: () => Promise<Outcome<string>>;
}

/** A stage between hooks, in a folder of its own; what it has printed into `told` is given back. */
function stage({ hooks = {}, outcome, ready = null, signal = new AbortController().signal }: SetUp) {
  const folder = mkdtempSync(join(tmpdir(), "oso-pipeline-hooks-"));
  const events: PipelineEvent[] = [];
  const logFile = join(folder, "logs", "hooks.log");
  const none = {
    before_run: [],
    after_run: [],
    before_verify: [],
    after_verify: [],
    before_publish: [],
    after_publish: [],
  };
  const surround = surroundWith({
    hooks: { ...none, ...hooks },
    ready,
    workingDirectory: folder,
    environment: () => ({ PATH: process.env["PATH"] ?? "", OSO_PIPELINE_OUTCOME: "of something else" }),
    logFile,
    redact: (text) => text.replaceAll(SECRET, "***"),
    report: (event) => events.push(event),
    signal,
    monotonic: () => performance.now(),
  });
  let worked = 0;
  const work = async (): Promise<Outcome<string>> => {
    worked += 1;
    return outcome ? outcome() : { result: "succeeded" };
  };
  const facts = { ...nothingKnown, run: "run-1", environment: "prod" };
  return {
    events,
    folder,
    done: async () => surround("run", facts, work, (result) => ({ outcome: result, release: 7 })),
    worked: () => worked,
    log: () => readFileSync(logFile, "utf8"),
    told: () => readFileSync(join(folder, "told"), "utf8").trim().split("\n"),
    warnings: () => events.flatMap((event) => (event.type === "notice" ? [event.text] : [])),
  };
}

const failed = new PipelineError("TRANSFORMATION_FAILED", { message: "model oso.a failed" });
const errorOf = async (work: Promise<unknown>): Promise<PipelineError> => {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof PipelineError) return thrown;
  throw new Error(`no error for the user: ${String(thrown)}`);
};
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
};
/** Returns once it is gone; the test's own time limit is the only other end. */
async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await pause(20);
}

describe("hooks", () => {
  it("run in order around the work, in the folder of the configuration, and know what they are run for", async () => {
    const facts =
      'echo "$OSO_PIPELINE_HOOK/$OSO_PIPELINE_ENVIRONMENT/$OSO_PIPELINE_RUN_ID/$OSO_PIPELINE_OUTCOME/$OSO_PIPELINE_EXIT_CODE/$OSO_PIPELINE_RELEASE" >> told';
    const { done, told } = stage({
      hooks: {
        before_run: [hook("echo first >> told"), hook(["sh", "-c", facts])],
        after_run: [hook(facts)],
        before_verify: [hook("echo of another stage >> told")],
      },
    });
    expect(await done()).toEqual({ result: "succeeded" });
    expect(told()).toEqual(["first", "before_run/prod/run-1///", "after_run/prod/run-1/succeeded/0/7"]);
  });

  it("take words as they are where they are a list", async () => {
    const { done, told } = stage({
      hooks: { before_run: [hook(["sh", "-c", 'printf "%s\\n" "$0" > told', "$HOME; *"])] },
    });
    await done();
    expect(told()).toEqual(["$HOME; *"]);
  });

  it("keep the work from beginning when one fails, with the last of what it printed; those after it still run", async () => {
    const { done, worked, told, log } = stage({
      hooks: {
        before_run: [hook("echo warming; echo no cluster >&2; exit 3"), hook("echo second >> told")],
        after_run: [hook('echo "$OSO_PIPELINE_OUTCOME $OSO_PIPELINE_ERROR_CODE" >> told')],
      },
    });
    const error = await errorOf(done());
    expect(error).toMatchObject({ code: "HOOK_FAILED", exitCode: 5, where: "oso-pipeline.yaml:7:5" });
    expect(error.message).toContain("the hook before_run failed");
    expect(error.message).toMatch(/ended with exit code 3: no cluster$/);
    expect(worked()).toBe(0);
    expect(told()).toEqual(["failed HOOK_FAILED"]);
    expect(log()).toContain("warming\n");
  });

  it("change nothing when they are to be ignored, and are told", async () => {
    const { done, warnings } = stage({
      hooks: {
        before_run: [hook("exit 1", { onFailure: "ignore" })],
        after_run: [hook(["no-such-program"], { onFailure: "ignore" })],
      },
    });
    expect(await done()).toEqual({ result: "succeeded" });
    expect(warnings()).toEqual([
      expect.stringContaining("`exit 1` ended with exit code 1 (ignored)"),
      expect.stringMatching(/`no-such-program` cannot be started: .*ENOENT \(ignored\)/),
    ]);
  });

  it("make a work fail that was done well, and leave its result", async () => {
    const { done, told } = stage({
      hooks: { after_run: [hook("exit 4"), hook("echo the next one >> told")] },
    });
    expect(await done()).toMatchObject({ result: "succeeded", failure: { code: "HOOK_FAILED" } });
    expect(told()).toEqual(["the next one"]);
  });

  it("never take the place of why the work failed", async () => {
    const after = { after_run: [hook("exit 4")] };
    const returned = stage({ hooks: after, outcome: async () => ({ result: "failed", failure: failed }) });
    expect(await returned.done()).toEqual({ result: "failed", failure: failed });
    expect(returned.warnings()).toEqual([expect.stringContaining("exit code 4")]);
    const threw = stage({ hooks: after, outcome: async () => Promise.reject(failed) });
    expect(await errorOf(threw.done())).toBe(failed);
    expect(threw.warnings()).toEqual([expect.stringContaining("exit code 4")]);
  });

  it("wait for what has to be ready after they have woken it, and before the work", async () => {
    const order: string[] = [];
    const { done } = stage({
      hooks: { before_run: [hook("true")] },
      ready: async () => {
        order.push("ready");
      },
      outcome: async () => {
        order.push("work");
        return { result: "succeeded" };
      },
    });
    await done();
    expect(order).toEqual(["ready", "work"]);
  });
});

describe("a hook that misbehaves", () => {
  it("is ended at its limit with all that it has started, though it ignores SIGTERM", async () => {
    const { done, told } = stage({
      hooks: {
        before_run: [
          hook(
            "trap '' TERM; (trap '' TERM; echo $$ > told; sh -c 'echo $PPID > child; exec sleep 600') & echo $! >> told; wait",
            {
              timeoutMilliseconds: 700,
            },
          ),
        ],
      },
    });
    const error = await errorOf(done());
    expect(error.message).toContain("was not done within 0.7 s and was ended");
    for (const pid of told().map(Number)) await gone(pid);
  });

  it("is ended when the command is interrupted, which is then why the work did not begin", async () => {
    const controller = new AbortController();
    const interrupted = new PipelineError("INTERRUPTED", { message: "interrupted" });
    const { done, events, told, worked } = stage({
      hooks: { before_run: [hook("echo $$ > told; echo up; sleep 600")] },
      signal: controller.signal,
    });
    const ended = errorOf(done());
    while (!events.some(({ type }) => type === "hook-output")) await pause(10);
    controller.abort(interrupted);
    expect(await ended).toBe(interrupted);
    expect(worked()).toBe(0);
    await gone(Number(told()[0]));
  });

  it("runs after an interruption too, so that what was woken is put to sleep", async () => {
    const controller = new AbortController();
    const interrupted = new PipelineError("INTERRUPTED", { message: "interrupted" });
    const { done, told } = stage({
      hooks: { after_run: [hook('echo "$OSO_PIPELINE_OUTCOME $OSO_PIPELINE_EXIT_CODE" > told')] },
      signal: controller.signal,
      outcome: async () => {
        controller.abort(interrupted);
        return Promise.reject(interrupted);
      },
    });
    expect(await errorOf(done())).toBe(interrupted);
    expect(told()).toEqual(["failed 130"]);
  });

  it("that prints megabytes holds up nothing, and fills neither log nor screen", async () => {
    const { done, events, log } = stage({
      hooks: {
        before_run: [
          hook(
            "yes 'a line of output that is repeated' | head -c 20000000; head -c 3000000 /dev/zero | tr '\\0' x",
          ),
        ],
      },
    });
    expect(await done()).toEqual({ result: "succeeded" });
    expect(log().length).toBeLessThan(3_000_000);
    expect(log()).toContain("the rest is left out");
    expect(events.filter(({ type }) => type === "hook-output")).toHaveLength(101);
  });

  it("that leaves something in the background is not waited for, and what it left lives on", async () => {
    const { done, told } = stage({ hooks: { before_run: [hook("sleep 600 & echo $! > told")] } });
    expect(await done()).toEqual({ result: "succeeded" });
    const pid = Number(told()[0]);
    expect(isAlive(pid)).toBe(true);
    process.kill(pid, "SIGKILL");
  });

  it("tells no secret and moves no cursor", async () => {
    const { done, events, log } = stage({
      hooks: { before_run: [hook(`printf '\\033[2Jtoken ${SECRET}\\n'; exit 1`)] },
    });
    const error = await errorOf(done());
    const said = JSON.stringify([events, error.message, log()]);
    expect(said).not.toContain(SECRET);
    expect(events.find(({ type }) => type === "hook-output")).toMatchObject({ line: "token ***" });
  });

  it("works where its log cannot be written, which is told", async () => {
    const { done, warnings } = stage({
      hooks: { before_run: [hook("rm -r logs; touch logs"), hook("echo fine")] },
    });
    expect(await done()).toEqual({ result: "succeeded" });
    expect(warnings()).toEqual([expect.stringMatching(/^the log of hooks cannot be written: .*hooks\.log$/)]);
  });
});
