import { short } from "../../core/commit.js";
import { count, few } from "../../core/words.js";
import type { PublishResult } from "../../release/publish.js";
import type { Named, Release, SealedViews } from "../../release/release.js";
import { commandLine } from "../../restatement/command-line.js";
import type { VerificationResult } from "../../verification/result.js";
import type { Terminal } from "../terminal.js";
import { labelled, type NextStep, nextSteps, sections, wrapped } from "./layout.js";
import { renderVerification } from "./verification.js";

type Result = PublishResult<VerificationResult>;

/** @param next false where something else follows. */
export function renderPublish(result: Result, terminal: Terminal, { next = true } = {}): string {
  return sections(
    result.recovered.map((release) => recoveredInWords(release, terminal)).join("\n"),
    outcome(result, terminal),
    next ? nextSteps(nextOf(result), terminal) : "",
  );
}

function outcome(result: Result, terminal: Terminal): string {
  const { chalk } = terminal;
  const { consumerTag, from, to, verification, release, views } = result;
  switch (result.outcome) {
    case "already-there":
      return wrapped(
        `${chalk.green("Already there")}: readers see ${from?.release ? `release ${from.release}` : short(to)}, made of ${short(to)}; nothing was moved`,
        terminal,
      );
    case "would-publish":
      return sections(
        wrapped(`Would verify ${short(to)} and move ${consumerTag}: ${move(result)}`, terminal),
        views === null ? "" : labelled([["views", viewsInWords(views)]], terminal),
        views === null ? "" : liveParts(views, terminal),
      );
    case "refused":
      return sections(
        verification ? renderVerification(verification, terminal, { passed: false }) : "",
        wrapped(`${chalk.red("Not published")}: ${consumerTag} stays at ${seenInWords(result)}`, terminal),
      );
    case "withdrawn":
      return wrapped(
        `${chalk.red("Withdrawn")}: release ${release?.number} is not what readers see: ${release?.trouble}`,
        terminal,
      );
    case "unconfirmed":
    case "published":
      return sections(
        wrapped(
          `${result.outcome === "published" ? chalk.green("Published") : chalk.yellow("Published, unconfirmed:")} release ${release?.number}: ${consumerTag} ${move(result)}`,
          terminal,
        ),
        labelled(
          [
            ["proof", proofInWords(result, terminal)],
            ["views", release === null ? null : viewsInWords(release.views)],
            ["tags", prunedInWords(result)],
          ],
          terminal,
        ),
        warnings(verification, terminal),
        release === null ? "" : liveParts(release.views, terminal),
      );
  }
}

const seenInWords = ({ from }: Pick<Result, "from">): string =>
  from === null
    ? "(none)"
    : from.release === null
      ? short(from.base)
      : `release ${from.release}, ${short(from.base)}`;

const move = ({ from, to, backwards, rollbackTo }: Result): string =>
  `${from === null ? "(none)" : short(from.base)} → ${short(to)}${
    rollbackTo === null ? (backwards ? " (back to an older commit)" : "") : ` (back to release ${rollbackTo})`
  }`;

function proofInWords({ verification, release }: Result, { chalk }: Terminal): string {
  if (verification === null)
    return chalk.yellow(`not verified${release?.reason ? `: ${release.reason}` : ""}`);
  const { checks, audits } = verification;
  if (checks.length === 0) return chalk.yellow("no checks are configured, so nothing was verified");
  const warned = checks.filter(({ outcome: one }) => one === "warned").length;
  const told = warned > 0 ? chalk.yellow(`, ${warned} of them with a warning`) : "";
  const audited = audits === null ? "" : `, as ${count(audits.passed, "audit")} of SQLMesh did in the run`;
  return `${count(checks.length, "check")} passed${told}${audited}`;
}

function viewsInWords({ policy, sealedBy, sealed, kept, leaking }: SealedViews): string {
  const told =
    policy === "seal"
      ? sealed === 0
        ? "none to seal"
        : `${count(sealed, "view")} sealed${kept > 0 ? `, ${kept} of them kept from an earlier release` : ""}`
      : leaking.length === 0
        ? "none reads live main"
        : `${count(leaking.length, "view")} read live main, as release.views: ${policy} allows`;
  return sealedBy === "consumer-catalog"
    ? `${told}, by the name of the consumer catalog: with the next release they read that one`
    : told;
}

const prunedInWords = ({ pruned }: Result): string | null =>
  pruned.length === 0
    ? null
    : `${count(pruned.length, "release")} too old to be kept: ${few(
        pruned.map((number) => String(number)),
        5,
      )}`;

/** What readers get live although the release stands still. */
function liveParts({ notPinned, broken, leaking, policy }: SealedViews, terminal: Terminal): string {
  const { chalk } = terminal;
  return sections(
    policy === "warn" && leaking.length > 0
      ? [
          chalk.yellow(`${count(leaking.length, "view")} read live main, whatever the tag says:`),
          wrapped(few(leaking), terminal, 2),
        ].join("\n")
      : "",
    listed("not pinned, for no commit holds what they ask for", notPinned, terminal),
    listed("unreadable, on main too", broken, terminal),
  );
}

function listed(what: string, views: readonly Named[], terminal: Terminal): string {
  if (views.length === 0) return "";
  return [
    terminal.chalk.yellow(`${count(views.length, "view")} ${what}:`),
    wrapped(
      few(
        views.map(({ view, what: why }) => `${view} (${why})`),
        5,
      ),
      terminal,
      2,
    ),
  ].join("\n");
}

const warnings = (verification: VerificationResult | null, terminal: Terminal): string =>
  (verification?.checks ?? [])
    .filter(({ outcome: one }) => one === "warned")
    .map(({ model, check, observed }) =>
      wrapped(terminal.chalk.yellow(`! ${model} ${check}: ${observed}`), terminal),
    )
    .join("\n");

const recoveredInWords = ({ number, status, trouble }: Release, terminal: Terminal): string =>
  wrapped(
    status === "published"
      ? `Release ${number}, whose publication was broken off, is confirmed: readers have seen it.`
      : `Release ${number}, whose publication was broken off, is withdrawn: ${trouble}.`,
    terminal,
  );

function nextOf({ outcome: now, release, from }: Result): readonly NextStep[] {
  switch (now) {
    case "published":
      return [
        { command: commandLine("releases"), does: "lists what readers saw, and when" },
        ...(from?.release ? [{ command: commandLine("rollback"), does: "goes back" }] : []),
      ];
    case "unconfirmed":
      return [{ command: commandLine("tag-consumer"), does: "confirms it, or puts the tag back" }];
    case "would-publish":
      return [
        { command: commandLine("diff"), does: "shows what readers would get" },
        { command: commandLine("tag-consumer"), does: "publishes it" },
      ];
    case "refused":
      return [{ command: commandLine("verify"), does: "checks again" }];
    case "withdrawn":
      return release === null
        ? []
        : [{ command: commandLine("releases"), does: "shows what readers see now" }];
    case "already-there":
      return [];
  }
}
