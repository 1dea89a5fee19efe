import { short } from "../../core/commit.js";
import { formatDuration } from "../../core/duration.js";
import { count, few, grouped } from "../../core/words.js";
import { commandLine } from "../../restatement/command-line.js";
import type { VerificationResult, VerifiedCheck } from "../../verification/verify.js";
import type { Terminal } from "../terminal.js";
import { labelled, nextSteps, type NextStep, sections, wrapped } from "./layout.js";
import { moment } from "./moments.js";
import { table } from "./table.js";

/** @param passed whether checks that hold get a line as well, where nothing fails that would get lost among them. */
export function renderVerification(
  result: VerificationResult,
  terminal: Terminal,
  { passed }: { passed: boolean },
): string {
  const { checks } = result;
  const of = (...wanted: readonly VerifiedCheck["outcome"][]): readonly VerifiedCheck[] =>
    wanted.flatMap((outcome) => checks.filter((check) => check.outcome === outcome));
  const problems = of("failed", "error", "warned");
  const fails = problems.some(({ outcome }) => outcome !== "warned");
  return sections(
    ...together(problems).map((same) => problem(same, terminal)),
    passed && !fails ? passedTable(of("passed"), terminal) : "",
    unpinnedLines(result, terminal),
    summary(result, terminal),
    passed ? nextSteps(next(result), terminal) : "",
  );
}

function passedTable(checks: readonly VerifiedCheck[], terminal: Terminal): string {
  const { chalk } = terminal;
  return table(
    [
      { title: "passed" },
      { title: "check", yields: true, prose: true },
      { title: "expected", yields: true, prose: true },
      { title: "found", yields: true, prose: true },
      { title: "unchanged since", spare: true },
    ],
    checks.map(({ model, check, expected, observed, pinned, from }) => [
      model,
      check,
      expected,
      pinned ? observed : `${observed} ${chalk.yellow("(live)")}`,
      from === null ? "" : chalk.dim(short(from)),
    ]),
    terminal,
  );
}

/** What kept several checks of a model from being evaluated is told once. */
function together(problems: readonly VerifiedCheck[]): readonly (readonly VerifiedCheck[])[] {
  const groups = new Map<unknown, VerifiedCheck[]>();
  for (const check of problems) {
    const key = check.outcome === "error" ? JSON.stringify([check.model, check.observed]) : check;
    groups.set(key, [...(groups.get(key) ?? []), check]);
  }
  return [...groups.values()];
}

/** A check that does not hold: what it asks, what there is, some of the rows, and the query that shows more of them. */
function problem(same: readonly VerifiedCheck[], terminal: Terminal): string {
  const { chalk } = terminal;
  const [check] = same;
  if (check === undefined) return "";
  const names = same.map((one) => one.check);
  const { outcome, model, where, pinned, expected, observed, rowsQuery } = check;
  const mark = outcome === "warned" ? chalk.yellow("!") : chalk.red("✗");
  const live = pinned ? "" : ` ${chalk.yellow("(live)")}`;
  return [
    `${mark} ${chalk.bold(model)} ${names.join(", ")}${live} ${chalk.dim(where)}`,
    labelled(
      [
        ["expected", expected],
        [outcome === "error" ? "error" : "found", observed],
      ],
      terminal,
    ),
    sampleTable(check, terminal),
    // As it is, however long, so that it can be copied.
    rowsQuery === null ? "" : `  ${chalk.dim(rowsQuery)}`,
  ]
    .filter(Boolean)
    .join("\n");
}

function sampleTable({ sample }: VerifiedCheck, terminal: Terminal): string {
  if (sample === null || sample.rows.length === 0) return "";
  const indent = 4;
  return table(
    sample.columns.map((title) => ({ title, yields: true })),
    sample.rows.map((row) => row.map((value) => value ?? terminal.chalk.dim("null"))),
    { ...terminal, columns: terminal.columns - indent },
  )
    .split("\n")
    .map((line) => `${" ".repeat(indent)}${line}`)
    .join("\n");
}

function unpinnedLines({ unpinned }: VerificationResult, terminal: Terminal): string {
  if (unpinned.length === 0) return "";
  const reasons = [...new Set(unpinned.map(({ reason }) => reason))];
  return [
    terminal.chalk.yellow("Read live, not as of this commit"),
    ...reasons.map((reason) => {
      const models = unpinned.filter((one) => one.reason === reason).map(({ model }) => model);
      return wrapped(`${few(models)}: ${reason}`, terminal, 2);
    }),
  ].join("\n");
}

function summary(result: VerificationResult, terminal: Terminal): string {
  const { chalk } = terminal;
  const { at, release, verdict, checks, attestation, attested, milliseconds } = result;
  const word = {
    passed: chalk.green("Passed"),
    warned: chalk.yellow("Passed with warnings"),
    failed: chalk.red("Failed"),
    error: chalk.red("Not evaluated"),
  }[verdict];
  const models = new Set(checks.map(({ model }) => model)).size;
  const what =
    checks.length === 0
      ? "no checks are configured"
      : `${count(checks.length, "check")} on ${count(models, "model")}`;
  const where = release === null ? `at ${short(at)}` : `of release ${release} at ${short(at)}`;
  return [
    wrapped(`${word}: ${what} ${where} ${chalk.dim(`(${formatDuration(milliseconds)})`)}`, terminal),
    labelled(
      [
        ["results", outcomes(checks)],
        ["verified", attested && `${moment(attested.at)} by ${attested.by.name}, nothing was asked again`],
        ["answered", answers(checks)],
        ["unchanged", unchanged(result)],
        ["audits", auditsInWords(result)],
        ["holds", attestation && `until ${moment(attestation.until)}`],
      ],
      terminal,
    ),
  ]
    .filter(Boolean)
    .join("\n");
}

/** Null where all have passed, which the first word says. */
function outcomes(checks: readonly VerifiedCheck[]): string | null {
  const parts = (["failed", "error", "warned", "passed"] as const).flatMap((outcome) => {
    const number = checks.filter((check) => check.outcome === outcome).length;
    return number === 0 ? [] : [`${grouped(number)} ${outcome === "error" ? "not evaluated" : outcome}`];
  });
  return checks.every(({ outcome }) => outcome === "passed") ? null : parts.join(", ");
}

/** How many checks were answered by what; those that nobody asked about now are left out. */
function answers(checks: readonly VerifiedCheck[]): string | null {
  const asked = checks.filter(({ outcome }) => outcome !== "error");
  const words = (number: number) => ({
    metadata: "from metadata",
    scan: "by one scan of each table",
    "own-query": number === 1 ? "by a query of its own" : "by queries of their own",
  });
  const parts = (["metadata", "scan", "own-query"] as const).flatMap((by) => {
    const number = asked.filter(({ answeredBy }) => answeredBy === by).length;
    return number === 0 ? [] : [`${grouped(number)} ${words(number)[by]}`];
  });
  return parts.length === 0 ? null : parts.join(", ");
}

function unchanged({ checks, reused }: VerificationResult): string | null {
  if (reused === 0) return null;
  const bases = [...new Set(checks.flatMap(({ from }) => (from === null ? [] : [short(from)])))];
  return `${grouped(reused)} of ${grouped(checks.length)} since ${few(bases, 3)}`;
}

function auditsInWords({ audits }: VerificationResult): string | null {
  if (audits === null) return null;
  const failed = audits.failed > 0 ? `, ${grouped(audits.failed)} failed without blocking,` : "";
  return `${grouped(audits.passed)} of SQLMesh's passed${failed} in run ${audits.run}`;
}

function next({ base, release, verdict, attestation }: VerificationResult): readonly NextStep[] {
  if (verdict === "failed" || verdict === "error") {
    return release === null
      ? []
      : [
          {
            command: commandLine("rollback", "--dry-run"),
            does: "shows which release readers could go back to",
          },
        ];
  }
  if (release !== null) return [];
  return attestation === null
    ? [{ command: commandLine("verify"), does: "checks all models, which publishing asks for" }]
    : [
        {
          command: commandLine("tag-consumer", "--to-hash", short(base)),
          does: "publishes this commit",
        },
      ];
}
