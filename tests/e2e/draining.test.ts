import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { PipelineEvent } from "../../src/core/events.js";
import { createLocalStack } from "../../src/localstack/stack.js";
import { createNessieClient } from "../../src/nessie/client.js";
import { drain } from "../../src/restatement/drain.js";
import { foreignCommits } from "../../src/restatement/foreign.js";
import { createTrinoClient } from "../../src/trino/client.js";
import { runningQueries } from "../../src/trino/queries.js";

const { trinoUrl, nessieUri, home } = inject("stack");
const trino = createTrinoClient({
  server: trinoUrl,
  user: "draining",
  catalog: "iceberg",
  schema: "draining",
});
const nessie = createNessieClient({ uri: nessieUri });
const queries = runningQueries(trino);
const table = "draining.t";
/** Trino remembers queries for longer than a test lasts, and a stack may serve several times. */
const testRun = randomUUID();
const sourceOf = (run: string): string => `oso-pipeline:${testRun}-${run}`;

const rows = async (sql: string) => (await trino.query(sql)).rows;
const countRows = async (): Promise<number> => Number((await rows("SELECT count(*) FROM t"))[0]?.[0]);

/** Takes some seconds on any machine, and then commits rows. */
const longInsert =
  "INSERT INTO iceberg.draining.t SELECT a.orderkey FROM tpch.sf1.lineitem a CROSS JOIN UNNEST(sequence(1, 8))";
const shortInsert = "INSERT INTO iceberg.draining.t SELECT orderkey FROM tpch.tiny.orders";

/** What a client leaves that is killed right after its statement has begun: one POST, one poll, and never again. */
async function abandoned(sql: string, source: string): Promise<string> {
  const headers = { "X-Trino-User": "dead", "X-Trino-Source": source };
  const posted = await fetch(`${trinoUrl}/v1/statement`, { method: "POST", body: sql, headers });
  const { id, nextUri } = (await posted.json()) as { id: string; nextUri: string };
  await (await fetch(nextUri, { headers })).json();
  return id;
}

async function stateOf(id: string): Promise<unknown> {
  return (await rows(`SELECT state FROM system.runtime.queries WHERE query_id = '${id}'`))[0]?.[0];
}

async function hasEnded(source: string, id: string): Promise<boolean | undefined> {
  return (await queries.ofSource(source)).find((query) => query.id === id)?.ended;
}

/** Whether all is written but for the last task, which commits. */
async function isFinishing(id: string): Promise<boolean> {
  const [row] = await rows(
    `SELECT count(*) > 1 AND count_if(state <> 'FINISHED') = 1 FROM system.runtime.tasks WHERE query_id = '${id}'`,
  );
  return row?.[0] === true;
}

async function pidOf(name: string): Promise<number> {
  const { services } = await createLocalStack({ home, report: () => undefined }).status();
  const pid = services.find((service) => service.name === name)?.pid;
  if (pid === undefined || pid === null) throw new Error(`${name} does not run`);
  return pid;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await pause(50);
}

function draining(source: string) {
  const events: PipelineEvent[] = [];
  const drained = drain({
    queries,
    sources: [source],
    users: ["dead"],
    report: (event) => events.push(event),
    signal: new AbortController().signal,
    clientTimeoutMilliseconds: 300_000,
    now: () => performance.now(),
    sleep: (milliseconds) => pause(milliseconds),
  });
  return { drained, events };
}

beforeAll(async () => {
  await trino.query("CREATE SCHEMA iceberg.draining");
  await trino.query("CREATE TABLE t AS SELECT BIGINT '1' AS orderkey");
});

afterAll(async () => {
  await trino.query("DROP SCHEMA iceberg.draining CASCADE");
});

describe("draining a dead client's queries", () => {
  it("ends an INSERT that nobody asks after, and no row of it comes later", async () => {
    const before = [await nessie.head(), await countRows()];
    const id = await abandoned(longInsert, sourceOf("killed"));
    await until(async () => (await stateOf(id)) === "RUNNING");
    const { drained, events } = draining(sourceOf("killed"));
    expect((await drained).known).toEqual([id]);
    expect(events.map(({ type }) => type)).toContain("waiting");
    expect(await stateOf(id)).toBe("FAILED");
    // Nothing of it is at work any more that could still commit.
    expect(await queries.ofSource(sourceOf("killed"))).toEqual([{ id, ended: true }]);
    expect([await nessie.head(), await countRows()]).toEqual(before);
  });

  it("names an INSERT that had written all its rows, which its commit shows as well", async () => {
    const since = await nessie.head();
    const id = await abandoned(shortInsert, sourceOf("written"));
    await until(async () => (await nessie.head()) !== since);
    expect((await draining(sourceOf("written")).drained).known).toEqual([id]);
    const commits = await nessie.commitsOn(since, await nessie.head(), new Set([table]));
    expect((await nessie.writers(commits)).map(({ queryId }) => queryId)).toEqual([id]);
    // Killed while it waited for its client, it is FAILED, and its rows are there all the same.
    expect(await stateOf(id)).toBe("FAILED");
    expect(await countRows()).toBe(15_001);
  });

  it("takes none for ended whose commit is on its way, though Trino calls it FAILED", async () => {
    const nessieProcess = await pidOf("nessie");
    const source = sourceOf("committing");
    let id: string;
    let isCaught: boolean;
    do {
      id = await abandoned("INSERT INTO iceberg.draining.t SELECT custkey FROM tpch.sf1.customer", source);
      await until(async () => (await stateOf(id)) === "RUNNING");
      process.kill(nessieProcess, "SIGSTOP");
      try {
        await until(() => isFinishing(id));
        await queries.kill(id, "the test kills it");
        expect(await stateOf(id)).toBe("FAILED");
        // Caught unless it had not come to its commit yet, or was through with it.
        isCaught = !(await hasEnded(source, id));
      } finally {
        process.kill(nessieProcess, "SIGCONT");
      }
    } while (!isCaught);
    await draining(source).drained;
    expect(await hasEnded(source, id)).toBe(true);
  });

  it("leaves another run's queries alone", async () => {
    const id = await abandoned("SELECT count(*) FROM tpch.sf10.lineitem", sourceOf("living"));
    expect((await draining(sourceOf("dead")).drained).known).toEqual([]);
    expect(await stateOf(id)).not.toBe("FAILED");
    await queries.kill(id, "the test is over");
    await expect(queries.kill(id, "again")).resolves.toBeUndefined();
  });
});

describe("who wrote what", () => {
  it("is told by the data's own commits, not by changes that leave the data as it was", async () => {
    const since = await nessie.head();
    const { queryId: own } = await trino.query("INSERT INTO t VALUES 2");
    await trino.query("COMMENT ON TABLE t IS 'a comment'");
    await trino.query("ALTER TABLE t ADD COLUMN other integer");
    const { queryId: theirs } = await trino.query("DELETE FROM t WHERE orderkey = 2");
    await trino.query("CREATE TABLE beside AS SELECT 1 AS x");
    await trino.query("DROP TABLE beside");
    const commits = await nessie.commitsOn(since, await nessie.head(), new Set([table, "draining.beside"]));
    const written = await nessie.writers(commits);
    expect(written.map(({ commit, queryId }) => [commit.table, queryId])).toEqual([
      [table, own],
      [table, theirs],
      ["draining.beside", expect.stringMatching(/^\d{8}_/)],
      // Dropped: no snapshot says by whom.
      ["draining.beside", null],
    ]);
    const foreign = foreignCommits(written, new Set([own]));
    expect(foreign.map(({ queryId }) => queryId)).toEqual([theirs, written[2]?.queryId, null]);
  });
});
