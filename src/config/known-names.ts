import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Names that were seen last, so that a shell can complete them without asking anybody. */
export interface KnownNames {
  readonly models: readonly string[];
  readonly categories: readonly string[];
  readonly runs: readonly string[];
  readonly releases: readonly string[];
  /** When they were asked for; milliseconds since the epoch. */
  readonly runsAt: number;
  readonly releasesAt: number;
}

const none: KnownNames = { models: [], categories: [], runs: [], releases: [], runsAt: 0, releasesAt: 0 };

/** Beside the configuration; whatever is wrong with it, it may be removed at any time. */
const fileBeside = (configFile: string): string => join(dirname(configFile), ".oso-pipeline", "names.json");

/** Nothing where there is no such file, or no sense in it. Reads no schema: it has a tenth of a second. */
export async function knownNames(configFile: string): Promise<KnownNames> {
  try {
    const read: unknown = JSON.parse(await readFile(fileBeside(configFile), "utf8"));
    if (typeof read !== "object" || read === null) return none;
    const found = new Map(Object.entries(read));
    const list = (key: string): string[] => {
      const value: unknown = found.get(key);
      return Array.isArray(value) ? value.filter((name) => typeof name === "string") : [];
    };
    const moment = (key: string): number => {
      const value: unknown = found.get(key);
      return typeof value === "number" ? value : 0;
    };
    return {
      models: list("models"),
      categories: list("categories"),
      runs: list("runs"),
      releases: list("releases"),
      runsAt: moment("runsAt"),
      releasesAt: moment("releasesAt"),
    };
  } catch {
    return none;
  }
}

/** Keeps what is known of the rest. Where it cannot be written, nothing is: names are a convenience. */
export async function rememberNames(configFile: string, seen: Partial<KnownNames>): Promise<void> {
  const before = await knownNames(configFile);
  const text = JSON.stringify({ ...before, ...seen });
  if (text === JSON.stringify(before)) return;
  const file = fileBeside(configFile);
  try {
    const { default: writeFileAtomic } = await import("write-file-atomic");
    await mkdir(dirname(file), { recursive: true });
    await writeFileAtomic(file, text);
  } catch {
    // A folder that may not be written to has no completion of names.
  }
}
