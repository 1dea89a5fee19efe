import { short } from "../../core/commit.js";
import { formatDuration } from "../../core/duration.js";
import { count, few, grouped } from "../../core/words.js";
import type { Release } from "../../release/release.js";
import { shortDigest } from "../../restatement/digest.js";
import type { RunDetails } from "../../restatement/history.js";
import { asksToRestate } from "../../restatement/request.js";
import type { PastVerification } from "../../verification/past.js";
import { checksReport } from "./checks.js";
import { failureReports } from "./failures.js";
import { webAddress } from "./links.js";
import type { RunMemory } from "./memory.js";
import { modelReports } from "./models.js";
import { moment } from "../text/moments.js";
import { askedInWords, startedBy } from "../text/runs.js";
import type { Fact, Figure, Link, ModelReport, Outcome, Report } from "./report.js";
import { timelineOf } from "./timeline.js";

/** All that is remembered of one run, as a report tells it. */
export function runReport(memory: RunMemory): Report {
  const { details, journal, releases, producedAt, toolVersion } = memory;
  const { run } = details;
  const models = modelReports(memory);
  const verification = verificationOf(memory);
  const release = releaseOf(run.id, releases);
  const timeline = timelineOf(run, journal);
  return {
    subject: { kind: "run", id: run.id },
    title: `Run ${run.id}`,
    outcome: outcomeOf(details),
    summary: summaryOf(details, models),
    figures: figuresOf(details, models, verification),
    facts: factsOf(details, release),
    failures: failureReports(memory),
    models,
    changes: [],
    timeline,
    checks: verification && checksReport(verification, memory.verifications),
    links: linksOf(details),
    remarks: remarksOf(memory, timeline === null, models),
    // What `tag-consumer` would do is done.
    next: release?.status === "published" ? [] : details.next,
    producedAt,
    toolVersion,
  };
}

const tones: Readonly<Record<RunDetails["state"], Outcome["tone"]>> = {
  succeeded: "good",
  running: "neutral",
  abandoned: "neutral",
  interrupted: "warning",
  failed: "bad",
  died: "bad",
};

const outcomeOf = ({ state }: RunDetails): Outcome => ({ tone: tones[state], word: state });

function summaryOf({ run, batches, state }: RunDetails, models: readonly ModelReport[]): string {
  const asked = asksToRestate(run.request)
    ? `restated ${askedInWords(run.request)}`
    : "ran what changed and what was due";
  const done = models.filter(({ outcome }) => outcome === "done").length;
  const failed = models.filter(({ outcome }) => outcome === "failed").length;
  const left = batches === null ? 0 : batches.planned - batches.stored;
  const parts = [
    `${count(done, "model")} done`,
    failed > 0 ? `${grouped(failed)} failed` : "",
    left > 0 ? `${count(left, "batch")} left` : "",
  ];
  const verb =
    state === "succeeded" ? asked : asked.replace(/^restated/, "restating").replace(/^ran/, "running");
  return `In ${run.environment}, ${verb}: ${parts.filter(Boolean).join(", ")}.`;
}

function figuresOf(
  details: RunDetails,
  models: readonly ModelReport[],
  verification: PastVerification | null,
): readonly Figure[] {
  const { run, batches } = details;
  const done = models.filter(({ outcome }) => outcome === "done").length;
  const stored = sum(models.map((model) => model.batches.stored));
  const rows = models.flatMap((model) => model.rows ?? []);
  const work = sum(models.map(({ milliseconds }) => milliseconds));
  const last = run.endedAt ?? run.attempts.at(-1)?.endedAt ?? null;
  const passed = verification?.checks.filter(({ outcome }) => outcome === "passed").length ?? 0;
  return [
    figure("models", grouped(done), done === models.length ? null : `of ${grouped(models.length)}`),
    figure(
      "batches",
      grouped(stored),
      batches !== null && batches.stored < batches.planned
        ? `${grouped(batches.planned - batches.stored)} left to restate`
        : null,
    ),
    figure("rows written", rows.length === 0 ? "unknown" : grouped(sum(rows)), null),
    ...(last === null
      ? []
      : [
          figure(
            "took",
            formatDuration(Date.parse(last) - Date.parse(run.startedAt)),
            run.attempts.length > 1
              ? `in ${count(run.attempts.length, "attempt")}`
              : `${formatDuration(work)} of work`,
          ),
        ]),
    ...(verification === null
      ? []
      : [
          figure(
            "checks passed",
            grouped(passed),
            passed === verification.checks.length ? null : `of ${grouped(verification.checks.length)}`,
          ),
        ]),
  ];
}

const figure = (label: string, value: string, note: string | null): Figure => ({ label, value, note });

function factsOf({ run, plan, state }: RunDetails, release: Release | undefined): readonly Fact[] {
  const { request, trigger } = run;
  const dates = request.start === null && request.end === null ? null : datesInWords(request);
  const ended = run.endedAt ?? (state === "running" ? null : (run.attempts.at(-1)?.endedAt ?? null));
  return facts([
    ["started by", startedBy(run), trigger.link],
    ["started", moment(run.startedAt)],
    ["ended", ended && moment(ended)],
    ["environment", run.environment],
    ["restates", asksToRestate(request) ? askedInWords(request) : null],
    ["dates", dates],
    ["plan", plan && shortDigest(plan.digest)],
    ["agreed to by", run.approvedBy?.name ?? null],
    ["after", run.forcedAfter && `run ${run.forcedAfter}, which was started anew by force`],
    ["main before", short(run.mainAtStart)],
    ["main after", run.mainAtEnd && short(run.mainAtEnd)],
    ["published", release ? publishedInWords(release) : null],
    ["left out", plan && plan.leftOut.length > 0 ? few(plan.leftOut.map(({ model }) => model)) : null],
    ["SQLMesh", run.attempts.at(-1)?.sqlmeshVersion ?? null],
  ]);
}

/** What has no text is left out; an address that is none of the web's is shown as text. */
export function facts(
  all: readonly (readonly [label: string, text: string | null, href?: string | null])[],
): readonly Fact[] {
  return all.flatMap(([label, text, href]) =>
    text === null ? [] : [{ label, text, href: href == null ? null : webAddress(href) }],
  );
}

const datesInWords = ({ start, end }: { start: string | null; end: string | null }): string =>
  `${start ?? "the models' start"} to ${end ?? "now"}`;

export const publishedInWords = ({ number, status, startedAt }: Release): string =>
  status === "published"
    ? `as release ${number}, ${moment(startedAt)}`
    : `as release ${number}, which is ${status}`;

/** The newest, where it was tried several times. */
const releaseOf = (run: string, releases: readonly Release[]): Release | undefined =>
  releases.find((release) => release.run === run);

/** The last one of what the run left. */
const verificationOf = ({ details: { run }, verifications }: RunMemory): PastVerification | null =>
  run.mainAtEnd === null
    ? null
    : (verifications.find(({ base, release }) => base === run.mainAtEnd && release === null) ?? null);

function linksOf({ run }: RunDetails): readonly Link[] {
  const label = {
    dagster: "Dagster run",
    github: "CI run",
    key: "what started it",
    manual: "what started it",
  };
  const first = run.trigger.link;
  const found = [
    { label: label[run.trigger.source], link: first },
    ...run.attempts
      .filter(({ link }) => link !== first)
      .map(({ number, link }) => ({ label: `${label[run.trigger.source]} of attempt ${number}`, link })),
  ];
  return found.flatMap(({ label: text, link }) => {
    const href = link === null ? null : webAddress(link);
    return href === null ? [] : [{ label: text, href }];
  });
}

function remarksOf(
  { details: { run, plan, state }, comparison, earlier }: RunMemory,
  isTimeless: boolean,
  models: readonly ModelReport[],
): readonly string[] {
  return [
    isTimeless && models.length > 0 ? "When each batch was stored is not known of this run." : "",
    "missing" in comparison && models.length > 0
      ? `Rows are not compared with what readers see: ${comparison.missing}.`
      : "",
    plan !== null && earlier.length === 0
      ? "No earlier run is remembered that this one could be compared with."
      : "",
    state === "running" ? "The run was at work when this was written." : "",
    run.mainAtEnd !== null || state === "running"
      ? ""
      : "What an unfinished run has left on main is verified and published only once it is over.",
  ].filter(Boolean);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
