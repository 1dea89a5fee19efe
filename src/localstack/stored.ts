import { readFile } from "node:fs/promises";
import type { ZodType } from "zod";

/** A JSON file of ours. One that is not there, damaged or of another shape counts as none. */
export async function readStored<T>(path: string, schema: ZodType<T>): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return undefined;
  }
}
