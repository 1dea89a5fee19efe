// Runs state-writer.ts in a process of its own: node state-writer.mjs JOB
import { join } from "node:path";
import { runnerImport } from "vite";

const { module } = await runnerImport(join(import.meta.dirname, "state-writer.ts"));
await module.writeUntilTheEnd(process.argv[2]);
