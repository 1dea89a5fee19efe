import { short } from "../../core/commit.js";
import type { PublishResult } from "../../release/publish.js";
import type { VerificationResult } from "../../verification/verify.js";
import type { Terminal } from "../terminal.js";
import { renderVerification } from "./verification.js";
import { count, few } from "../../core/words.js";

export function renderPublish(result: PublishResult<VerificationResult>, terminal: Terminal): string {
  const { chalk } = terminal;
  const { consumerTag, from, to, backwards, release, verification } = result;
  const move = `${from === null ? "(none)" : short(from)} → ${short(to)}${backwards ? " (back to an older commit)" : ""}`;
  const leaks = leakLines(result, terminal);
  switch (result.outcome) {
    case "already-there":
      return `${chalk.green("Already there")}: ${consumerTag} stands at ${short(to)}, nothing was moved`;
    case "would-publish":
      return [`Would verify ${short(to)} and move ${consumerTag}: ${move}`, leaks]
        .filter(Boolean)
        .join("\n\n");
    case "refused":
      return [
        verification ? renderVerification(verification, terminal, { passed: false }) : "",
        `${chalk.red("Not published")}: ${consumerTag} stays at ${from === null ? "(none)" : short(from)}`,
      ]
        .filter(Boolean)
        .join("\n\n");
    case "published": {
      const checks = verification?.checks ?? [];
      const warned = checks.filter(({ outcome }) => outcome === "warned");
      const proof =
        checks.length === 0
          ? chalk.yellow("no checks are configured, so nothing was verified")
          : `${count(checks.length, "check")} passed${warned.length > 0 ? chalk.yellow(`, ${warned.length} of them with a warning`) : ""}`;
      return [
        `${chalk.green("Published")} release ${release?.number}: ${consumerTag} ${move}\n  ${proof}`,
        warned
          .map(({ model, check, observed }) => chalk.yellow(`! ${model} ${check}: ${observed}`))
          .join("\n"),
        leaks,
      ]
        .filter(Boolean)
        .join("\n\n");
    }
  }
}

function leakLines({ leakingViews }: PublishResult, { chalk }: Terminal): string {
  if (leakingViews.length === 0) return "";
  return [
    chalk.yellow(
      `${count(leakingViews.length, "view")} read live main through the consumer catalog too, whatever the tag says:`,
    ),
    `  ${few(leakingViews)}`,
    chalk.dim("  readers who need stable data query the tables; see docs/consumer-tag.md"),
  ].join("\n");
}
