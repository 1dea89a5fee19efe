import { hostname } from "node:os";
import { z } from "zod";
import { PipelineError } from "../../src/core/errors.js";
import { createNessieRecords } from "../../src/nessie/records.js";
import { createFileRecords } from "../../src/state/files.js";
import type { RecordStore } from "../../src/state/ports.js";
import { createStateStore } from "../../src/state/store.js";
import { day, storedEntry } from "./restatement-plans.js";

const place = z.union([z.object({ folder: z.string() }), z.object({ uri: z.string(), branch: z.string() })]);
export type Place = z.infer<typeof place>;

const job = z.object({ place, run: z.string(), ttl: z.number(), wait: z.number() });
export type WriterJob = z.infer<typeof job>;

export const recordsAt = (at: Place): RecordStore =>
  "folder" in at ? createFileRecords(at) : createNessieRecords(at);

/**
 * Takes the lease and journals entry after entry until it is killed or has lost the lease. Says on stdout: `acquired`,
 * `stored N` once the N-th entry is written, and the code of the error that ends it.
 */
export async function writeUntilTheEnd(text: string): Promise<void> {
  const { place: at, run, ttl, wait } = job.parse(JSON.parse(text));
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const store = createStateStore({ records: recordsAt(at), ttlMilliseconds: ttl, keepRuns: 10 });
  try {
    const lease = await store.acquire({
      scope: "oso/trino",
      holder: {
        run,
        by: { name: "alice", from: "login" },
        host: hostname(),
        pid: process.pid,
        since: new Date().toISOString(),
      },
      wait,
      report: () => undefined,
      signal: new AbortController().signal,
    });
    say("acquired");
    for (let n = 0; ; n += 1) {
      lease.append("shared", storedEntry(run, day(n)));
      await lease.flush();
      say(`stored ${n + 1}`);
    }
  } catch (thrown) {
    say(thrown instanceof PipelineError ? thrown.code : String(thrown));
  }
}
