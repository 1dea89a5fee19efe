import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Composition, createApp } from "../../src/composition.js";
import { createTrinoClient } from "../../src/trino/client.js";
import { dropSample, hashOf, query, Warehouse } from "../support/warehouse.js";

const PUBLICATIONS = 100;
const schema = "reader";
const trino = createTrinoClient({
  server: inject("stack").trinoUrl,
  user: "reader",
  catalog: "iceberg_consumer",
  schema,
});

/** What readers ask; each row of an answer says of which states of the warehouse it is made. */
const questions = {
  table: "SELECT state FROM readings",
  "join of tables": "SELECT r.state, w.state FROM readings r JOIN weights w ON r.id = w.id",
  "nested view": "SELECT reading, weight FROM heaviest",
} as const;

type Question = keyof typeof questions;

interface Answer {
  readonly question: Question;
  /** Where the consumer tag stood when it was asked, and when it was answered. */
  readonly between: readonly [before: string, after: string];
  readonly states: ReadonlySet<string>;
  readonly rows: number;
}

/** Two states of the same tables: their base hashes. */
async function makeStates(): Promise<ReadonlyMap<string, string>> {
  await query(`CREATE SCHEMA IF NOT EXISTS iceberg.${schema}`);
  const rows = "SELECT id, 'a' AS state FROM UNNEST(sequence(1, 3)) AS t (id)";
  for (const table of ["readings", "weights"])
    await query(`CREATE OR REPLACE TABLE iceberg.${schema}.${table} AS ${rows}`);
  await query(
    `CREATE OR REPLACE VIEW iceberg.${schema}.weighed AS SELECT r.id, r.state AS reading, w.state AS weight FROM iceberg.${schema}.readings r JOIN iceberg.${schema}.weights w ON r.id = w.id`,
  );
  await query(
    `CREATE OR REPLACE VIEW iceberg.${schema}.heaviest AS SELECT v.reading, w.state AS weight FROM iceberg.${schema}.weighed v JOIN iceberg.${schema}.weights w ON v.id = w.id`,
  );
  const first = await hashOf("main");
  for (const table of ["readings", "weights"])
    await query(`UPDATE iceberg.${schema}.${table} SET state = 'b'`);
  return new Map([
    [first, "a"],
    [await hashOf("main"), "b"],
  ]);
}

/** Asks without a pause until it is told to stop. An error or an absent table ends it. */
async function read(until: AbortSignal): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  while (!until.aborted) {
    for (const [question, sql] of Object.entries(questions) as [Question, string][]) {
      const before = await hashOf("consumer");
      const { rows } = await trino.query(sql);
      const after = await hashOf("consumer");
      answers.push({
        question,
        between: [before, after],
        states: new Set(rows.flat().map(String)),
        rows: rows.length,
      });
    }
  }
  return answers;
}

describe("a reader that asks without a pause", () => {
  let warehouse: Warehouse;
  let app: Composition;
  let answers: readonly Answer[];
  /** What state each release was, by its sealed hash. */
  const released = new Map<string, string>();

  beforeAll(async () => {
    await dropSample();
    const states = await makeStates();
    warehouse = await Warehouse.create("reader", { OSO_PIPELINE__RELEASE__KEEP: "3" });
    app = createApp({
      report: () => undefined,
      print: () => undefined,
      ask: null,
      questions: null,
      version: "test",
      signal: new AbortController().signal,
      globals: { output: "json", color: false, quiet: true, verbose: false },
      environment: { ...process.env, ...warehouse.environment },
      workingDirectory: warehouse.folder,
    });
    const releases = await app.parts.releases();
    const publish = async (toHash: string, state: string): Promise<void> => {
      const { result, failure } = await releases.publish({
        toHash,
        create: true,
        dryRun: false,
        withoutVerification: true,
        reason: "readers are what matters here",
        run: null,
      });
      if (failure) throw failure;
      if (result.outcome !== "published") throw new Error(`it ended ${result.outcome}`);
      released.set(result.release?.sealed ?? "", state);
    };
    const [[first, a], [second, b]] = [...states] as [[string, string], [string, string]];
    await publish(first, a);
    const over = new AbortController();
    const reading = read(over.signal);
    // Fails at once where the reader does.
    const ended = reading.then(() => undefined);
    for (let move = 1; move <= PUBLICATIONS; move += 1)
      await Promise.race([move % 2 === 1 ? publish(second, b) : publish(first, a), ended]);
    over.abort();
    answers = await reading;
  }, 1_800_000);
  afterAll(async () => {
    await app.close();
    await warehouse.remove();
    for (const view of ["heaviest", "weighed"]) await query(`DROP VIEW iceberg.${schema}.${view}`);
    for (const table of ["readings", "weights"]) await query(`DROP TABLE iceberg.${schema}.${table}`);
    await query(`DROP SCHEMA iceberg.${schema}`);
  });

  it(`gets whole answers during ${PUBLICATIONS} publications, and sees them come`, () => {
    expect(released.size).toBe(PUBLICATIONS + 1);
    expect(answers.filter(({ rows }) => rows !== 3)).toEqual([]);
    expect(new Set(answers.flatMap(({ states }) => [...states]))).toEqual(new Set(["a", "b"]));
  });

  it("gets what the release holds that the tag stands at, wherever the tag stands still", () => {
    const still = answers.filter(({ between: [before, after] }) => before === after);
    expect(still.length).toBeGreaterThan(0);
    const wrong = still.filter(({ between: [at], states }) => [...states].join() !== released.get(at));
    expect(wrong).toEqual([]);
  });

  it("gets two releases in one answer at most while the tag moves, and never of one view", async ({
    annotate,
  }) => {
    const mixed = answers.filter(({ states }) => states.size > 1);
    const moving = answers.filter(({ between: [before, after] }) => before !== after);
    await annotate(
      `${answers.length} answers, ${moving.length} of them while the tag moved, ${mixed.length} of two releases`,
    );
    expect(mixed.filter(({ between: [before, after] }) => before === after)).toEqual([]);
    expect(mixed.filter(({ question }) => question !== "join of tables")).toEqual([]);
  });
});
