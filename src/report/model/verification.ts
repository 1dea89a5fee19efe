import { short } from "../../core/commit.js";
import { formatDuration } from "../../core/duration.js";
import { count, grouped } from "../../core/words.js";
import type { PastVerification } from "../../verification/past.js";
import { moment } from "../text/moments.js";
import { checksReport } from "./checks.js";
import type { CommonMemory } from "./memory.js";
import { type Figure, type Report, toneOf } from "./report.js";
import { facts } from "./run.js";

/** All that is remembered of one verification. */
export function verificationReport(
  verification: PastVerification,
  { verifications, releases, producedAt, toolVersion }: CommonMemory,
): Report {
  const { base, at, by, release, verdict, selected, comparedWith, milliseconds } = verification;
  const published = releases.find((one) => one.base === base && one.status === "published");
  return {
    subject: { kind: "verification", id: `${at.slice(0, 19).replaceAll(/[-:]/g, "")}-${short(base)}` },
    title: `Verification of ${release === null ? short(base) : `release ${release}`}`,
    outcome: { tone: toneOf[verdict], word: verdict === "error" ? "not all evaluated" : verdict },
    summary: `${count(verification.checks.length, "check")} of ${count(modelsOf(verification), "model")} as of commit ${short(base)}.`,
    figures: checkFigures(verification),
    facts: facts([
      ["verified by", by.name],
      ["when", moment(at)],
      ["took", milliseconds === null ? null : formatDuration(milliseconds)],
      ["commit", base],
      ["compared with", comparedWith && `${short(comparedWith)}, what readers saw`],
      ["only", selected.length === 0 ? null : selected.join(", ")],
      ["published", published ? `as release ${published.number}` : null],
    ]),
    failures: [],
    models: [],
    changes: [],
    timeline: null,
    checks: checksReport(verification, verifications),
    links: [],
    remarks: [],
    next: [],
    producedAt,
    toolVersion,
  };
}

const modelsOf = ({ checks }: PastVerification): number => new Set(checks.map(({ model }) => model)).size;

/** How many checks came out how; what did not happen is left out, but for what passed. */
export function checkFigures({ checks }: Pick<PastVerification, "checks">): readonly Figure[] {
  const words = { passed: "passed", warned: "warned", failed: "failed", error: "not evaluated" };
  const reused = checks.filter(({ from }) => from !== null).length;
  return (["passed", "warned", "failed", "error"] as const).flatMap((outcome) => {
    const number = checks.filter((check) => check.outcome === outcome).length;
    if (number === 0 && outcome !== "passed") return [];
    const note = outcome === "passed" && reused > 0 ? `${grouped(reused)} unchanged since before` : null;
    return [{ label: words[outcome], value: grouped(number), note }];
  });
}
