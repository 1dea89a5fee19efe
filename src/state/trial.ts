import { randomUUID } from "node:crypto";
import { PipelineError } from "../core/errors.js";
import type { StateTrial } from "../doctor/ports.js";
import type { RecordStore } from "./ports.js";

/** Of records that mean nothing to anybody. */
const KEYS = "doctor/";

/** Tries whether records can be written, by one that nobody else reads. */
export function stateTrial(records: RecordStore): StateTrial {
  return {
    place: records.place,
    async write() {
      for (const { key, version } of await records.list(KEYS)) {
        await records.remove(key, version).catch((thrown: unknown) => {
          // Another trial has removed it at the same moment.
          if (!(thrown instanceof PipelineError) || thrown.code !== "CONFLICT") throw thrown;
        });
      }
      const key = `${KEYS}${randomUUID()}`;
      await records.remove(key, await records.write(key, "{}", null));
    },
  };
}
