import type { SurveyedModel } from "./ports.js";

/** A check that the models speak for, in the words of the configuration. */
export interface ProposedCheck {
  readonly check: "row_count" | "unique" | "not_null" | "accepted_values" | "freshness";
  readonly select: readonly string[];
  readonly category: readonly string[];
  /** What the check takes besides: `columns`, `column`, `values`, `min`, `max_age`. */
  readonly settings: Readonly<Record<string, string | number | readonly (string | number)[]>>;
  readonly severity: "fail" | "warn";
}

const HOUR = 3_600;
const DAY = 24 * HOUR;

/**
 * What keys, references, time columns and audits say must hold. Models that say the same share a check. Checks that a
 * model's own words do not make certain, freshness and references, only warn.
 */
export function proposeChecks(all: readonly SurveyedModel[]): readonly ProposedCheck[] {
  const models = all.filter(({ kind }) => kind !== "EXTERNAL");
  return grouped([
    ...rowCounts(models),
    ...models.flatMap(keys),
    ...models.flatMap(notNull),
    ...models.flatMap(acceptedValues),
    ...models.flatMap(references),
    ...models.flatMap(freshness),
  ]);
}

const of = (
  { name }: SurveyedModel,
  check: ProposedCheck["check"],
  settings: ProposedCheck["settings"],
  severity: ProposedCheck["severity"] = "fail",
): ProposedCheck => ({ check, select: [name], category: [], settings, severity });

/** Of the models that count most: those of the entity categories, else those that no other model reads. */
function rowCounts(models: readonly SurveyedModel[]): readonly ProposedCheck[] {
  const settings = { min: 1 };
  const category = [...new Set(models.flatMap(({ categories }) => categories))].toSorted();
  if (category.length > 0) return [{ check: "row_count", select: [], category, settings, severity: "fail" }];
  const read = new Set(
    models.flatMap(({ name, dependsOn }) => dependsOn.filter((parent) => parent !== name)),
  );
  return models.filter(({ name }) => !read.has(name)).map((model) => of(model, "row_count", settings));
}

const keys = (model: SurveyedModel): readonly ProposedCheck[] =>
  model.keys.map((columns) => of(model, "unique", { columns }));

const mustNotBeNull = ({ keys: all, notNull: named }: SurveyedModel): readonly string[] => [
  ...new Set([...all.flat(), ...named]),
];

function notNull(model: SurveyedModel): readonly ProposedCheck[] {
  const columns = mustNotBeNull(model);
  return columns.length === 0 ? [] : [of(model, "not_null", { columns })];
}

const acceptedValues = (model: SurveyedModel): readonly ProposedCheck[] =>
  model.acceptedValues.map(({ column, values }) => of(model, "accepted_values", { column, values }));

/** A reference may be empty with good reason. */
function references(model: SurveyedModel): readonly ProposedCheck[] {
  const sure = mustNotBeNull(model);
  const columns = model.references.filter((column) => !sure.includes(column));
  return columns.length === 0 ? [] : [of(model, "not_null", { columns }, "warn")];
}

function freshness(model: SurveyedModel): readonly ProposedCheck[] {
  const { timeColumn, timeIsTemporal, cadenceSeconds } = model;
  if (timeColumn === null || timeIsTemporal !== true || cadenceSeconds === null) return [];
  return [of(model, "freshness", { column: timeColumn, max_age: maxAge(cadenceSeconds) }, "warn")];
}

/**
 * A run may be missed once. The newest value of a date column lies a day back when its last run is over, for that day
 * has ended and the column says when it began.
 */
export function maxAge(cadenceSeconds: number): string {
  if (cadenceSeconds < DAY) return `${Math.max(2, Math.ceil((2 * cadenceSeconds) / HOUR)) + 1}h`;
  return `${Math.ceil((2 * cadenceSeconds) / DAY) + 1}d`;
}

/** One check for all models of which the same is said, in the order in which it is first said. */
function grouped(checks: readonly ProposedCheck[]): readonly ProposedCheck[] {
  const groups = new Map<string, ProposedCheck>();
  for (const check of checks) {
    const said = JSON.stringify([check.check, check.settings, check.severity, check.category]);
    const known = groups.get(said);
    groups.set(said, known ? { ...known, select: [...known.select, ...check.select] } : check);
  }
  return [...groups.values()];
}
