import { count } from "../core/words.js";
import type { EvaluationPlan } from "./ports.js";

/** `2 new models, 1 changed model, 5 models to fill`. */
export function changesInWords({ changes, backfills }: EvaluationPlan): string {
  const { added, removed, directlyModified, metadataUpdated } = changes;
  const parts: [number, string][] = [
    [added.length, "new model"],
    [directlyModified.length + metadataUpdated.length, "changed model"],
    [removed.length, "removed model"],
  ];
  const words = parts.filter(([number]) => number > 0).map(([number, what]) => count(number, what));
  if (backfills.length > 0) words.push(`${count(backfills.length, "model")} to fill`);
  return words.join(", ") || "the environment";
}
