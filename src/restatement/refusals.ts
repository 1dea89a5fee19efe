import { type NextCommand, PipelineError } from "../core/errors.js";
import { type Model, PRODUCTION } from "../core/model.js";
import { few } from "../core/words.js";
import { short } from "../core/commit.js";
import { commandLine } from "./command-line.js";
import type { LeftOut } from "./ports.js";
import type { Undecided } from "./unfinished.js";
import { asksToRestate, type RunRequest } from "./request.js";
import type { StepResult } from "./result.js";
import type { SelectedModel } from "./selection.js";

/** SQLMesh kinds that are never evaluated, so that asking for nothing else can restate nothing. */
const neverRestated = new Set(["SEED", "EMBEDDED"]);

/** @throws PipelineError RESTATEMENT_EMPTY when nothing but such models is asked for. */
export function refuseUnrestatable(asked: readonly SelectedModel[], models: readonly Model[]): void {
  if (asked.length === 0) return;
  const kindOf = new Map(models.map((model) => [model.name, model.kind]));
  if (!asked.every(({ model }) => neverRestated.has(kindOf.get(model) ?? ""))) return;
  throw new PipelineError("RESTATEMENT_EMPTY", {
    message: `SQLMesh restates neither seeds nor embedded models: ${asked.map(({ model }) => model).join(", ")}; nothing was run`,
    hint: `ask for the models that read them: \`--restate ${asked[0]?.model}+\``,
  });
}

/** @throws PipelineError USAGE */
export function refuseContradictions(request: RunRequest): void {
  if (
    request.environment === PRODUCTION &&
    !asksToRestate(request) &&
    (request.start ?? request.end) !== null
  ) {
    throw new PipelineError("USAGE", {
      message: "--start and --end need something to restate in the environment prod",
      hint: "add --restate or --restate-category, or leave the dates out",
    });
  }
}

/** Why nothing of what was asked is restated, for a plan that restates nothing. */
export function emptyRestatement(environment: string, leftOut: readonly LeftOut[]): PipelineError {
  const why = leftOut.map(({ model, reason }) => `${model} (${reason})`);
  return new PipelineError("RESTATEMENT_EMPTY", {
    message: `nothing of what was asked can be restated in ${environment}: ${why.join(", ")}`,
    hint:
      environment === PRODUCTION
        ? "seeds, embedded models and models with disabled restatement are never restated"
        : "models that this environment shares with prod are restated in prod only",
  });
}

/** What makes a run fail: failed models, or fewer batches stored than planned. */
export function failureOf(
  steps: readonly (StepResult & { incomplete?: readonly string[] })[],
  logFile: string,
): PipelineError | undefined {
  const failed = steps.find((one) => one.status === "failed");
  if (failed) {
    const names = failed.failures.map(({ model }) => model);
    return new PipelineError("TRANSFORMATION_FAILED", {
      message: names.length > 0 ? `${names.join(", ")} failed` : "the evaluation failed",
      hint: "mend the model or its data and run the same command again",
      where: logFile,
    });
  }
  const incomplete = steps.flatMap((one) => one.incomplete ?? []);
  if (incomplete.length === 0) return undefined;
  return new PipelineError("TRANSFORMATION_FAILED", {
    message: `SQLMesh reported success, but restated fewer batches than planned of ${incomplete.join(", ")}`,
    hint: "run the same command again",
    where: logFile,
  });
}

/** Restated models of which another plan deployed new versions meanwhile; the new versions miss the restatement. */
export function replacedMeanwhile(models: readonly string[]): PipelineError | undefined {
  if (models.length === 0) return undefined;
  return new PipelineError("STATE_CONFLICT", {
    message: `another plan deployed new versions of ${few(models)} while they were being restated`,
    hint: `everything was restated, but not those versions: abandon this run and restate them, \`oso-pipeline run ${models.map((model) => `--restate ${model}`).join(" ")}\``,
  });
}

/** Models that the run was restating, and would leave as they are: half done perhaps. */
export function forgotten(run: string, models: readonly string[]): PipelineError {
  return new PipelineError("PLAN_STALE", {
    message: `run ${run} has not finished restating ${few(models)}, which the present code and request no longer restate`,
    hint: `undo the change that took them out, or give the run up with \`oso-pipeline resume ${run} --abandon\` and then restate them: \`oso-pipeline run ${models.map((model) => `--restate ${model}`).join(" ")}\``,
  });
}

/** Batches of which nothing tells whether they were written, of models that cannot bear a repetition. */
export function undecided(run: string, batches: readonly Undecided[]): PipelineError {
  const inFlight = batches.filter(({ commits }) => commits.length > 0);
  const gaps = batches.filter(({ commits }) => commits.length === 0);
  const fitting = inFlight.map(
    (batch) => `${batchInWords(batch)} (${batch.commits.map(({ hash }) => short(hash)).join(", ")})`,
  );
  const said = [
    inFlight.length > 0
      ? `the run died while it wrote to models that must not be written twice, and main has commits that fit: ${fitting.join(", ")}`
      : "",
    gaps.length > 0
      ? `nothing tells of a batch though later ones are stored, of models that must not be written twice: ${gaps.map(batchInWords).join(", ")}`
      : "",
  ];
  const [first] = [...inFlight, ...gaps];
  const isGap = inFlight.length === 0;
  return new PipelineError("RUN_UNDECIDED", {
    message: said.filter(Boolean).join("; "),
    hint: `look at the ${isGap ? "table" : "commits"}, then \`oso-pipeline resume ${run} --written ${first?.model}\` if this batch is there${isGap ? "" : " and nothing after it"}, else \`--rebuild ${first?.model}\` to restate that model from its start`,
    next: batches.flatMap((batch) => decisionsOn(run, batch)),
  });
}

const decisionsOn = (run: string, { model, commits }: Undecided): readonly NextCommand[] => [
  {
    command: commandLine("resume", run, "--written", model),
    does:
      commits.length === 0
        ? "if its missing batch is there"
        : "if its batch in flight is there, and nothing after it",
  },
  {
    command: commandLine("resume", run, "--rebuild", model),
    does: "else: restates this model from its start",
  },
];

const batchInWords = ({ model, interval }: Undecided): string =>
  `${model} ${interval.start.slice(0, 10)} to ${interval.end.slice(0, 10)}`;
