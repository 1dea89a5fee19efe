import { ReadableFiles, type ReadableParts } from "../release/readable.js";
import type { FileLook } from "./ports.js";

/** Tables looked at: enough to notice a clean-up of the bucket, and soon done. */
const MOST_TABLES = 100;

/** Looks for missing files as going back does, in the first tables only. */
export function fileLook(parts: ReadableParts, most = MOST_TABLES): FileLook {
  return {
    async unreadable(at, other) {
      let looked = 0;
      const { comparison } = parts;
      const files = new ReadableFiles({
        ...parts,
        comparison: {
          kinds: async (hash, names) => comparison.kinds(hash, names),
          facts: async (hash, kind, name) => comparison.facts(hash, kind, name),
          async *changes(from, to) {
            for await (const page of comparison.changes(from, to)) {
              const tables = page.filter((change) => change.to?.kind === "table").slice(0, most - looked);
              looked += tables.length;
              yield tables;
              if (looked === most) return;
            }
          },
        },
      });
      const tables = await files.unreadable(at, other);
      return { tables, looked, isAll: looked < most };
    },
  };
}
