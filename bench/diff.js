// `oso-pipeline diff` of catalogues of several sizes, whole processes from outside. The catalogues are made up: contents
// that are put into a branch of the real Nessie, without metadata files, so that a close look at one costs a request and
// finds nothing.
import { spawnSync } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median, seconds, table } from "./table.js";

const SIZES = [1_000, 10_000];
const FEW = 20;
const ROUNDS = 5;
const PER_COMMIT = 1_000;

/** @param {import("./stack.js").Stack} stack */
export async function diff({ environment, nessie, ours }) {
  const results = [];
  for (const tables of SIZES) {
    const name = `oso-pipeline-bench-${randomBytes(4).toString("hex")}`;
    const branch = new Branch(nessie, name);
    try {
      await branch.create();
      const all = Array.from({ length: tables }, (_, index) => index);
      const before = await branch.commit(all, 1);
      await branch.createTag(before);
      const few = await branch.commit(
        all.filter((index) => index % (tables / FEW) === 0),
        2,
      );
      const many = await branch.commit(all, 3);
      const settings = {
        OSO_PIPELINE__NESSIE__BRANCH: name,
        OSO_PIPELINE__NESSIE__CONSUMER_TAG: branch.tag,
        OSO_PIPELINE__STATE__STORE: "file",
        OSO_PIPELINE__STATE__FOLDER: join(tmpdir(), name),
      };
      const measure = (changed, ...args) => ({
        tables,
        changed,
        ...measured([...ours, "diff", ...args], { ...environment, ...settings }, changed),
      });
      results.push(measure(FEW, "consumer", few), measure(tables, "consumer", many));
    } finally {
      await branch.remove();
    }
  }
  return results;
}

function measured([command, ...args], environment, differences) {
  const told = `--import=${join(import.meta.dirname, "told-memory.js")}`;
  const runs = Array.from({ length: ROUNDS }, () => {
    const startedAt = performance.now();
    const options = { env: environment, encoding: "utf8", maxBuffer: 2 ** 28 };
    const { status, stdout, stderr } = spawnSync(command, [told, ...args, "--json"], options);
    const milliseconds = performance.now() - startedAt;
    const [, megabytes, cpuMilliseconds] = /TOLD (\S+) (\S+)/.exec(stderr) ?? [];
    if (status !== 0) throw new Error(`diff ended with ${status}\n${stderr}`);
    const found = JSON.parse(stdout).result.differences.length;
    if (found !== differences) throw new Error(`diff found ${found} differences of ${differences}`);
    return { milliseconds, megabytes: Number(megabytes), cpuMilliseconds: Number(cpuMilliseconds) };
  });
  const of = (what) => median(runs.map((run) => run[what]));
  return {
    milliseconds: of("milliseconds"),
    cpuMilliseconds: of("cpuMilliseconds"),
    megabytes: Math.max(...runs.map(({ megabytes }) => megabytes)),
  };
}

export const renderDiff = (results) =>
  table([
    ["diff of tables", "changed", "wall s", "CPU s", "peak MB"],
    ...results.map((one) => [
      String(one.tables),
      String(one.changed),
      seconds(one.milliseconds),
      seconds(one.cpuMilliseconds),
      one.megabytes.toFixed(0),
    ]),
  ]);

/** Half of its tables stand for themselves, half are behind the view of a model. */
class Branch {
  #head;
  #ids = new Map();

  constructor(nessie, name) {
    this.nessie = nessie;
    this.name = name;
    this.tag = `${name}-consumer`;
  }

  async create() {
    const { noAncestorHash } = await this.#ask("GET", "/config");
    const root = { type: "BRANCH", name: "main", hash: noAncestorHash };
    await this.#ask("POST", `/trees?name=${this.name}&type=BRANCH`, root);
    this.#head = noAncestorHash;
    const schemas = ["bench", "sqlmesh__bench"].map((schema) =>
      put([schema], { type: "NAMESPACE", elements: [schema] }),
    );
    await this.#commit(schemas);
  }

  async createTag(hash) {
    await this.#ask("POST", `/trees?name=${this.tag}&type=TAG`, { type: "BRANCH", name: this.name, hash });
  }

  /** Gives tables another content; views are made with the first of it. */
  async commit(indices, version) {
    const operations = indices.flatMap((index) => {
      const model = `model_${String(index).padStart(5, "0")}`;
      if (index % 2 === 0) return [this.#table(["bench", model], version)];
      const physical = this.#table(["sqlmesh__bench", `bench__${model}__${1_000_000 + index}`], version);
      return version === 1 ? [physical, put(["bench", model], view(model))] : [physical];
    });
    for (let start = 0; start < operations.length; start += PER_COMMIT) {
      await this.#commit(operations.slice(start, start + PER_COMMIT));
    }
    return this.#head;
  }

  async remove() {
    for (const [name, type] of [
      [this.tag, "TAG"],
      [this.name, "BRANCH"],
    ]) {
      const found = await fetch(`${this.nessie}/trees/${name}`);
      if (!found.ok) continue;
      const { reference } = await found.json();
      await this.#ask("DELETE", `/trees/${name}@${reference.hash}?type=${type}`);
    }
  }

  #table(elements, version) {
    const key = elements.join(".");
    const id = this.#ids.get(key);
    return put(elements, {
      type: "ICEBERG_TABLE",
      ...(id === undefined ? {} : { id }),
      metadataLocation: `s3://lake/bench/${key}/metadata/0000${version}-${randomUUID()}.metadata.json`,
      snapshotId: 2 ** 40 * version + this.#ids.size,
      schemaId: 0,
      specId: 0,
      sortOrderId: 0,
    });
  }

  async #commit(operations) {
    const path = `/trees/${this.name}@${this.#head}/history/commit`;
    const body = { commitMeta: { message: "made up to be compared" }, operations };
    const { targetBranch, addedContents } = await this.#ask("POST", path, body);
    for (const { key, contentId } of addedContents ?? []) this.#ids.set(key.elements.join("."), contentId);
    this.#head = targetBranch.hash;
  }

  async #ask(method, path, body) {
    const options = { method, headers: { "content-type": "application/json" } };
    const reply = await fetch(
      `${this.nessie}${path}`,
      body === undefined ? options : { ...options, body: JSON.stringify(body) },
    );
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
    return reply.json();
  }
}

const put = (elements, content) => ({ type: "PUT", key: { elements }, content });

const view = (model) => ({
  type: "ICEBERG_VIEW",
  metadataLocation: `s3://lake/bench/${model}/metadata/00001-${randomUUID()}.metadata.json`,
  versionId: 1,
  schemaId: 0,
});
