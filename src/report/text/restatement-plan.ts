import { formatDuration } from "../../core/duration.js";
import { count, few } from "../../core/words.js";
import type { ModelKind } from "../../core/model.js";
import { shortDigest } from "../../restatement/digest.js";
import { estimate } from "../../restatement/estimate.js";
import type { RestatedModel, RestatementPlan } from "../../restatement/restatement-plan.js";
import type { Terminal } from "../terminal.js";
import { labelled, sections, wrapped } from "./layout.js";
import { leftOutLines } from "./left-out.js";
import { day, moment } from "./moments.js";
import { table } from "./table.js";

/**
 * The blast radius: what is restated and why, over which time, what is special about it, and how much work it is.
 * @param most how many models are listed one by one.
 */
export function renderRestatementPlan(
  plan: RestatementPlan,
  terminal: Terminal,
  { most = Infinity }: { most?: number } = {},
): string {
  const { chalk } = terminal;
  const more = plan.models.length - most;
  const title =
    plan.models.length === 0
      ? `${chalk.bold("Restate")} nothing in ${plan.environment}`
      : `${chalk.bold("Restate")} ${planInWords(plan)} in ${plan.environment}`;
  return sections(
    [
      title,
      modelTable(askedFirst(plan.models).slice(0, most), terminal),
      more > 0 ? chalk.dim(`and ${count(more, "more model")}; \`oso-pipeline plan\` lists them all`) : "",
    ]
      .filter(Boolean)
      .join("\n"),
    peculiarities(plan, terminal),
    leftOutLines(plan.leftOut, terminal),
    labelled(
      [
        ["deploys", deployedFirst(plan)],
        ["estimate", plan.models.length === 0 ? null : estimateInWords(plan)],
        ["as of", `${moment(plan.executionTime)}, in every attempt`],
        ["digest", shortDigest(plan.digest)],
      ],
      terminal,
    ),
  );
}

/** `8 models in 16 batches`. */
export function planInWords({ models }: Pick<RestatementPlan, "models">): string {
  const batches = models.reduce((sum, model) => sum + model.batches.length, 0);
  return `${count(models.length, "model")} in ${count(batches, "batch")}`;
}

function modelTable(models: readonly RestatedModel[], terminal: Terminal): string {
  return table(
    [
      { title: "model" },
      { title: "from" },
      { title: "to", spare: true },
      { title: "batches", align: "right" },
      { title: "kind", spare: true },
      { title: "why", yields: true, prose: true },
    ],
    models.map((model) => [
      model.model,
      day(model.interval.start),
      day(model.interval.end),
      String(model.batches.length),
      kindInWords(model.kind),
      why(model),
    ]),
    terminal,
  );
}

/** People look for what they have asked; the rest follows by name. */
const askedFirst = (models: readonly RestatedModel[]): readonly RestatedModel[] => [
  ...models.filter(({ askedBy }) => askedBy.length > 0),
  ...models.filter(({ askedBy }) => askedBy.length === 0),
];

function why({ model, askedBy, downstreamOf }: RestatedModel): string {
  if (askedBy.length > 0) return askedBy.includes(model) ? "asked by name" : `asked by ${askedBy.join(", ")}`;
  return downstreamOf.length === 0 ? "downstream" : `reads ${few(downstreamOf, 2)}`;
}

/** SQLMesh's word without what most have in common: `BY_TIME_RANGE`, `SCD_TYPE_2_BY_TIME`, `FULL`. */
export const kindInWords = (kind: ModelKind): string => kind.replace(/^INCREMENTAL_/, "");

function peculiarities({ models }: RestatementPlan, terminal: Terminal): string {
  const { chalk } = terminal;
  const widened = models.filter((model) => model.widened).map(({ model }) => model);
  const unrepeatable = models.filter(({ repetition }) => repetition !== "each");
  const delicate = unrepeatable.filter(
    ({ repetition, batches }) => repetition === "whole" && batches.length > 1,
  );
  const named = unrepeatable.map(({ model, kind }) => `${model} (${kindInWords(kind)})`);
  const word = `; a run that dies may need your word on ${few(delicate.map(({ model }) => model))}`;
  return [
    widened.length === 0 ? "" : wrapped(`Full history, whatever the dates: ${few(widened)}`, terminal),
    named.length === 0
      ? ""
      : chalk.yellow(
          wrapped(
            `Batches must not be written twice: ${few(named)}${delicate.length > 0 ? word : ""}`,
            terminal,
          ),
        ),
  ]
    .filter(Boolean)
    .join("\n");
}

function deployedFirst({ deployment }: RestatementPlan): string | null {
  if (deployment === null) return null;
  const { added, directlyModified, metadataUpdated, removed } = deployment;
  const changed = [...added, ...directlyModified, ...metadataUpdated, ...removed];
  return changed.length === 0 ? "local changes first" : `local changes first: ${few(changed)}`;
}

/** Models run beside each other, so a run takes less time than this work. */
function estimateInWords(plan: RestatementPlan): string {
  const { milliseconds, unknown } = estimate(plan);
  if (unknown === plan.models.length) return "none: no earlier run is known";
  const rows = plan.models.reduce(
    (sum, { earlier, batches }) =>
      sum + (earlier?.batches ? ((earlier.rows ?? 0) / earlier.batches) * batches.length : 0),
    0,
  );
  return [
    `${formatDuration(milliseconds)} of work`,
    rows > 0 ? `, ${count(Math.round(rows), "row")}` : "",
    ", by earlier runs",
    unknown > 0 ? `; nothing is known of ${count(unknown, "model")}` : "",
  ].join("");
}
