import { PipelineError } from "../core/errors.js";
import { didYouMean } from "../core/nearest.js";
import { few } from "../core/words.js";
import type { RunRecord } from "./runs.js";

/**
 * `20261121-142051-3f9a`: sorts by start, in UTC.
 * @param random from 0 up to, not including, 1
 */
export function newRunId(now: Date, random: () => number): string {
  const [date = "", time = ""] = now.toISOString().split("T");
  const digits = Math.floor(random() * 0x1_0000)
    .toString(16)
    .padStart(4, "0");
  return `${date.replaceAll("-", "")}-${time.slice(0, 8).replaceAll(":", "")}-${digits}`;
}

/**
 * The run with this id, or the only one whose id starts so.
 * @throws PipelineError RUN_UNKNOWN, naming those that are meant perhaps
 */
export function findRun(runs: readonly RunRecord[], asked: string): RunRecord {
  const wanted = asked.trim().toLowerCase();
  const exact = runs.find(({ id }) => id === wanted);
  if (exact) return exact;
  const starting = wanted === "" ? [] : runs.filter(({ id }) => id.startsWith(wanted));
  const [only, another] = starting;
  if (only && !another) return only;
  const ids = starting.map(({ id }) => id);
  if (only) {
    throw new PipelineError("RUN_UNKNOWN", {
      message: `several runs start with ${asked}`,
      hint: `name one of ${few(ids)}`,
    });
  }
  throw new PipelineError("RUN_UNKNOWN", {
    message: `there is no run ${asked}`,
    hint:
      didYouMean(
        wanted,
        runs.map(({ id }) => id),
      ) ?? "`oso-pipeline runs` lists the runs there are",
  });
}
