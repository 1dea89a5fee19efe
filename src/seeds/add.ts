import { PipelineError } from "../core/errors.js";
import type { Report } from "../core/events.js";
import { didYouMean } from "../core/nearest.js";
import type { Outcome } from "../core/outcome.js";
import type { TableName } from "../core/table-name.js";
import { few } from "../core/words.js";
import type { CarriedColumn } from "./carry.js";
import { differences } from "./check.js";
import { type SeedColumn, seedColumns } from "./column.js";
import { conventionsOf, definedIn } from "./conventions.js";
import { Masker } from "./mask.js";
import { namesOf, parseTable, type SeedNames } from "./names.js";
import type { Built, ProjectFiles, SeedSource, Workbench } from "./ports.js";
import { type Prepared, prepare, rowsOf, transposed } from "./prepare.js";
import { renderSeed } from "./render.js";
import type { ColumnResult, SeedDifference, SeedCheck, SeedResult } from "./result.js";
import { columnsQuery, LOOKED_AT, sample } from "./sampling.js";

export interface SeedRequest {
  readonly table: string;
  /** Of the seed, 5 to 10. */
  readonly rows: number;
  /** `<source>__<table>`; null to make it of the table's name. */
  readonly name: string | null;
  readonly owner: string | null;
  readonly categories: readonly string[];
  /** Columns that are written as they are: neither masked nor set to now. */
  readonly allowColumns: readonly string[];
  readonly leaveOut: readonly string[];
  readonly environment: string;
  readonly dryRun: boolean;
  /** Replace what is there. */
  readonly force: boolean;
}

export interface SeedParts {
  readonly source: SeedSource;
  readonly files: ProjectFiles;
  readonly workbench: Workbench;
  readonly report: Report;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Where a table without a catalog is looked for, and where SQLMesh builds. */
  readonly catalog: string;
}

export class SeedService {
  constructor(private readonly parts: SeedParts) {}

  /**
   * Makes a seed of a table: a CSV file with a few of its rows, the SEED model and a staging model, tried on SQLMesh.
   * @throws PipelineError USAGE, CONFLICT when a file or a model is there already, and what reading the table throws. From
   *   the moment the files are there, what goes wrong is the outcome's failure.
   */
  async add(request: SeedRequest): Promise<Outcome<SeedResult>> {
    const { files, report } = this.parts;
    const table = parseTable(request.table, this.parts.catalog);
    if (!request.dryRun) await this.completeEarlier();
    const definitions = await files.definitions();
    const conventions = conventionsOf(definitions);
    const names = namesOf(request.name, table, conventions);
    const isThere = await this.existing(names, (model) => definedIn(definitions, model));
    if (isThere.length > 0 && !request.force) throw alreadyThere(names, isThere);

    report({ type: "phase", phase: "load", text: `Reading ${shown(table)}` });
    const { columns, leftOut } = await this.columns(table, request);
    const { rows: candidates, queries, bytesRead } = await sample(table, columns, (sql) => this.query(sql));
    if (candidates.length === 0) {
      throw new PipelineError("USAGE", {
        message: `${shown(table)} has no rows to make a seed of`,
        hint: "load it first: a seed is made of real rows",
      });
    }
    const prepared = prepare(columns, candidates, {
      rows: request.rows,
      allowColumns: request.allowColumns,
      now: this.parts.now(),
      masker: new Masker(await files.maskKey(!request.dryRun), table.table),
    });
    const owner = request.owner ?? conventions.owner;
    const contents = renderSeed({
      names,
      conventions,
      columns: prepared.map(({ carried }) => carried),
      lowered: new Set(prepared.filter(({ isLowered }) => isLowered).map(({ column }) => column.name)),
      table: shown(table),
      owner,
      categories: request.categories,
    });
    const result: SeedResult = {
      table: shown(table),
      name: names.name,
      models: { seed: names.seedModel, staging: names.stagingModel },
      files: contents.map(({ path }) => path),
      written: !request.dryRun,
      replaced: isThere.length > 0,
      columns: prepared.map(columnResult),
      rows: transposed(
        prepared.map(({ carried, cells }) => (carried.form === "value" ? carried.cells : cells)),
      ),
      leftOut,
      cost: { queries: queries + 1, candidates: candidates.length, rowsAtMost: LOOKED_AT, bytesRead },
      owner,
      source: conventions.hasSourceMacro ? `@oso_source('${shown(table)}')` : shown(table),
      maskKey: files.maskKeyPath,
      check: null,
    };
    if (request.dryRun) return { result };
    await files.place(names.name, contents, request.force);
    return this.checked(result, names, prepared, request.environment);
  }

  private async completeEarlier(): Promise<void> {
    const completed = await this.parts.files.complete();
    if (completed.length === 0) return;
    const text = `an earlier \`seed add\` died while it put its files there: ${completed.join(", ")} ${completed.length === 1 ? "is" : "are"} there now`;
    this.parts.report({ type: "notice", level: "warning", text });
  }

  private query(sql: string): ReturnType<SeedSource["query"]> {
    return this.parts.source.query(sql, { signal: this.parts.signal });
  }

  /** Files in the way, and those that define models of the same names. */
  private async existing(
    names: SeedNames,
    definedBy: (model: string) => string | null,
  ): Promise<readonly string[]> {
    const paths = [names.csv, names.seedFile, names.stagingFile];
    const there = await Promise.all(
      paths.map(async (path) => ((await this.parts.files.exists(path)) ? path : null)),
    );
    const elsewhere = [names.seedModel, names.stagingModel].map(definedBy).filter((path) => path !== null);
    const foreign = elsewhere.find((path) => !paths.includes(path));
    if (foreign !== undefined) {
      throw new PipelineError("CONFLICT", {
        message: `${foreign} defines a model of the seed ${names.name} already`,
        hint: "give the seed another name with --name <source>__<table>",
      });
    }
    return there.filter((path) => path !== null);
  }

  private async columns(
    table: TableName,
    { leaveOut, allowColumns }: SeedRequest,
  ): Promise<{ columns: readonly SeedColumn[]; leftOut: readonly string[] }> {
    const { columns } = await this.query(columnsQuery(table));
    const known = columns.map(({ name }) => name);
    refuseUnknown([...leaveOut, ...allowColumns], known, table);
    // dlt's own columns say when a row was loaded; OSO's seeds never have them.
    const leftOut = known.filter((name) => leaveOut.includes(name) || name.startsWith("_dlt_"));
    const kept = columns.filter(({ name }) => !leftOut.includes(name));
    if (kept.length === 0) {
      throw new PipelineError("USAGE", {
        message: `of ${shown(table)} no column is left`,
        hint: "leave out fewer columns",
      });
    }
    return { columns: seedColumns(shown(table), kept), leftOut };
  }

  /** Tries the files that are there on SQLMesh, and looks at what comes back. */
  private async checked(
    result: SeedResult,
    names: SeedNames,
    prepared: readonly Prepared[],
    environment: string,
  ): Promise<Outcome<SeedResult>> {
    const { workbench, report } = this.parts;
    report({
      type: "phase",
      phase: "run",
      text: `Building ${names.seedModel} and ${names.stagingModel} in ${environment}`,
    });
    try {
      const built = await workbench.build([names.seedModel, names.stagingModel], environment);
      const check = await this.compared(built, names, prepared, environment);
      const failure = failureOf(check, names, result.files);
      return { result: { ...result, check }, ...(failure ? { failure } : {}) };
    } catch (thrown) {
      if (!(thrown instanceof PipelineError)) throw thrown;
      return { result, failure: triedInVain(thrown, result.files, environment) };
    }
  }

  private async compared(
    built: Built,
    names: SeedNames,
    prepared: readonly Prepared[],
    environment: string,
  ): Promise<SeedCheck> {
    const { source, catalog, signal } = this.parts;
    const { failures, skipped, sqlmeshVersion, tables } = built;
    const base = { environment, sqlmeshVersion, failures, skipped };
    if (failures.length + skipped.length > 0) return { ...base, status: "failed", differences: [] };
    const asStored = prepared.filter(({ carried, column }) => isAsRead(carried, column));
    const wanted = [
      { model: names.seedModel, of: asStored, rows: transposed(asStored.map(({ cells }) => cells)) },
      { model: names.stagingModel, of: prepared, rows: rowsOf(prepared) },
    ];
    const found: SeedDifference[] = [];
    let isCompared = false;
    for (const { model, of, rows } of wanted) {
      const table = tables.get(model);
      if (table === undefined || of.length === 0) continue;
      isCompared = true;
      const columns = of.map(({ column }) => column);
      found.push(...(await differences({ model, table, columns, rows }, catalog, source, signal)));
    }
    const status = found.length > 0 ? "failed" : isCompared ? "passed" : "unchanged";
    return { ...base, status, differences: found };
  }
}

/** Whether the SEED model itself holds what was read. */
const isAsRead = ({ seedType, form }: CarriedColumn, { target, family }: SeedColumn): boolean =>
  form === "value" && (seedType === target || family === "text");

const columnResult = ({ column, carried, masked, isNow }: Prepared): ColumnResult => ({
  name: column.name,
  type: column.type,
  family: column.family,
  seedType: carried.seedType,
  form: carried.form,
  stagingType: column.target,
  masked,
  isNow,
});

function failureOf(check: SeedCheck, names: SeedNames, files: readonly string[]): PipelineError | null {
  const [failed] = check.failures;
  if (failed) {
    return new PipelineError("TRANSFORMATION_FAILED", {
      message: `SQLMesh could not build ${failed.model} in ${check.environment}: ${failed.message}`,
      hint: mendIt(files, check.environment),
    });
  }
  const [different] = check.differences;
  if (!different) return null;
  const { model, column, wanted, got } = different;
  return new PipelineError("CHECKS_FAILED", {
    message: `${model} does not bring back what was read: ${column} is ${valueText(got)} instead of ${valueText(wanted)}`,
    hint: `look at ${column} in ${files[0]} and in ${names.stagingModel}, or leave it out with --force --leave-out ${column}`,
  });
}

const valueText = (cell: string | null): string => (cell === null ? "NULL" : `'${cell.slice(0, 80)}'`);

const mendIt = (files: readonly string[], environment: string): string =>
  `the files are there: mend ${files.slice(1).join(" or ")} and type \`oso-pipeline run --environment ${environment}\`, or make them anew with --force`;

/** The same error, with what has become of the files. */
const triedInVain = (error: PipelineError, files: readonly string[], environment: string): PipelineError =>
  new PipelineError(error.code, {
    message: error.message,
    where: error.where,
    hint: [error.hint, mendIt(files, environment)].filter(Boolean).join("; "),
    cause: error,
  });

function alreadyThere(names: SeedNames, paths: readonly string[]): PipelineError {
  return new PipelineError("CONFLICT", {
    message: `the seed ${names.name} is there already: ${paths.join(", ")}`,
    hint: "replace it with --force, or give this one another name with --name <source>__<table>",
  });
}

function refuseUnknown(asked: readonly string[], known: readonly string[], table: TableName): void {
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new PipelineError("USAGE", {
    message: `${shown(table)} has no column ${unknown}`,
    hint: didYouMean(unknown, known) ?? `it has ${few(known, 12)}`,
  });
}

const shown = ({ catalog, schema, table }: TableName): string => `${catalog}.${schema}.${table}`;
