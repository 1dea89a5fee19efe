import pLimit from "p-limit";
import { PipelineError } from "../core/errors.js";
import { interruption } from "../core/interruption.js";
import type { Model } from "../core/model.js";
import type { TableName } from "../core/table-name.js";
import type { Check } from "./check.js";
import { type CheckResult, errored } from "./check-result.js";
import { checkName, compile, type CompiledCheck, type Finding } from "./compile.js";
import { type Figure, type Measure, measureKey } from "./measure.js";
import { type Measured, measure } from "./measuring.js";
import { readsLive } from "./live-tables.js";
import type { Relation } from "./pin.js";
import type { QueryEngine } from "./ports.js";
import { isRefusal, type Run } from "./refusal.js";
import { rowsQuery, type SamplePolicy, sampleOf } from "./samples.js";
import { type Shape, shapeOf } from "./shape.js";

export interface ChecksToEvaluate {
  readonly models: readonly ModelToCheck[];
  readonly queries: QueryEngine;
  /** Queries at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** By default ten rows, and no columns hidden but those whose names tell. */
  readonly samples?: SamplePolicy | undefined;
  /** Hears of each result once, as soon as it is known. */
  report(result: CheckResult): void;
}

export interface ModelToCheck {
  readonly model: Model;
  readonly relation: Relation;
  readonly checks: readonly Check[];
  /** The same model as readers see it today; null where they see none. */
  readonly baseline: Relation | null;
}

/** So that every query that may run has one waiting behind it, and results come model by model. */
const MODELS_PER_QUERY = 2;

/**
 * Evaluates checks, in the order given: the checks of the first model first. What Trino refuses, or one query does not
 * finish in its time, is an `error` of the checks it was for and hides no other.
 * @throws PipelineError SERVICE_UNAVAILABLE, AUTHENTICATION_FAILED, INTERRUPTED; all queries have ended by then.
 */
export async function evaluateChecks(request: ChecksToEvaluate): Promise<readonly CheckResult[]> {
  const { queries, concurrency, models } = request;
  const givenUp = new AbortController();
  const signal = AbortSignal.any([request.signal, givenUp.signal]);
  const atOnce = pLimit(concurrency);
  const running = new Set<Promise<unknown>>();
  const inTurn = <T>(ask: () => Promise<T>): Promise<T> =>
    atOnce(async () => {
      if (signal.aborted) throw interruption(signal);
      const answer = ask();
      running.add(answer);
      try {
        return await answer;
      } catch (thrown) {
        if (!isRefusal(thrown)) givenUp.abort(thrown);
        throw thrown;
      } finally {
        running.delete(answer);
      }
    });
  const trino: Trino = {
    run: (sql) => inTurn(() => queries.query(sql, { signal })),
    tablesRead: (sql) => inTurn(() => queries.tablesRead(sql, { signal })),
  };
  const modelsAtOnce = pLimit(concurrency * MODELS_PER_QUERY);
  const evaluations = models.map((one) =>
    modelsAtOnce(async () => {
      if (signal.aborted) throw interruption(signal);
      return new ModelEvaluation(one, trino, request).results();
    }),
  );
  try {
    return (await Promise.all(evaluations)).flat();
  } catch (thrown) {
    givenUp.abort(thrown);
    await Promise.allSettled([...running, ...evaluations]);
    throw thrown;
  }
}

/** Trino, when it is a statement's turn. */
interface Trino {
  readonly run: Run;
  readonly tablesRead: (sql: string) => Promise<readonly TableName[]>;
}

/** What is known of a relation's measures, or why it is not. */
class Answers {
  readonly #known = new Map<string, Measured | PipelineError>();

  set(one: Measure, answer: Measured | PipelineError): void {
    this.#known.set(measureKey(one), answer);
  }

  /** Undefined as long as one of them is missing, a refusal when one of them was refused. */
  of(measures: readonly Measure[]): readonly Measured[] | PipelineError | undefined {
    const known = measures.flatMap((one) => this.#known.get(measureKey(one)) ?? []);
    if (known.length < measures.length) return undefined;
    const refusal = known.find((answer) => answer instanceof PipelineError);
    return refusal ?? known.filter((answer): answer is Measured => !(answer instanceof PipelineError));
  }
}

/** A check that waits for its figures. */
interface Pending {
  readonly check: Check;
  readonly compiled: CompiledCheck;
}

const defaultSamples: SamplePolicy = { rows: 10, hide: [] };

const ofReaders = ({ message }: { readonly message: string }): string => `what readers see: ${message}`;

/** From the cheapest way of answering to the dearest. */
const ways: readonly Measured["answeredBy"][] = ["metadata", "scan", "own-query"];

/** The checks of one model, each judged as soon as its figures are there. */
class ModelEvaluation {
  readonly #results = new Map<Check, CheckResult>();
  readonly #sampling: Promise<void>[] = [];
  readonly #now = new Answers();
  readonly #before = new Answers();
  readonly #baseline: Relation | null;
  /** Checks of a pinned model that read live tables beside it. */
  readonly #live = new Set<Check>();
  #pending: readonly Pending[] = [];

  constructor(
    private readonly one: ModelToCheck,
    private readonly trino: Trino,
    private readonly request: ChecksToEvaluate,
  ) {
    this.#baseline = one.checks.some(({ check }) => check === "drift") ? one.baseline : null;
  }

  async results(): Promise<readonly CheckResult[]> {
    const { checks, relation } = this.one;
    const { run, tablesRead } = this.trino;
    const [shape, before] = await Promise.all([
      shapeOf(relation, run),
      this.#baseline && shapeOf(this.#baseline, run),
      ...checks.map(async (check) => {
        if (relation.pinned && check.check === "sql" && (await readsLive(check, relation, tablesRead)))
          this.#live.add(check);
      }),
    ]);
    this.#pending = checks.flatMap((check) => this.#compiled(check, shape, before));
    this.#judge();
    try {
      await this.#measureBoth(shape, before);
    } finally {
      await Promise.allSettled(this.#sampling);
    }
    await Promise.all(this.#sampling);
    return checks.flatMap((check) => this.#results.get(check) ?? []);
  }

  async #measureBoth(shape: Shape | PipelineError, before: Shape | PipelineError | null): Promise<void> {
    if (shape instanceof PipelineError) return;
    const isCompared = this.#baseline && before && !(before instanceof PipelineError);
    await Promise.all([
      this.#measure(this.#now, this.one.relation, shape, ({ measures }) => measures),
      isCompared &&
        this.#measure(this.#before, this.#baseline, before, ({ baselineMeasures }) => baselineMeasures),
    ]);
  }

  /** Empty for a check that cannot be evaluated, which is its result. */
  #compiled(check: Check, shape: Shape | PipelineError, before: Shape | PipelineError | null): Pending[] {
    if (shape instanceof PipelineError) return this.#failed(check, shape.message);
    if (check.check !== "drift") before = null;
    if (before instanceof PipelineError) return this.#failed(check, ofReaders(before));
    const compiled = compile(check, this.one.relation.sql, shape, before);
    return "impossible" in compiled ? this.#failed(check, compiled.impossible) : [{ check, compiled }];
  }

  #failed(check: Check, message: string): [] {
    const { model, relation } = this.one;
    this.#settle(check, errored(model, check, message, relation.pinned));
    return [];
  }

  async #measure(
    answers: Answers,
    relation: Relation,
    shape: Shape,
    measuresOf: (compiled: CompiledCheck) => readonly Measure[],
  ): Promise<void> {
    const measures = this.#pending.flatMap(({ compiled }) => measuresOf(compiled));
    const different = new Map(measures.map((one) => [measureKey(one), one]));
    await measure([...different.values()], {
      relation,
      shape,
      run: this.trino.run,
      found: (one, answer) => {
        answers.set(one, answer);
        this.#judge();
      },
    });
  }

  /** Judges the checks whose figures are all there. */
  #judge(): void {
    this.#pending = this.#pending.filter(({ check, compiled }) => {
      const now = this.#now.of(compiled.measures);
      const before = this.#before.of(compiled.baselineMeasures);
      if (now === undefined || before === undefined) return true;
      if (now instanceof PipelineError || before instanceof PipelineError) {
        if (now instanceof PipelineError) this.#failed(check, now.message);
        else if (before instanceof PipelineError) this.#failed(check, ofReaders(before));
        return false;
      }
      const figures = (some: readonly Measured[]): readonly Figure[] => some.map(({ figure }) => figure);
      const finding = compiled.judge(figures(now), this.#baseline === null ? null : figures(before));
      const dearest = Math.max(0, ...[...now, ...before].map(({ answeredBy }) => ways.indexOf(answeredBy)));
      this.#found(check, compiled, finding, ways[dearest] ?? "scan");
      return false;
    });
  }

  #found(
    check: Check,
    compiled: CompiledCheck,
    finding: Finding,
    answeredBy: CheckResult["answeredBy"],
  ): void {
    const { model, relation, checks } = this.one;
    const { holds, observed, failingRows, holdsUntil = null } = finding;
    const severity = holds ? check.severity : (finding.severity ?? check.severity);
    const result: CheckResult = {
      model: model.name,
      check: checkName(check),
      severity,
      outcome: holds ? "passed" : severity === "warn" ? "warned" : "failed",
      expected: compiled.expected,
      observed,
      failingRows,
      pinned: relation.pinned && !this.#live.has(check),
      rowsQuery: holds || compiled.rows === null ? null : rowsQuery(compiled.rows),
      sample: null,
      answeredBy,
      holdsUntil: holds && holdsUntil !== null ? new Date(holdsUntil).toISOString() : null,
      where: check.where,
    };
    if (holds || compiled.rows === null) return this.#settle(check, result);
    const keys = checks.flatMap((other) => (other.check === "unique" ? other.columns : []));
    const policy = this.request.samples ?? defaultSamples;
    this.#sampling.push(
      sampleOf(compiled.rows, keys, policy, this.trino.run).then((sample) =>
        this.#settle(check, { ...result, sample }),
      ),
    );
  }

  #settle(check: Check, result: CheckResult): void {
    this.#results.set(check, result);
    this.request.report(result);
  }
}
