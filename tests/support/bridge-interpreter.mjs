#!/usr/bin/env node
// Stands in for the Python interpreter that `startBridge` is given: `-B -X utf8 <program> <requests fd> <replies fd>`.
// FAKE_BRIDGE says how to misbehave, or `replay <file>`, or `record <file> <python>`.
import { spawn } from "node:child_process";
import { appendFileSync, createReadStream, createWriteStream, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [behaviour, ...rest] = (process.env.FAKE_BRIDGE ?? "").split(" ");
const requests = createInterface({ input: createReadStream("", { fd: 3 }) });
const replies = createWriteStream("", { fd: 4 });
const write = (text) => replies.write(text);
const send = (message) => write(`${JSON.stringify(message)}\n`);

const hello = {
  protocol: Number(process.env.FAKE_PROTOCOL ?? 3),
  python: "3.11.7",
  executable: "/fake/python",
  sqlmesh: process.env.FAKE_SQLMESH === "none" ? null : (process.env.FAKE_SQLMESH ?? "0.236.4"),
  sqlglot: "30.8.0",
};
const loaded = { project: "", trino_user: null, gateway: "local", models: [], environments: ["prod"] };

/** What each behaviour does with a request after the greeting; the greeting is answered unless it is listed. */
const onLoad = {
  crash: () => process.kill(process.pid, "SIGSEGV"),
  exit: () => {
    process.stderr.write("Traceback (most recent call last):\nMemoryError: no more memory\n");
    process.exit(3);
  },
  "broken-line": () => write('{"id": 2, "resul\n'),
  "not-json": () => write("Loading models... 10%\n"),
  "foreign-id": () => send({ id: 4711, result: loaded }),
  "wrong-shape": (id) => send({ id, result: { trino_user: null, gateway: "local" } }),
  "unknown-event": (id) => {
    send({ event: "from-a-later-version", facts: [1, 2, 3] });
    send({ id, result: loaded });
  },
  "odd-event": () => send({ event: "batch-finished", batch: { model: "lab.daily" } }),
  silence: () => undefined,
  beats: (id) => {
    // Slower than the silence that is borne, but with signs of life.
    const beat = setInterval(() => send({ event: "alive" }), 20);
    setTimeout(() => {
      clearInterval(beat);
      send({ id, result: loaded });
    }, 3_000);
  },
  prints: (id) => {
    process.stdout.write('{"id": 2, "result": "printed by a model"}\n');
    process.stderr.write("a warning\n");
    send({ id, result: loaded });
  },
  "forked-child": (id) => {
    // Holds both pipes beyond the end of its parent.
    spawn("sleep", ["30"], { stdio: ["ignore", "ignore", "ignore", 3, 4] });
    send({ id, result: loaded });
  },
  environment: (id) => {
    send({ id, result: { ...loaded, trino_user: null, gateway: JSON.stringify(process.env) } });
  },
  cancellable: () => undefined,
  // Works until it is permitted to write, then ends as a bridge does that is permitted no more.
  permitted: () => undefined,
  deaf: (id) => send({ id, result: loaded }),
};

function misbehave() {
  if (behaviour === "exits-at-start") process.exit(1);
  if (behaviour === "deaf" || behaviour === "silence") process.on("SIGTERM", () => undefined);
  if (behaviour === "hangs-at-start" || behaviour === "deaf") setInterval(() => undefined, 1000);
  requests.on("line", (line) => {
    const { id, method, params } = JSON.parse(line);
    if (behaviour === "hangs-at-start") return;
    if (method === "hello") send({ id, result: hello });
    else if (method === "cancel" && behaviour === "cancellable") {
      send({
        id: params.request,
        error: { code: "INTERRUPTED", message: "interrupted", hint: null, where: null },
      });
    } else if (method === "permit") {
      if (behaviour === "permitted") {
        process.stderr.write(`permitted for ${params.milliseconds}, said at ${params.sent_at}\n`);
        send({ event: "lease-lost" });
        replies.end(() => process.kill(process.pid, "SIGKILL"));
      }
    } else if (method === "close") {
      if (behaviour === "deaf") return;
      send({ id, result: {} });
      process.exit(0);
    } else if (behaviour === "refuse") {
      send({ id, error: JSON.parse(process.env.FAKE_ERROR ?? "{}") });
    } else onLoad[behaviour](id);
  });
  requests.on("close", () => {
    if (!["deaf", "silence"].includes(behaviour)) process.exit(0);
  });
}

/** Answers with what the real bridge answered; a request that was not recorded next ends the replay. */
function replay(file) {
  const recorded = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  requests.on("line", (line) => {
    const asked = JSON.parse(line);
    const next = recorded.shift();
    if (next?.request?.method !== asked.method || next.request.id !== asked.id) {
      process.stderr.write(`not recorded: ${line}\n`);
      process.exit(9);
    }
    while (recorded[0]?.reply) send(recorded.shift().reply);
    if (asked.method === "close") process.exit(0);
  });
}

/** Runs the real interpreter and writes down what passes, without the paths and plan ids of this machine. */
function record(file, python) {
  writeFileSync(file, "");
  const child = spawn(python, process.argv.slice(2), {
    stdio: ["ignore", "inherit", "inherit", "pipe", "pipe"],
  });
  const keep = (message) => {
    const text = JSON.stringify(message)
      .replaceAll(python, "/environment/bin/python")
      .replaceAll(process.cwd(), "/project")
      .replaceAll(/\b[0-9a-f]{32}\b/g, "0123456789abcdef0123456789abcdef");
    appendFileSync(file, `${text}\n`);
  };
  requests.on("line", (line) => {
    keep({ request: JSON.parse(line) });
    child.stdio[3].write(`${line}\n`);
  });
  requests.on("close", () => child.stdio[3].end());
  createInterface({ input: child.stdio[4] }).on("line", (line) => {
    const reply = JSON.parse(line);
    if (reply.event !== "alive") keep({ reply });
    write(`${line}\n`);
  });
  child.on("exit", (code) => process.exit(code ?? 1));
}

if (behaviour === "replay") replay(rest[0]);
else if (behaviour === "record") record(rest[0], rest[1]);
else misbehave();
