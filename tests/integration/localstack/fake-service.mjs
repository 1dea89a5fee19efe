// Stands in for a service of the stack: listens on a port, and misbehaves as it is told.
//   node fake-service.mjs MARKER PORT [--ready-when FILE] [--die MESSAGE] [--ignore-term]
import { existsSync } from "node:fs";
import { createServer } from "node:http";

const [, port, ...flags] = process.argv.slice(2);
const after = (flag) => (flags.includes(flag) ? flags[flags.indexOf(flag) + 1] : undefined);

const message = after("--die");
if (message !== undefined) {
  process.stderr.write(`starting\n${message}\n`);
  process.exit(1);
}
if (flags.includes("--ignore-term")) process.on("SIGTERM", () => process.stdout.write("asked to end\n"));

const gate = after("--ready-when");
createServer((_, reply) => {
  reply.writeHead(gate === undefined || existsSync(gate) ? 200 : 503).end(String(process.pid));
}).listen(Number(port), "127.0.0.1");
