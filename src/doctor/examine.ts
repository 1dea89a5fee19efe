import { messageOf, PipelineError, type ErrorCode } from "../core/errors.js";
import { formatDuration } from "../core/duration.js";
import { interruption } from "../core/interruption.js";
import { type Diagnosis, type Finding, unknown } from "./diagnosis.js";

/** One thing to look at. It answers by itself: nothing that others find hides what it finds. */
export interface Examination {
  readonly name: string;
  readonly looked: string;
  /** Examinations, listed before this one, that have to go well for this one to mean anything. */
  readonly needs: readonly string[];
  readonly timeLimitMilliseconds: number;
  /** Whether it is a service that others are asked through: where it is away, that is wrong, and not only unknown. */
  readonly isService?: boolean;
  /**
   * @param signal aborted when the time is over
   * @throws PipelineError where it cannot be found out, which is a finding too
   */
  look(signal: AbortSignal): Promise<Finding | readonly Finding[]>;
}

/** What may pass by itself: it says nothing of the thing that was looked at. */
const passing: ReadonlySet<ErrorCode> = new Set([
  "SERVICE_UNAVAILABLE",
  "TIMEOUT",
  "BRIDGE_FAILED",
  "CONFLICT",
  "STATE_CONFLICT",
]);

/**
 * All at once, but for what needs another's answer first. What cannot be looked at because of another says so, and by
 * whom, and repeats nothing of it.
 * @throws PipelineError INTERRUPTED, or what the signal was aborted with
 */
export async function examine(
  examinations: readonly Examination[],
  signal: AbortSignal,
): Promise<readonly Diagnosis[]> {
  const interrupted = interruptionOf(signal);
  const begun = new Map<string, Promise<readonly Diagnosis[]>>();
  try {
    for (const examination of examinations) {
      const needed = examination.needs.map((name) => {
        const earlier = begun.get(name);
        if (earlier === undefined)
          throw new Error(`${examination.name} needs ${name}, which is not before it`);
        return earlier;
      });
      begun.set(examination.name, afterAll(needed, examination, interrupted.promise));
    }
    const diagnoses = (await Promise.all(begun.values())).flat();
    if (signal.aborted) throw interruption(signal);
    return diagnoses;
  } finally {
    interrupted.dispose();
  }
}

/** Rejected on interruption: one listener for all, for a signal has not room for many. */
function interruptionOf(signal: AbortSignal): { promise: Promise<never>; dispose: () => void } {
  let interrupt = (): void => undefined;
  const promise = new Promise<never>((_, reject) => {
    interrupt = () => reject(interruption(signal));
  });
  promise.catch(() => undefined);
  if (signal.aborted) interrupt();
  else signal.addEventListener("abort", interrupt, { once: true });
  return { promise, dispose: () => signal.removeEventListener("abort", interrupt) };
}

async function afterAll(
  needed: readonly Promise<readonly Diagnosis[]>[],
  examination: Examination,
  interrupted: Promise<never>,
): Promise<readonly Diagnosis[]> {
  const { name, looked, isService = false } = examination;
  const broken = (await Promise.all(needed))
    .flat()
    .find(({ state }) => state === "wrong" || state === "unknown");
  if (broken !== undefined) {
    const without = broken.without ?? broken.name;
    return [{ name, looked, ...unknown(`not looked at without ${without}`), without }];
  }
  const found = await within(examination, interrupted).catch((thrown: unknown) =>
    ofFailure(thrown, isService),
  );
  return [found].flat().map((finding) => ({ name, looked, ...finding, without: null }));
}

/** What does not answer in time is given up, whether or not it heeds its signal. */
async function within(
  examination: Examination,
  interrupted: Promise<never>,
): Promise<Finding | readonly Finding[]> {
  const { timeLimitMilliseconds } = examination;
  const over = new AbortController();
  interrupted.catch((reason: unknown) => over.abort(reason));
  let expiry: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    expiry = setTimeout(() => {
      const reason = tooLong(timeLimitMilliseconds);
      reject(reason);
      over.abort(reason);
    }, timeLimitMilliseconds);
  });
  try {
    return await Promise.race([examination.look(over.signal), expired, interrupted]);
  } finally {
    clearTimeout(expiry);
  }
}

const tooLong = (milliseconds: number): PipelineError =>
  new PipelineError("TIMEOUT", {
    message: `no answer within ${formatDuration(milliseconds)}`,
    hint: "look at what the service is doing, or try again when it has less to do",
  });

/** A service that is away is wrong where it is what was looked at, and leaves everything else unknown. */
function ofFailure(thrown: unknown, isService: boolean): Finding {
  if (!(thrown instanceof PipelineError))
    return {
      state: "wrong",
      found: `internal error: ${messageOf(thrown)}`,
      mend: "please report this",
      code: "DEFECT",
    };
  return {
    state: passing.has(thrown.code) && !isService ? "unknown" : "wrong",
    found: thrown.message,
    mend: thrown.hint ?? null,
    code: thrown.code,
  };
}
