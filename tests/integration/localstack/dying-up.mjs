// Runs dying-up.ts in a process of its own: node dying-up.mjs JOB
import { join } from "node:path";
import { runnerImport } from "vite";

const { module } = await runnerImport(join(import.meta.dirname, "dying-up.ts"));
await module.bringUpAndDie(process.argv[2]);
