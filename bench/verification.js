// 45 checks of five tables of TPC-H in Iceberg, scale factor 1: by metadata first, as verification does it; by one scan for
// each table; by one query for each check; and by `dbt test`. Then again, when one table of the five has changed.
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTrinoClient } from "../dist/trino/client.js";
import { cacheFolder } from "../dist/localstack/cache.js";
import { median, seconds, table } from "./table.js";
import { dbtSources, tables } from "./tpch-checks.js";

const ROUNDS = 7;
const DBT = ["dbt-core==1.10.15", "dbt-trino==1.10.1"];

/** @param {import("./stack.js").Stack} stack */
export async function verification({ environment, nessie, trino }) {
  const schema = `oso_pipeline_bench_${randomBytes(4).toString("hex")}`;
  const folder = await mkdtemp(join(tmpdir(), "oso-pipeline-bench-"));
  const { query } = createTrinoClient({ server: trino, user: "bench" });
  const dbt = await dbtProject(folder, schema, trino, environment);
  try {
    await query(`CREATE SCHEMA iceberg.${schema}`);
    for (const name of Object.keys(tables))
      await query(`CREATE TABLE iceberg.${schema}.${name} AS SELECT * FROM tpch.sf1.${name}`);

    const ours = (way) => (user) => {
      const surroundings = JSON.stringify({ trino, nessie, schema, user });
      const script = join(import.meta.dirname, "verify-tables.js");
      return ended([process.execPath, script, way], { ...environment, BENCH_VERIFICATION: surroundings });
    };
    const ways = {
      "oso-pipeline": ours("oso-pipeline"),
      "one scan for each table": ours("one scan for each table"),
      "one query for each check": ours("one query for each check"),
      "dbt test": dbt,
    };
    const measured = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [way, run] of Object.entries(ways)) measured[way].push(await asUser(run, trino));
    }
    const again = [];
    for (let round = 0; round < ROUNDS; round += 1) again.push(await asUser(ours("again"), trino));
    return {
      scan: await fullScan(schema, trino),
      ways: [
        ...Object.entries(measured).map(([way, runs]) => summary(way, runs)),
        summary("oso-pipeline, one table changed", again),
      ],
    };
  } finally {
    for (const name of Object.keys(tables)) await query(`DROP TABLE IF EXISTS iceberg.${schema}.${name}`);
    await query(`DROP SCHEMA IF EXISTS iceberg.${schema}`);
    await rm(folder, { recursive: true, force: true });
  }
}

const summary = (way, runs) => ({
  way,
  checks: runs[0].checks,
  milliseconds: median(runs.map(({ milliseconds }) => milliseconds)),
  processMilliseconds: median(runs.map((run) => run.processMilliseconds)),
  statements: median(runs.map(({ statements }) => statements)),
  bytes: median(runs.map(({ bytes }) => bytes)),
  cpuMilliseconds: median(runs.map(({ cpuMilliseconds }) => cpuMilliseconds)),
});

export const renderVerification = ({ scan, ways }) =>
  table([
    ["45 checks of 5 tables", "wall s", "process s", "statements", "Trino CPU s", "MB read", "of a scan"],
    ...ways.map((one) => [
      one.way,
      seconds(one.milliseconds),
      seconds(one.processMilliseconds),
      String(one.statements),
      seconds(one.cpuMilliseconds),
      (one.bytes / 1e6).toFixed(2),
      `1/${Math.round(scan / Math.max(one.bytes, 1))}`,
    ]),
  ]);

/** Runs as a user of its own, so that Trino can tell what this took. */
async function asUser(run, trino) {
  const user = `bench-${randomBytes(4).toString("hex")}`;
  const startedAt = performance.now();
  const { stdout, changedAt } = await run(user);
  const processMilliseconds = performance.now() - startedAt;
  const { checks, milliseconds = processMilliseconds } = told(stdout);
  return { checks, milliseconds, processMilliseconds, ...(await took(user, trino, changedAt)) };
}

/** What a process says at its end: ours in JSON, dbt in words. */
function told(stdout) {
  const passed = /Done\. PASS=(\d+) .*TOTAL=(\d+)/.exec(stdout);
  const {
    checks,
    passed: good,
    ...rest
  } = passed
    ? { checks: Number(passed[2]), passed: Number(passed[1]) }
    : JSON.parse(stdout.trim().split("\n").at(-1));
  if (checks !== 45 || good !== 45) throw new Error(`${good} of ${checks} checks passed\n${stdout}`);
  return { checks, ...rest };
}

/** What Trino counts of a user's queries, those before a moment left out. */
async function took(user, trino, from = 0) {
  const response = await fetch(`${trino}/v1/query`, { headers: { "X-Trino-User": "bench" } });
  const queries = (await response.json()).filter(
    ({ session, queryStats }) => session.user === user && Date.parse(queryStats.createTime) >= from,
  );
  const sum = (of) => queries.reduce((total, { queryStats }) => total + of(queryStats), 0);
  return {
    statements: queries.length,
    bytes: sum(({ physicalInputDataSize }) => inBytes(physicalInputDataSize)),
    cpuMilliseconds: sum(({ totalCpuTime }) => inMilliseconds(totalCpuTime)),
  };
}

/** `1.25MB` and `1.25s`, as Trino writes sizes and times. */
const inBytes = (text) =>
  Number.parseFloat(text) * { B: 1, kB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 }[text.replace(/[\d.]+/, "")];
const inMilliseconds = (text) =>
  Number.parseFloat(text) *
  { ns: 1e-6, us: 1e-3, ms: 1, s: 1e3, m: 6e4, h: 3.6e6 }[text.replace(/[\d.]+/, "")];

/** Bytes of all columns of all tables, read once. */
async function fullScan(schema, trino) {
  const user = `bench-${randomBytes(4).toString("hex")}`;
  const { query } = createTrinoClient({ server: trino, user });
  for (const name of Object.keys(tables)) {
    const { columns } = await query(`SELECT * FROM iceberg.${schema}.${name} LIMIT 0`);
    const sums = columns.map((column) => `checksum(${column.name})`).join(", ");
    await query(`SELECT ${sums} FROM iceberg.${schema}.${name}`);
  }
  return (await took(user, trino)).bytes;
}

/** A dbt project with the same checks, its environment kept for the next time. */
async function dbtProject(folder, schema, trino, environment) {
  const cached = join(cacheFolder(undefined, environment), "bench", DBT.join("-").replaceAll("==", "-"));
  if (!existsSync(cached)) {
    const made = `${cached}-${randomBytes(4).toString("hex")}`;
    await mkdir(made, { recursive: true });
    for (const [command, ...args] of [
      [environment.OSO_PIPELINE__SQLMESH__PYTHON ?? "python3", "-m", "venv", made],
      [join(made, "bin", "python"), "-m", "pip", "install", "--quiet", ...DBT],
    ]) {
      const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
      if (status !== 0) throw new Error(stderr);
    }
    await rename(made, cached);
  }
  const { hostname, port } = new URL(trino);
  const write = (file, content) => writeFile(join(folder, file), JSON.stringify(content));
  await mkdir(join(folder, "models"));
  await write("dbt_project.yml", {
    name: "bench",
    version: "1.0",
    profile: "bench",
    flags: { send_anonymous_usage_stats: false },
  });
  await write("models/sources.yml", dbtSources(schema));
  return async (user) => {
    const target = { type: "trino", host: hostname, port: Number(port), user, method: "none" };
    const place = { database: "iceberg", schema, threads: 4, http_scheme: "http" };
    await write("profiles.yml", { bench: { target: "bench", outputs: { bench: { ...target, ...place } } } });
    const at = ["--project-dir", folder, "--profiles-dir", folder, "--no-use-colors"];
    return ended([join(cached, "bin", "python"), "-m", "dbt.cli.main", "test", ...at], environment);
  };
}

/** @returns {Promise<{ stdout: string, changedAt: number | undefined }>} */
function ended([command, ...args], env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    let changedAt;
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
      if (changedAt === undefined && stdout.includes("CHANGED")) changedAt = Date.now();
    });
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.on("error", reject);
    child.on("close", (status) =>
      status === 0
        ? resolve({ stdout, changedAt })
        : reject(new Error(`ended with ${status}\n${stdout}${stderr}`)),
    );
  });
}
