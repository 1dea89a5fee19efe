import { PipelineError } from "../core/errors.js";
import { fine, type Finding, wrong } from "./diagnosis.js";
import type { Examination } from "./examine.js";
import type { DoctorParts, NotificationTarget } from "./ports.js";

/** Longer than a delivery with all its tries. */
const TIME_LIMIT = 45_000;

/** Who is told of alerts. A test goes out only when it is asked for: it is read by people. */
export function notifications({ targets }: DoctorParts, sendTest: boolean): Examination {
  return {
    name: "notifications",
    looked: "the targets of alerts",
    needs: [],
    timeLimitMilliseconds: TIME_LIMIT,
    look: async (signal) =>
      targets.length === 0
        ? fine("no target is configured: nobody is told of failures (docs/notifications.md)")
        : Promise.all(targets.map(async (target) => ofTarget(target, sendTest, signal))),
  };
}

async function ofTarget(
  { name, type, check, sendTest: send }: NotificationTarget,
  sendTest: boolean,
  signal: AbortSignal,
): Promise<Finding> {
  try {
    check();
    if (!sendTest) return fine(`${name} (${type}) has all that it needs; --send-test tries it`);
    await send(signal);
    return fine(`${name} (${type}) has taken a test`);
  } catch (thrown) {
    if (!(thrown instanceof PipelineError) || signal.aborted) throw thrown;
    const mend = thrown.hint ?? "look at the target's settings in notifications.targets";
    return wrong(thrown.code, `${name} (${type}): ${thrown.message}`, mend);
  }
}
