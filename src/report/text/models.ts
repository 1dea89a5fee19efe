import { short } from "../../core/commit.js";
import type { Model } from "../../core/model.js";
import { count } from "../../core/words.js";
import type { PhysicalNames } from "../../release/history.js";
import type { Terminal } from "../terminal.js";
import { sections, wrapped } from "./layout.js";
import { kindInWords } from "./restatement-plan.js";
import { table } from "./table.js";

export function renderModels(models: readonly Model[], terminal: Terminal): string {
  const rows = models.map(({ name, kind, categories, cron, tags }) => [
    name,
    kindInWords(kind),
    cron,
    categories.join(", "),
    tags.filter((tag) => !tag.startsWith("entity_category=")).join(", "),
  ]);
  return [
    table(
      [
        { title: "model" },
        { title: "kind" },
        { title: "cadence" },
        { title: "category", yields: true, spare: true, prose: true },
        { title: "tags", yields: true, spare: true, prose: true },
      ],
      rows,
      terminal,
    ),
    count(models.length, "model"),
  ].join("\n\n");
}

/** Names to be copied are never cut: where both do not fit beside each other, they stand one below the other. */
export function renderPhysicalNames({ at, seen, models }: PhysicalNames, terminal: Terminal): string {
  const { chalk, columns } = terminal;
  if (models.length === 0) return "There is no table and no view.";
  const tables = models.flatMap(({ name, query }) => (query === null ? [] : [[name, query] as const]));
  const views = models.filter(({ query }) => query === null).map(({ name }) => name);
  const width = (index: 0 | 1): number => Math.max(0, ...tables.map((row) => row[index].length));
  const release = at.release === null ? "" : `, release ${at.release}`;
  return sections(
    wrapped(`Tables behind models at ${short(at.base)}${release}`, terminal),
    width(0) + width(1) + 4 <= columns
      ? table([{ title: "model" }, { title: "query it as" }], tables, terminal)
      : tables.map(([name, query]) => `${name}\n  ${query}`).join("\n"),
    views.length === 0
      ? ""
      : [
          chalk.dim("Views, which have no table: query them by their names"),
          wrapped(views.join(", "), terminal, 2),
        ].join("\n"),
    wrapped(
      chalk.dim(
        seen
          ? "The next release may have another table behind a model: look again then, or ask with --json for the names that hold for this release alone."
          : `Readers do not see this now: the names mean it with "#${short(at.at)}…" at their end, as --json gives them.`,
      ),
      terminal,
    ),
  );
}
