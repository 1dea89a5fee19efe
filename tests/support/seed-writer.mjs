// Puts seeds into a project one after the other until it is killed: node seed-writer.mjs PROJECT
import { join } from "node:path";
import { runnerImport } from "vite";

const { module } = await runnerImport(join(import.meta.dirname, "seed-writer.ts"));
await module.placeWithoutEnd(process.argv[2]);
