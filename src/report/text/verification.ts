import { short } from "../../core/commit.js";
import { formatDuration } from "../../core/duration.js";
import type { CheckResult, VerificationResult } from "../../verification/verify.js";
import type { Terminal } from "../terminal.js";
import { table } from "./table.js";
import { count } from "../../core/words.js";

/** @param passed whether checks that hold get a line as well. */
export function renderVerification(
  result: VerificationResult,
  terminal: Terminal,
  { passed }: { passed: boolean },
): string {
  const { chalk } = terminal;
  const sections = [
    checkTable(
      passed ? result.checks : result.checks.filter(({ outcome }) => outcome !== "passed"),
      terminal,
    ),
    brokenRules(result.checks, terminal),
    unpinnedLines(result, terminal),
    summary(result, terminal),
    result.verdict === "passed" || result.verdict === "warned"
      ? chalk.dim(`next: \`oso-pipeline tag-consumer --to-hash ${short(result.base)}\` publishes this commit`)
      : "",
  ];
  return sections.filter(Boolean).join("\n\n");
}

function checkTable(checks: readonly CheckResult[], terminal: Terminal): string {
  const { chalk } = terminal;
  const mark = {
    passed: chalk.green("passed"),
    warned: chalk.yellow("warned"),
    failed: chalk.red("failed"),
    error: chalk.red("error"),
  };
  return table(
    [
      { title: "model" },
      { title: "check", yields: true },
      { title: "outcome" },
      { title: "expected", yields: true },
      { title: "found", yields: true },
    ],
    checks.map(({ model, check, outcome, expected, observed, pinned }) => [
      model,
      check,
      pinned ? mark[outcome] : `${mark[outcome]} ${chalk.yellow("unpinned")}`,
      expected,
      observed,
    ]),
    terminal,
  );
}

/** For each check that does not hold: where it is declared and the query that shows the rows. */
function brokenRules(checks: readonly CheckResult[], { chalk }: Terminal): string {
  return checks
    .filter(({ outcome }) => outcome !== "passed")
    .map(({ model, check, where, rowsQuery, observed, outcome }) =>
      [
        `${outcome === "warned" ? chalk.yellow("!") : chalk.red("✗")} ${model} ${check} ${chalk.dim(where)}`,
        outcome === "error" ? `  ${observed}` : rowsQuery ? `  ${chalk.dim(rowsQuery)}` : "",
      ]
        .filter(Boolean)
        .join("\n"),
    )
    .join("\n");
}

function unpinnedLines({ unpinned }: VerificationResult, { chalk }: Terminal): string {
  if (unpinned.length === 0) return "";
  const lines = unpinned.map(({ model, reason }) => `  ${model}: ${reason}`);
  return [chalk.yellow("Read live, not as of this commit"), ...lines].join("\n");
}

function summary({ base, verdict, checks, milliseconds }: VerificationResult, { chalk }: Terminal): string {
  const word = {
    passed: chalk.green("Passed"),
    warned: chalk.yellow("Passed with warnings"),
    failed: chalk.red("Failed"),
    error: chalk.red("Not evaluated"),
  }[verdict];
  const models = new Set(checks.map(({ model }) => model)).size;
  return `${word}: ${count(checks.length, "check")} on ${count(models, "model")} at ${short(base)} ${chalk.dim(`(${formatDuration(milliseconds)})`)}`;
}
