import { nothingTold } from "../notify/memory.js";
import type { AlertMemory } from "../notify/ports.js";
import type { RecordStore } from "./ports.js";
import { decode, encode } from "./records.js";
import { tried } from "./tried.js";

const KEY = "alerts/memory";

/** What alerts were sent, as one record of any store that can compare and swap: commands that end at once lose nothing. */
export function alertMemory(records: RecordStore): AlertMemory {
  const { place } = records;
  return {
    async read() {
      const stored = await records.read(KEY);
      return stored === null ? nothingTold : decode("alerts", place, stored);
    },

    async change(change) {
      for (;;) {
        const stored = await records.read(KEY);
        const before = stored === null ? nothingTold : decode("alerts", place, stored);
        const after = change(before);
        if (JSON.stringify(after) === JSON.stringify(before)) return;
        const value = encode("alerts", after);
        if (await tried(async () => records.write(KEY, value, stored?.version ?? null))) return;
      }
    },
  };
}
