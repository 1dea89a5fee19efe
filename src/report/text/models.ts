import type { Model } from "../../core/model.js";
import type { Terminal } from "../terminal.js";
import { table } from "./table.js";
import { count } from "../../core/words.js";

export function renderModels(models: readonly Model[], terminal: Terminal): string {
  const rows = models.map(({ name, kind, categories, cron, tags }) => [
    name,
    kind,
    categories.join(", "),
    cron,
    tags.filter((tag) => !tag.startsWith("entity_category=")).join(", "),
  ]);
  return [
    table(
      [
        { title: "model" },
        { title: "kind" },
        { title: "category" },
        { title: "cadence" },
        { title: "tags", yields: true },
      ],
      rows,
      terminal,
    ),
    count(models.length, "model"),
  ].join("\n\n");
}
