import { short } from "../../core/commit.js";
import { count } from "../../core/words.js";
import { disagreementInWords } from "../../release/disagreement.js";
import type { Disagreement, ListedRelease, ReleaseDetails, ReleaseList } from "../../release/history.js";
import type { Named, SealedViews } from "../../release/release.js";
import { commandLine } from "../../restatement/command-line.js";
import type { Terminal } from "../terminal.js";
import { labelled, type NextStep, nextSteps, sections, wrapped } from "./layout.js";
import { minute, moment } from "./moments.js";
import { table } from "./table.js";

export function renderReleases(list: ReleaseList, terminal: Terminal): string {
  const { releases, total, disagreements } = list;
  const rows = releases.map((release) => [
    String(release.number),
    statusInWords(release, terminal),
    minute(release.startedAt),
    proofInWords(release, terminal),
    short(release.base),
    release.by.name,
    viewsInBrief(release.views),
    whyInWords(release) ?? "",
    release.run ?? "",
    `${release.from === null ? "(none)" : short(release.from)} → ${release.sealed === null ? "(none)" : short(release.sealed)}`,
    release.tag === null ? "" : "kept",
  ]);
  return sections(
    total === 0 ? "Nothing was released yet." : "",
    table(
      [
        { title: "release", align: "right" },
        { title: "status" },
        { title: "made (UTC)" },
        { title: "proof", yields: true, prose: true },
        { title: "base", spare: true },
        { title: "by", yields: true, spare: true },
        { title: "views", spare: true },
        { title: "why", yields: true, spare: true, prose: true },
        { title: "run", spare: true },
        { title: "consumer tag", spare: true },
        { title: "tag", spare: true },
      ],
      rows,
      terminal,
    ),
    total === 0
      ? ""
      : terminal.chalk.dim(
          releases.length < total
            ? `${releases.length} of ${count(total, "release")}`
            : count(total, "release"),
        ),
    disagreementLines(disagreements, terminal),
    nextSteps(nextOf(list), terminal),
  );
}

/** All that is known of one release. */
export function renderRelease({ release, disagreements }: ReleaseDetails, terminal: Terminal): string {
  const { number, base, sealed, from, after, by, startedAt, endedAt, run, views, marked } = release;
  return sections(
    `${terminal.chalk.bold(`Release ${number}`)} ${statusInWords(release, terminal)}`,
    labelled(
      [
        ["by", by.name],
        ["made", moment(startedAt)],
        ["ended", endedAt === null ? null : moment(endedAt)],
        ["why", whyInWords(release)],
        ["run", run],
        [
          "proof",
          release.attestation === null
            ? proofInWords(release, terminal)
            : `attestation ${release.attestation}`,
        ],
        ["trouble", release.trouble],
        ["base", base],
        ["sealed", sealed === base ? "the base itself: there was nothing to seal" : sealed],
        [
          "before",
          from === null ? "no consumer tag" : `${from}${after === null ? "" : `, release ${after}`}`,
        ],
        ["tag", tagInWords(release)],
        ["marker", marked ? "oso_pipeline.release tells its readers" : "none"],
        ["views", viewsInWords(views)],
      ],
      terminal,
    ),
    listed("Not pinned, for no commit holds what they ask for", views.notPinned, terminal),
    listed("Unreadable, on main too", views.broken, terminal),
    views.leaking.length === 0
      ? ""
      : [
          terminal.chalk.yellow("Read live main, whatever the consumer tag says"),
          ...views.leaking.map((view) => `  ${view}`),
        ].join("\n"),
    disagreementLines(disagreements, terminal),
    nextSteps(nextOfOne(release), terminal),
  );
}

function statusInWords({ status, seen }: ListedRelease, { chalk }: Terminal): string {
  const colour = {
    pending: chalk.cyan,
    moving: chalk.cyan,
    published: (text: string) => text,
    unconfirmed: chalk.yellow,
    withdrawn: chalk.dim,
  }[status];
  if (!seen) return colour(status);
  return status === "published" ? chalk.green("seen now") : `${colour(status)}, ${chalk.green("seen now")}`;
}

/** Of what was published without verification, the reason is told for ever. */
function proofInWords({ attestation, reason, status }: ListedRelease, { chalk }: Terminal): string {
  if (attestation !== null) return "attested";
  if (status === "pending") return "";
  return chalk.yellow(`without verification${reason === null ? "" : `: ${reason}`}`);
}

/** The reason of one that was not verified is told with that. */
function whyInWords({ rollbackTo, reason, attestation }: ListedRelease): string | null {
  const back = rollbackTo === null ? [] : [`back to release ${rollbackTo}`];
  const said = reason === null || attestation === null ? [] : [reason];
  return [...back, ...said].join(": ") || null;
}

const viewsInBrief = ({ sealed, kept, leaking }: SealedViews): string =>
  [
    sealed === 0 ? "" : `${sealed} sealed${kept === 0 ? "" : `, ${kept} kept`}`,
    leaking.length === 0 ? "" : `${leaking.length} live`,
  ]
    .filter(Boolean)
    .join(", ");

function viewsInWords({ policy, sealedBy, sealed, kept }: SealedViews): string {
  if (sealed === 0)
    return policy === "seal" ? "none to seal" : `as they are: release.views.policy is ${policy}`;
  const taken = kept === 0 ? "" : `, ${kept} of them kept from an earlier release`;
  const name =
    sealedBy === "consumer-catalog"
      ? ", by the name of the consumer catalog: with the next release they read that one"
      : "";
  return `${count(sealed, "view")} sealed${taken}${name}`;
}

const tagInWords = ({ tag, status }: ListedRelease): string =>
  tag ?? (status === "withdrawn" ? "none" : "removed: what only this release needs may be collected");

function listed(title: string, views: readonly Named[], terminal: Terminal): string {
  if (views.length === 0) return "";
  return [
    terminal.chalk.yellow(title),
    ...views.map(({ view, what }) => wrapped(`${view}: ${what}`, terminal, 2)),
  ].join("\n");
}

function disagreementLines(disagreements: readonly Disagreement[], terminal: Terminal): string {
  return disagreements
    .map((one) => wrapped(terminal.chalk.yellow(`! ${disagreementInWords(one)}`), terminal))
    .join("\n");
}

function nextOf({ releases, consumer, total }: ReleaseList): readonly NextStep[] {
  if (total === 0) return [{ command: commandLine("tag-consumer"), does: "makes the first release of main" }];
  const shown = releases.find(({ seen }) => seen) ?? releases[0];
  return [
    ...(shown === undefined
      ? []
      : [{ command: commandLine("releases", String(shown.number)), does: "tells all about one" }]),
    ...(consumer.hash === null
      ? []
      : [{ command: commandLine("diff"), does: "shows what main has that readers do not see" }]),
    ...(total > 1 && consumer.release !== null
      ? [{ command: commandLine("rollback", "--dry-run"), does: "shows what going back would change" }]
      : []),
  ];
}

function nextOfOne({ number, seen, status, after }: ListedRelease): readonly NextStep[] {
  const before =
    after === null
      ? []
      : [{ command: commandLine("diff", String(after), String(number)), does: "shows what it changed" }];
  if (seen) return before;
  if (status !== "published") return [{ command: commandLine("releases"), does: "lists the others" }];
  return [
    ...before,
    {
      command: commandLine("rollback", String(number), "--dry-run"),
      does: "shows what going back to it would change",
    },
  ];
}
