import { short } from "../../core/commit.js";
import { grouped } from "../../core/words.js";
import type { Comparison } from "../../release/diff.js";
import type { Release } from "../../release/release.js";
import type { PastVerification } from "../../verification/past.js";
import { moment } from "../text/moments.js";
import { checksReport } from "./checks.js";
import type { ReleaseMemory } from "./memory.js";
import type { FailureReport, Outcome, Report } from "./report.js";
import { facts } from "./run.js";
import { checkFigures } from "./verification.js";

/** All that is remembered of one release, and how it differs from the one before. */
export function releaseReport(memory: ReleaseMemory): Report {
  const { release, isSeen, comparison, verifications, producedAt, toolVersion } = memory;
  const { number, views } = release;
  const verification = proofOf(release, verifications);
  const known = "comparison" in comparison ? comparison : null;
  return {
    subject: { kind: "release", id: String(number) },
    title: `Release ${number}`,
    outcome: outcomeOf(release, isSeen),
    summary: summaryOf(release, isSeen, known?.comparison ?? null),
    figures: [
      ...(known === null
        ? []
        : [
            {
              label: "changed",
              value: grouped(known.comparison.differences.length),
              note: "tables and views",
            },
          ]),
      {
        label: "views sealed",
        value: grouped(views.sealed),
        note: views.kept > 0 ? `${grouped(views.kept)} kept` : null,
      },
      ...(verification === null ? [] : checkFigures(verification)),
    ],
    facts: facts([
      ["published by", release.by.name],
      ["made", moment(release.startedAt)],
      ["ended", release.endedAt && moment(release.endedAt)],
      ["why", release.rollbackTo === null ? release.reason : `back to release ${release.rollbackTo}`],
      ["run", release.run],
      [
        "proof",
        release.attestation ?? `without verification${release.reason === null ? "" : `: ${release.reason}`}`,
      ],
      ["base", release.base],
      ["sealed", release.sealed],
      ["before", release.after === null ? release.from && short(release.from) : `release ${release.after}`],
    ]),
    failures: troubleOf(release),
    models: [],
    changes: known?.comparison.differences ?? [],
    timeline: null,
    checks: verification && checksReport(verification, verifications),
    links: [],
    remarks: "missing" in comparison ? [`What changed is not told: ${comparison.missing}.`] : [],
    next: [],
    producedAt,
    toolVersion,
  };
}

function outcomeOf({ status }: Release, isSeen: boolean): Outcome {
  if (isSeen && status === "published") return { tone: "good", word: "seen now" };
  const tone = {
    published: "neutral",
    pending: "neutral",
    moving: "neutral",
    unconfirmed: "warning",
    withdrawn: "warning",
  } as const;
  return { tone: tone[status], word: status };
}

function summaryOf({ base, after, status }: Release, isSeen: boolean, comparison: Comparison | null): string {
  const seen = isSeen
    ? "What readers see"
    : status === "published"
      ? "What readers saw"
      : "Not seen by readers";
  const number = comparison?.differences.length ?? 0;
  const changes =
    comparison === null
      ? ""
      : `; ${number === 1 ? "one table or view differs" : `${grouped(number)} tables and views differ`} from ${after === null ? "what was seen before" : `release ${after}`}`;
  return `${seen}: commit ${short(base)} of main${changes}.`;
}

/** By its attestation, else the last look at the same commit before it was made. */
const proofOf = (
  { base, attestation, startedAt }: Release,
  verifications: readonly PastVerification[],
): PastVerification | null => {
  if (attestation === null) return null;
  const own = verifications.filter((one) => one.base === base && one.release === null);
  return own.find(({ at }) => at <= startedAt) ?? own[0] ?? null;
};

const troubleOf = ({ trouble, views: { leaking, broken } }: Release): readonly FailureReport[] => [
  ...(trouble === null ? [] : [failure("it is not what readers see", trouble)]),
  ...(leaking.length === 0
    ? []
    : [failure("views read live main, whatever the consumer tag says", leaking.join("\n"))]),
  ...(broken.length === 0
    ? []
    : [
        failure(
          "views cannot be read, on main too",
          broken.map(({ view, what }) => `${view}: ${what}`).join("\n"),
        ),
      ]),
];

const failure = (title: string, message: string): FailureReport => ({
  title,
  model: null,
  attempt: null,
  message,
  hint: null,
  audits: [],
  queries: [],
  log: null,
});
