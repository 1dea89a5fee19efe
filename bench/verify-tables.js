// One verification of TPC-H's tables, in a process of its own: node verify-tables.js WAY, with its surroundings as JSON in
// BENCH_VERIFICATION. Tells on stdout what it found and how long it took without the start of the process.
import pLimit from "p-limit";
import { createNessieClient } from "../dist/nessie/client.js";
import { createTrinoClient } from "../dist/trino/client.js";
import { evaluateChecks } from "../dist/verification/evaluate.js";
import { commitOfMain } from "../dist/verification/targets.js";
import { VerificationService } from "../dist/verification/verify.js";
import { checksOf, queriesOf, tables } from "./tpch-checks.js";

const CONCURRENCY = 4;
const { trino, nessie, schema, user } = JSON.parse(process.env.BENCH_VERIFICATION);
const queries = createTrinoClient({ server: trino, user });
const catalog = createNessieClient({ uri: nessie });
const signal = new AbortController().signal;
const names = Object.keys(tables);
const head = async () => (await catalog.reference("main")).hash;

const models = names.map((name) => ({ name: `${schema}.${name}`, kind: "EXTERNAL", categories: [] }));
const sqlOf = (name, hash) => `"iceberg"."${schema}"."${name}#${hash}"`;

async function evaluated(relationOf) {
  const hash = await head();
  const checked = models.map((model, index) => ({
    model,
    relation: relationOf(names[index], hash),
    checks: checksOf(names[index]),
    baseline: null,
  }));
  return evaluateChecks({
    models: checked,
    queries,
    concurrency: CONCURRENCY,
    signal,
    report: () => undefined,
  });
}

const ways = {
  "oso-pipeline": () =>
    evaluated((name, hash) => ({
      pinned: true,
      expanded: false,
      sql: sqlOf(name, hash),
      table: { catalog: "iceberg", schema, table: `${name}#${hash}` },
    })),
  "one scan for each table": () =>
    evaluated((name, hash) => ({
      pinned: true,
      expanded: true,
      sql: `(SELECT * FROM ${sqlOf(name, hash)})`,
    })),
  "one query for each check": async () => {
    const hash = await head();
    const limit = pLimit(CONCURRENCY);
    const statements = names.flatMap((name) => queriesOf(name, sqlOf(name, hash)));
    return limit.map(statements, async (sql) => ({
      outcome: Number((await queries.query(sql)).rows[0][0]) === 0 ? "passed" : "failed",
    }));
  },
};

/** All once, so that it is attested, then again after one of the tables has changed: what that takes is told. */
async function again() {
  const stored = [];
  const service = new VerificationService({
    queries,
    catalog,
    tags: catalog,
    reader: { read: async () => [] },
    directory: {
      models: async () => models,
      select: async (selectors) =>
        selectors.map((selector) => ({ selector, models: [`${schema}.${selector}`], error: null })),
    },
    attestations: {
      of: async (base) => stored.find((one) => one.base === base) ?? null,
      newest: async () => stored.toReversed(),
      save: async (one) => void stored.push(one),
    },
    report: () => undefined,
    surround: (_, __, work) => work(),
    now: Date.now,
    signal,
    by: { name: "bench", from: "login" },
    catalogs: { producer: "iceberg", consumer: "iceberg_consumer", verification: null },
    checks: names.flatMap(checksOf),
    concurrency: CONCURRENCY,
    timeoutMilliseconds: 600_000,
    validForMilliseconds: 600_000,
    unpinned: "fail",
  });
  const verify = async () =>
    service.verify({ target: commitOfMain(await head()), select: [], all: false, seen: null });
  await verify();
  const other = createTrinoClient({ server: trino, user: "bench" });
  await other.query(
    `DELETE FROM iceberg.${schema}.supplier WHERE suppkey = (SELECT max(suppkey) FROM iceberg.${schema}.supplier)`,
  );
  console.log("CHANGED");
  const startedAt = performance.now();
  const { result } = await verify();
  return { checks: result.checks, milliseconds: performance.now() - startedAt };
}

const startedAt = performance.now();
const way = process.argv[2];
const done = way === "again" ? await again() : { checks: await ways[way]() };
const { checks, milliseconds = performance.now() - startedAt } = done;
const passed = checks.filter(({ outcome }) => outcome === "passed").length;
console.log(JSON.stringify({ checks: checks.length, passed, milliseconds }));
