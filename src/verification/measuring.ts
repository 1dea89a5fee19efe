import { PipelineError } from "../core/errors.js";
import type { CheckResult } from "./check-result.js";
import {
  aggregate,
  counted,
  type Figure,
  figureOf,
  integerOrNull,
  type Measure,
  ownStatement,
} from "./measure.js";
import type { Relation } from "./pin.js";
import { mayBeOneOfSeveral, refused, type Run } from "./refusal.js";
import type { Shape } from "./shape.js";
import { inexactFiles, statisticsQuestion } from "./statistics.js";

export interface Measured {
  readonly figure: Figure;
  readonly answeredBy: NonNullable<CheckResult["answeredBy"]>;
}

export interface Measuring {
  readonly relation: Relation;
  readonly shape: Shape;
  readonly run: Run;
  /** Hears of each measure once, as soon as it is known. */
  readonly found: (measure: Measure, answer: Measured | PipelineError) => void;
}

/** One measure among those that a statement asks for. */
interface Question<T> {
  readonly measure: Measure;
  readonly expressions: readonly string[];
  readonly read: (values: readonly unknown[]) => T;
}

/** Each of a statement's counts is a stage of the query plan, and Trino limits their number. */
const MOST_COUNTS = 16;
const MOST_FIGURES = 64;

/**
 * Measures a relation, the cheapest way that is exact. Of an Iceberg table: what its statistics say (seen with its shape,
 * or one query of bounded size, without data), then what counting by condition says (data is read where statistics and dictionaries
 * leave doubt), and the rest in one scan of the columns that it needs. Of anything else, which cannot be asked in part
 * without being computed anew: all in one scan. Exact uniqueness and custom queries run alone.
 * @throws PipelineError SERVICE_UNAVAILABLE, AUTHENTICATION_FAILED, INTERRUPTED
 */
export async function measure(measures: readonly Measure[], measuring: Measuring): Promise<void> {
  const { relation, shape } = measuring;
  const sharing: Measure[] = [];
  const running: Promise<void>[] = [];
  for (const one of measures) {
    const statement = ownStatement(one, relation.sql, shape.statistics !== null);
    if (statement === null) sharing.push(one);
    else running.push(alone(one, statement, measuring));
  }
  running.push(shape.statistics === null ? scan(sharing, measuring) : cheapestFirst(sharing, measuring));
  await Promise.all(running);
}

async function cheapestFirst(measures: readonly Measure[], measuring: Measuring): Promise<void> {
  const { shape, found } = measuring;
  const seen = measures.filter((one) => isWithoutNulls(one, shape));
  const open = measures.filter((one) => !seen.includes(one));
  const known = open.filter((one) => statisticsQuestion(one, shape) !== null);
  const others = open.filter((one) => !known.includes(one));
  const isCounted = (one: Measure): boolean => counted(one, measuring.relation.sql) !== null;
  const throughData = async (some: readonly Measure[]): Promise<void> => {
    await Promise.all([
      count(some.filter(isCounted), measuring),
      scan(
        some.filter((one) => !isCounted(one)),
        measuring,
      ),
    ]);
  };
  for (const one of seen) found(one, { figure: 0n, answeredBy: "metadata" });
  await Promise.all([
    count(others.filter(isCounted), measuring),
    askStatistics(known, measuring).then((left) =>
      throughData([...left, ...others.filter((one) => !isCounted(one))]),
    ),
  ]);
}

const isWithoutNulls = (one: Measure, { statistics }: Shape): boolean =>
  one.of === "nulls" && statistics?.withoutNulls.has(one.column.toLowerCase()) === true;

/** Gives the measures that the statistics leave open; where they may not be read, that is all of them. */
async function askStatistics(measures: readonly Measure[], measuring: Measuring): Promise<Measure[]> {
  const { shape, run, found } = measuring;
  if (shape.statistics === null) return [...measures];
  const questions = measures.flatMap((one) => {
    const question = statisticsQuestion(one, shape);
    return question === null ? [] : [{ measure: one, ...question }];
  });
  const left: Measure[] = [];
  const uncertain: { measure: Measure; figure: Figure }[] = [];
  await inStatements(questions, MOST_FIGURES, ` FROM ${shape.statistics.partitions}`, run, (one, answer) => {
    if (answer instanceof PipelineError || answer.value === undefined) left.push(one);
    else if (answer.value.isCertain) found(one, { figure: answer.value.figure, answeredBy: "metadata" });
    else uncertain.push({ measure: one, figure: answer.value.figure });
  });
  if (uncertain.length === 0) return left;
  const inexact = await run(inexactFiles(shape.statistics)).catch(refused);
  if (inexact instanceof PipelineError || integerOrNull(inexact.rows[0]?.[0]) !== 0n)
    return [...left, ...uncertain.map(({ measure: one }) => one)];
  for (const { measure: one, figure } of uncertain) found(one, { figure, answeredBy: "metadata" });
  return left;
}

async function count(measures: readonly Measure[], { relation, run, found }: Measuring): Promise<void> {
  const questions = measures.flatMap((one) => simple(one, counted(one, relation.sql)));
  await inStatements(questions, MOST_COUNTS, "", run, (one, answer) => found(one, measured(answer)));
}

async function scan(measures: readonly Measure[], { relation, run, found }: Measuring): Promise<void> {
  const questions = measures.flatMap((one) => simple(one, aggregate(one)));
  await inStatements(questions, MOST_FIGURES, ` FROM ${relation.sql}`, run, (one, answer) =>
    found(one, measured(answer)),
  );
}

async function alone(one: Measure, statement: string, { run, found }: Measuring): Promise<void> {
  const answer = await run(statement).catch(refused);
  if (answer instanceof PipelineError) found(one, answer);
  else found(one, { figure: figureOf(one, answer.rows[0]?.[0]), answeredBy: "own-query" });
}

const simple = (one: Measure, expression: string | null): Question<Figure>[] =>
  expression === null
    ? []
    : [{ measure: one, expressions: [expression], read: ([value]) => figureOf(one, value) }];

interface Answer<T> {
  readonly value: T;
  readonly withoutData: boolean;
}

const measured = (answer: Answer<Figure> | PipelineError): Measured | PipelineError =>
  answer instanceof PipelineError
    ? answer
    : { figure: answer.value, answeredBy: answer.withoutData ? "metadata" : "scan" };

/** Asks so many at once; of those that are refused together each half is asked again, down to the culprit. */
async function inStatements<T>(
  questions: readonly Question<T>[],
  most: number,
  from: string,
  run: Run,
  found: (measure: Measure, answer: Answer<T> | PipelineError) => void,
): Promise<void> {
  const ask = async (some: readonly Question<T>[]): Promise<void> => {
    const answer = await run(
      `SELECT ${some.flatMap(({ expressions }) => expressions).join(", ")}${from}`,
    ).catch(refused);
    if (answer instanceof PipelineError) {
      if (some.length > 1 && mayBeOneOfSeveral(answer))
        await inStatements(some, Math.ceil(some.length / 2), from, run, found);
      else some.forEach(({ measure: one }) => found(one, answer));
      return;
    }
    let offset = 0;
    for (const { measure: one, expressions, read } of some) {
      const values = answer.rows[0]?.slice(offset, (offset += expressions.length)) ?? [];
      found(one, { value: read(values), withoutData: answer.bytesRead === 0 });
    }
  };
  const parts = Array.from({ length: Math.ceil(questions.length / most) }, (_, part) =>
    questions.slice(part * most, (part + 1) * most),
  );
  await Promise.all(parts.map(ask));
}
