// What sealing the views of a release takes, in process: 800 views as SQLMesh's virtual layer makes them, each over one of
// 100 tables; the first time, with the inputs of 8 changed, and with nothing changed. Then a publication with nothing to
// verify and nothing to seal, whole processes from outside. Nessie, Trino and the object store are real; the tables are
// empty, on a branch of their own that is removed afterwards.
import { spawnSync } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import pLimit from "p-limit";
import { createNessieClient } from "../dist/nessie/client.js";
import { Sealing } from "../dist/release/sealing.js";
import { startBridge } from "../dist/sqlmesh/client.js";
import { createTrinoClient } from "../dist/trino/client.js";
import { releaseReader } from "../dist/trino/release-reader.js";
import { median, seconds, table } from "./table.js";

const VIEWS = 800;
const TABLES = 100;
const CHANGED = 8;
const ROUNDS = 3;
const MOVES = 7;
const catalogs = { producer: "iceberg", consumer: "iceberg_consumer" };

/** @param {import("./stack.js").Stack} stack */
export async function sealing(stack) {
  return { sealing: await sealed(stack), move: moves(stack) };
}

async function sealed({ environment, nessie: uri, trino: server }) {
  const name = `oso-pipeline-bench-${randomBytes(4).toString("hex")}`;
  const folder = await mkdtemp(join(tmpdir(), "oso-pipeline-bench-"));
  const lake = new Lake(uri, name);
  const made = [];
  try {
    const base = await lake.create();
    const parts = () => {
      const catalog = createNessieClient({ uri });
      const bridge = startBridge({
        python: environment.OSO_PIPELINE__SQLMESH__PYTHON,
        project: folder,
        log: { directory: folder },
      });
      const trino = releaseReader(createTrinoClient({ server, user: "bench" }), catalogs.producer);
      const rest = { policy: "seal", catalogs, allowCatalogs: [] };
      return { bridge, sealing: new Sealing({ catalog, reader: bridge, branch: catalog, trino, ...rest }) };
    };
    /** As a publication does it: with a bridge that starts when it is first asked something. */
    const seal = async (release, at, earlier) => {
      const { bridge, sealing: sealer } = parts();
      const branch = `${name}-${made.length}`;
      made.push(branch);
      const startedAt = performance.now();
      const order = {
        base: at,
        branch,
        release,
        tag: branch,
        startedAt: "2026-11-21",
        earlier,
        oldestKept: 0,
      };
      const result = await sealer.seal(order);
      const milliseconds = performance.now() - startedAt;
      await bridge.close();
      return { ...result, base: at, milliseconds };
    };
    const times = {
      "all sealed, the first time": [],
      [`inputs of ${CHANGED} changed`]: [],
      "nothing changed": [],
    };
    const [first, few, none] = Object.values(times);
    let at = base;
    for (let round = 0; round < ROUNDS; round += 1) {
      const all = await seal(1, at, []);
      const changed = await lake.change(round);
      const some = await seal(2, changed, [earlierOf(all)]);
      const nothing = await seal(3, changed, [earlierOf(some)]);
      mustBe(all, VIEWS, 0);
      mustBe(some, VIEWS, VIEWS - (VIEWS / TABLES) * CHANGED);
      mustBe(nothing, VIEWS, VIEWS);
      first.push(all.milliseconds);
      few.push(some.milliseconds);
      none.push(nothing.milliseconds);
      at = changed;
    }
    return Object.entries(times).map(([what, all]) => ({ what, milliseconds: median(all) }));
  } finally {
    for (const branch of made) await createNessieClient({ uri }).remove(branch);
    await lake.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

const earlierOf = ({ base, hash, manifest }) => ({ base, sealed: hash, manifest: async () => manifest });

function mustBe({ views }, sealedViews, kept) {
  if (views.sealed === sealedViews && views.kept === kept) return;
  throw new Error(`${views.sealed} views sealed and ${views.kept} kept, not ${sealedViews} and ${kept}`);
}

/** Main's head and the release before it take turns: both are attested, and all of their views are kept. */
function moves({ config, environment, ours }) {
  const run = (...args) => {
    const startedAt = performance.now();
    const options = { env: environment, cwd: dirname(config), encoding: "utf8" };
    const { status, stdout, stderr } = spawnSync(
      ours[0],
      [...ours.slice(1), ...args, "--json", "-q"],
      options,
    );
    if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}\n${stdout}\n${stderr}`);
    return { milliseconds: performance.now() - startedAt, result: JSON.parse(stdout).result };
  };
  run("tag-consumer");
  const { releases } = run("releases", "--limit", "1000").result;
  const main = releases[0].base;
  const other = releases.find(({ base, status }) => base !== main && status === "published")?.base;
  if (other === undefined)
    throw new Error(
      "nothing was published twice: `oso-pipeline run --restate oso.projects_v1 --yes --publish`",
    );
  const times = [];
  for (let move = 0; move < MOVES; move += 1) {
    for (const hash of [other, main]) {
      const { result, milliseconds } = run("tag-consumer", "--to-hash", hash);
      if (result.outcome !== "published") throw new Error(`${hash} was not published: ${result.outcome}`);
      times.push(milliseconds);
    }
  }
  const idle = Array.from({ length: MOVES }, () => run("tag-consumer", "--to-hash", main).milliseconds);
  return { milliseconds: median(times), idleMilliseconds: median(idle) };
}

export function renderSealing({ sealing: rows, move }) {
  return `${table([
    [`${VIEWS} views`, "wall s"],
    ...rows.map(({ what, milliseconds }) => [what, seconds(milliseconds)]),
  ])}
a publication with nothing to verify or seal takes ${move.milliseconds.toFixed(0)} ms, one with nothing to move ${move.idleMilliseconds.toFixed(0)} ms`;
}

/** Empty tables and views over them, made through Nessie's Iceberg REST catalogue on a branch of their own. */
class Lake {
  #origin;

  constructor(uri, branch) {
    this.uri = uri;
    this.branch = branch;
    this.#origin = new URL(uri).origin;
  }

  async create() {
    const { noAncestorHash } = await this.#ask("GET", `${this.uri}/config`);
    const root = { type: "BRANCH", name: "main", hash: noAncestorHash };
    await this.#ask("POST", `${this.uri}/trees?name=${this.branch}&type=BRANCH`, root);
    for (const namespace of ["bench_tables", "bench_views"])
      await this.#iceberg("POST", "/namespaces", { namespace: [namespace] });
    const numbers = (count) => Array.from({ length: count }, (_, index) => index);
    const limit = pLimit(4);
    await limit.map(numbers(TABLES), async (number) =>
      this.#retried(async () => this.#iceberg("POST", "/namespaces/bench_tables/tables", tableOf(number))),
    );
    await limit.map(numbers(VIEWS), async (number) =>
      this.#retried(async () => this.#iceberg("POST", "/namespaces/bench_views/views", viewOf(number))),
    );
    return this.#head();
  }

  /** Gives tables another column. */
  async change(round) {
    for (let number = 0; number < CHANGED; number += 1) {
      await this.#iceberg("POST", `/namespaces/bench_tables/tables/t${number}`, {
        requirements: [],
        updates: [
          { action: "add-schema", schema: schemaOf(round + 1), "last-column-id": round + 3 },
          { action: "set-current-schema", "schema-id": -1 },
        ],
      });
    }
    return this.#head();
  }

  async remove() {
    await createNessieClient({ uri: this.uri }).remove(this.branch);
  }

  async #head() {
    return (await this.#ask("GET", `${this.uri}/trees/${this.branch}`)).reference.hash;
  }

  async #iceberg(method, path, body) {
    return this.#ask(method, `${this.#origin}/iceberg/v1/${this.branch}${path}`, body);
  }

  /** Several commits to one branch at once may get into each other's way. */
  async #retried(work) {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work();
      } catch (thrown) {
        if (tries === 10 || !/CommitFailed|CONFLICT/.test(String(thrown))) throw thrown;
      }
    }
  }

  async #ask(method, url, body) {
    const reply = await fetch(url, {
      method,
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${url}: ${reply.status} ${text.slice(0, 300)}`);
    return JSON.parse(text);
  }
}

const schemaOf = (version) => ({
  type: "struct",
  "schema-id": version,
  fields: [
    { id: 1, name: "id", required: false, type: "long" },
    { id: 2, name: "name", required: false, type: "string" },
    ...Array.from({ length: version }, (_, n) => ({
      id: n + 3,
      name: `v${n}`,
      required: false,
      type: "double",
    })),
  ],
});

const tableOf = (number) => ({
  name: `t${number}`,
  schema: schemaOf(0),
  "partition-spec": { "spec-id": 0, fields: [] },
  "write-order": { "order-id": 0, fields: [] },
  "stage-create": false,
  properties: {},
});

const viewOf = (number) => ({
  name: `v${number}`,
  schema: schemaOf(0),
  "view-version": {
    "version-id": 1,
    "timestamp-ms": Date.now(),
    "schema-id": 0,
    summary: { engine: "bench", id: randomUUID() },
    "default-catalog": catalogs.producer,
    "default-namespace": ["bench_views"],
    representations: [
      {
        type: "sql",
        dialect: "trino",
        sql: `SELECT id, name FROM ${catalogs.producer}.bench_tables.t${number % TABLES}`,
      },
    ],
  },
  properties: {},
});
