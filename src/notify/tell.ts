import type { Alert } from "./alert.js";
import type { Ended } from "./ended.js";
import type { Memory, SubjectEnd } from "./memory.js";
import { tellPublication } from "./publication-alerts.js";
import { tellApproval, tellPlan, tellRun } from "./run-alerts.js";
import { alertOf, type Telling, type TellingContext } from "./telling.js";
import { tellVerification } from "./verification-alerts.js";

/** What people are to be told of how a command ended, before anything is known of earlier ones. */
export function tell(ended: readonly Ended[], context: TellingContext): Telling {
  const tellings = ended.map((one) => tellOne(one, context));
  return {
    alerts: tellings.flatMap(({ alerts }) => alerts),
    ends: tellings.flatMap(({ ends }) => ends),
  };
}

function tellOne(ended: Ended, context: TellingContext): Telling {
  switch (ended.kind) {
    case "run":
      return tellRun(ended, context);
    case "verification":
      return tellVerification(ended, context);
    case "publication":
      return tellPublication(ended, context);
    case "plan":
      return tellPlan(ended);
    case "approval":
      return tellApproval(ended);
  }
}

/** The first success of what had failed: all of them in one. Null where nothing had. */
export function recovered(
  ends: readonly SubjectEnd[],
  { failing }: Memory,
  environment: string,
): Alert | null {
  const well = new Map(ends.filter(({ isFailure }) => !isFailure).map((end) => [end.subject, end]));
  const before = failing.filter(({ subject }) => well.has(subject));
  const [first] = before;
  if (first === undefined) return null;
  const names = before.map(({ subject }) => well.get(subject)?.title ?? subject);
  return alertOf({
    event: "recovered",
    severity: "info",
    subject: first.subject,
    fingerprint: `recovered ${before.map(({ subject, since }) => `${subject} ${since}`).join(" ")}`,
    environment,
    title: `Recovered: ${names.join(", ")}`,
    text: "What had failed has succeeded again.",
    lists: [
      {
        title: "Had failed",
        lines: before.map(
          ({ title, since }) => `${title}, since ${since.slice(0, 16).replace("T", " ")} UTC`,
        ),
      },
    ],
  });
}
