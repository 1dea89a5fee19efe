import { formatDuration, parseDuration } from "../core/duration.js";
import { quoteLiteral } from "../core/sql.js";
import { count, few } from "../core/words.js";
import { ask } from "./asking.js";
import { fine, type Finding, unknown, warning, wrong } from "./diagnosis.js";
import type { Examination } from "./examine.js";
import { type Facts, keptOf } from "./facts.js";
import { liveName, metadataName } from "./names.js";
import type { DoctorParts } from "./ports.js";

const TIME_LIMIT = 20_000;
/** Reading manifests and a few data files of the tables that differ. */
const FILES_TIME_LIMIT = 120_000;
const DAY = 86_400_000;
/** A retention that no file outlives as long as anybody asks after it. */
const FOREVER = 3_650 * DAY;

/** What destroys the files that releases need, and whether it has. */
export function files(parts: DoctorParts, facts: Facts): readonly Examination[] {
  const { catalogs } = parts.settings;
  const asked = { needs: ["nessie", "producer-catalog"], timeLimitMilliseconds: TIME_LIMIT };
  return [
    {
      ...asked,
      name: "orphan-removal",
      looked: `remove_orphan_files on ${catalogs.producer}`,
      look: async (signal) => ofOrphanRemoval(parts, facts, signal),
    },
    {
      ...asked,
      name: "snapshot-expiry",
      looked: `expire_snapshots on ${catalogs.producer}`,
      look: async (signal) => ofExpiry(parts, facts, signal),
    },
    {
      name: "release-files",
      looked: "files of the oldest release that is kept",
      needs: ["nessie", "ledger", "producer-catalog"],
      timeLimitMilliseconds: FILES_TIME_LIMIT,
      look: async () => ofFiles(parts, facts),
    },
    {
      name: "gc-cutoff",
      looked: "the cut-off of nessie-gc",
      needs: ["ledger"],
      timeLimitMilliseconds: TIME_LIMIT,
      look: async () => ofCutoff(parts, facts),
    },
  ];
}

/**
 * EXPLAIN passes Trino's analysis and access control and removes nothing. The smallest retention is no matter of either:
 * Trino looks at it when the procedure runs (docs/facts.md).
 */
async function ofOrphanRemoval(parts: DoctorParts, facts: Facts, signal: AbortSignal): Promise<Finding> {
  const { catalogs, trino } = parts.settings;
  const table = await facts.table();
  if (table === null) return unknown("main has no table yet to ask for it");
  const name = liveName(catalogs.producer, table.name);
  const answer = await ask(
    parts,
    `EXPLAIN ALTER TABLE ${name} EXECUTE remove_orphan_files(retention_threshold => '7d')`,
    signal,
  );
  if (!("rows" in answer)) {
    return answer.refusal === "denied"
      ? fine(`remove_orphan_files is refused to ${trino.user}`)
      : unknown(`Trino does not say whether ${trino.user} may run remove_orphan_files: ${answer.said}`);
  }
  const setting = `${catalogs.producer}.remove_orphan_files_min_retention`;
  const session = await ask(parts, `SHOW SESSION LIKE ${quoteLiteral(setting)}`, signal);
  const least = "rows" in session ? session.rows.find(([known]) => known === setting)?.[1] : undefined;
  if ((parseDuration(String(least)) ?? 0) >= FOREVER)
    return fine(`remove_orphan_files is refused for files younger than ${String(least)}`);
  return warning(
    `${trino.user} may run remove_orphan_files, which deletes from ${catalogs.producer} what only releases still need`,
    `set iceberg.remove-orphan-files.min-retention=36500d for ${catalogs.producer}: Trino's file-based rules let anybody who may read a table run it (docs/maintenance.md)`,
  );
}

/** Whether Trino refuses it is no matter of rights: the table's own property forbids it. */
async function ofExpiry(parts: DoctorParts, facts: Facts, signal: AbortSignal): Promise<Finding> {
  const table = await facts.table();
  if (table === null) return unknown("main has no table yet to ask for it");
  const properties = metadataName(parts.settings.catalogs.producer, table.name, "properties");
  const answer = await ask(parts, `SELECT value FROM ${properties} WHERE key = 'gc.enabled'`, signal);
  if (!("rows" in answer)) return unknown(`the properties of ${table.name} cannot be read: ${answer.said}`);
  if (answer.rows[0]?.[0] === "false")
    return fine("expire_snapshots is refused: Nessie sets gc.enabled=false on its tables");
  return warning(
    `${table.name} lacks gc.enabled=false, so that expire_snapshots deletes what only releases still need`,
    "leave that property to Nessie's catalogue, and clean up with nessie-gc (docs/maintenance.md)",
  );
}

async function ofFiles({ files: look, settings }: DoctorParts, facts: Facts): Promise<Finding> {
  const oldest = keptOf(await facts.releases()).at(-1);
  if (oldest === undefined) return fine("no release is kept yet");
  const answer = await facts.byHash(settings.catalogs.producer);
  if (answer === null || !("rows" in answer))
    return unknown('whether files are gone cannot be told where Trino does not read "table#<commit>"');
  const { number, sealed } = oldest;
  const { tables, looked, isAll } = await look.unreadable(sealed, (await facts.main()).hash);
  if (looked === 0) return fine(`release ${number} has no table that main has not alike`);
  const which = isAll ? count(looked, "table") : `the first ${count(looked, "table")}`;
  const [first] = tables;
  if (first === undefined)
    return fine(`release ${number}: ${which} of it that main has otherwise can be read`);
  return wrong(
    "FILES_MISSING",
    `release ${number} cannot be read any more: files of ${count(tables.length, "table")} are gone: ${few(tables.map(({ table }) => table))} (${first.error})`,
    "find out what deletes files, and stop that (docs/maintenance.md); newer releases may be whole: `oso-pipeline rollback N --dry-run`",
  );
}

async function ofCutoff({ now, settings }: DoctorParts, facts: Facts): Promise<Finding> {
  const { gcCutoffMilliseconds: cutoff, branch } = settings;
  if (cutoff === null) {
    return fine(
      "the cut-off of nessie-gc is not known: where one runs, release.nessie_gc_cutoff lets doctor compare it",
    );
  }
  const lost = `commits of ${branch} without a tag are lost to \`tag-consumer --to-hash\` after ${formatDays(cutoff)}`;
  const oldest = keptOf(await facts.releases()).at(-1);
  const age = oldest === undefined ? 0 : now().getTime() - Date.parse(oldest.startedAt);
  if (cutoff >= age)
    return fine(`nessie-gc cuts off at ${formatDays(cutoff)}: releases are kept by their tags, ${lost}`);
  return warning(
    `nessie-gc cuts off at ${formatDays(cutoff)}, and release ${oldest?.number} is ${formatDays(age)} old: tags keep the releases, but ${lost}`,
    "give nessie-gc a longer cut-off if commits between releases are to be published again",
  );
}

const formatDays = (milliseconds: number): string =>
  milliseconds < 2 * DAY ? formatDuration(milliseconds) : `${Math.floor(milliseconds / DAY)} days`;
