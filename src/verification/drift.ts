import { formatDuration } from "../core/duration.js";
import type { DriftRule, FigureDriftRule, SchemaDriftRule, Severity, Threshold } from "./check.js";
import type { CompiledCheck, Finding, Impossible } from "./compile.js";
import { type Figure, type Measure, number, type Spelling } from "./measure.js";
import type { Shape } from "./shape.js";

/**
 * Compiles a comparison with the model as readers see it today. What readers do not see yet, model or column, has not
 * drifted.
 */
export function compileDrift(
  check: DriftRule,
  shape: Shape,
  baseline: Shape | null,
): CompiledCheck | Impossible {
  return check.metric === "schema"
    ? schemaDrift(check, shape, baseline)
    : figureDrift(check, shape, baseline);
}

function schemaDrift(rule: SchemaDriftRule, { columns: now }: Shape, baseline: Shape | null): CompiledCheck {
  const before = baseline?.columns ?? now;
  const changes = [
    ...[...now.keys()]
      .filter((name) => !before.has(name))
      .map((name) => ({ kind: "added" as const, words: `${name} added` })),
    ...[...before.keys()]
      .filter((name) => !now.has(name))
      .map((name) => ({ kind: "removed" as const, words: `${name} removed` })),
    ...[...now]
      .filter(([name, type]) => before.has(name) && before.get(name) !== type)
      .map(([name, type]) => ({
        kind: "retyped" as const,
        words: `${name} is ${type}, was ${before.get(name)}`,
      })),
  ];
  const failing = changes.some(({ kind }) => rule.fail.includes(kind));
  const warning = changes.some(({ kind }) => rule.warn.includes(kind));
  const kinds = [...new Set([...rule.fail, ...rule.warn])];
  return {
    measures: [],
    baselineMeasures: [],
    rows: null,
    expected: `no columns ${new Intl.ListFormat("en", { type: "disjunction" }).format(kinds)}`,
    judge: () => ({
      holds: !failing && !warning,
      severity: failing ? "fail" : "warn",
      observed: baseline === null ? NOTHING_YET : changes.map(({ words }) => words).join(", ") || "the same",
      failingRows: null,
    }),
  };
}

function figureDrift(
  rule: FigureDriftRule,
  shape: Shape,
  baseline: Shape | null,
): CompiledCheck | Impossible {
  const compared = rule.metric === "row_count" ? [null] : rule.columns;
  const metrics = compared.map((column) => metricOf(rule, column, shape));
  const impossible = metrics.find((metric): metric is Impossible => "impossible" in metric);
  if (impossible) return impossible;
  const possible = metrics.filter((metric): metric is Metric => !("impossible" in metric));
  const isNew = ({ column }: Metric): boolean =>
    column !== null && !(baseline?.columns.has(column.toLowerCase()) ?? true);
  const old = possible.filter((metric) => !isNew(metric));
  return {
    measures: possible.flatMap(({ measures }) => measures),
    baselineMeasures: baseline === null ? [] : old.flatMap(({ measures }) => measures),
    rows: null,
    expected: `${rule.metric} ${limitsInWords(rule)}`,
    judge(figures, before) {
      if (before === null) return { holds: true, observed: NOTHING_YET, failingRows: null };
      const now = eachOf(possible, figures);
      const then = eachOf(old, before);
      const changes = possible.flatMap((metric) => {
        const [a, b] = [now.get(metric), then.get(metric)];
        return a && b ? [changeOf(metric, a, b, rule)] : [];
      });
      const added = possible.filter(isNew).map(({ column }) => `${column} is new`);
      return worst(changes, added);
    },
  };
}

const NOTHING_YET = "readers see nothing yet to compare with";

/** One figure that is compared: the measures it is made of, and how it is told. */
interface Metric {
  readonly column: string | null;
  readonly measures: readonly Measure[];
  /** Null where there is no value. */
  value(figures: readonly Figure[]): number | null;
  inWords(value: number): string;
}

function metricOf(rule: FigureDriftRule, column: string | null, { columns }: Shape): Metric | Impossible {
  if (column === null)
    return {
      column,
      measures: [{ of: "rows" }],
      value: ([rows]) => Number(number(rows)),
      inWords: (value) => `${value} rows`,
    };
  if (rule.metric === "null_share")
    return {
      column,
      measures: [{ of: "nulls", column }, { of: "rows" }],
      value: ([nulls, rows]) =>
        number(rows) === 0n ? null : (100 * Number(number(nulls))) / Number(number(rows)),
      inWords: (value) => `${rounded(value)} % nulls`,
    };
  if (rule.metric === "distinct_count")
    return {
      column,
      measures: [{ of: "distinct", column }],
      value: ([distinct]) => Number(number(distinct)),
      inWords: (value) => `about ${value} values`,
    };
  const type = columns.get(column.toLowerCase()) ?? "";
  const as = spellingOf(type);
  const limits = [rule.warn, rule.fail].filter((limit) => limit !== null);
  if (as === null)
    return { impossible: `${column} is ${type}: only numbers, dates and times are far from each other` };
  if (as === "text" && limits.some(({ by }) => by === "time"))
    return { impossible: `${column} is ${type}: its threshold is no time` };
  if (as === "instant" && limits.some(({ by }) => by !== "time"))
    return { impossible: `${column} is ${type}: its threshold must be a time, e.g. 3d` };
  return {
    column,
    measures: [{ of: rule.metric === "max" ? "greatest" : "least", column, as }],
    value: ([value]) => (value === null || value === undefined ? null : Number(value)),
    inWords: (value) => (as === "instant" ? new Date(value).toISOString() : String(value)),
  };
}

function spellingOf(type: string): Spelling | null {
  if (/^(date|timestamp)/.test(type)) return "instant";
  return /^(tinyint|smallint|integer|bigint|real|double|decimal)/.test(type) ? "text" : null;
}

/** The figures of each metric, in the order of its measures. */
function eachOf(metrics: readonly Metric[], figures: readonly Figure[]): Map<Metric, readonly Figure[]> {
  let offset = 0;
  return new Map(
    metrics.map((metric) => [metric, figures.slice(offset, (offset += metric.measures.length))]),
  );
}

interface Change {
  readonly severity: Severity | null;
  readonly words: string;
}

function changeOf(
  metric: Metric,
  now: readonly Figure[],
  before: readonly Figure[],
  rule: FigureDriftRule,
): Change {
  const a = metric.value(now);
  const b = metric.value(before);
  const what = metric.column === null ? "" : `${metric.column}: `;
  const tell = (value: number | null): string => (value === null ? "no value" : metric.inWords(value));
  const words = `${what}${tell(a)}, was ${tell(b)}`;
  if (a === b) return { severity: null, words: `${what}${tell(a)} as before` };
  const by = a === null || b === null ? Number.POSITIVE_INFINITY : a - b;
  const counts =
    a === null || b === null || rule.direction === "any" || (rule.direction === "up" ? by > 0 : by < 0);
  const exceeds = (limit: Threshold | null): boolean =>
    counts && limit !== null && Math.abs(by) > allowed(limit, rule.metric, b);
  return { severity: exceeds(rule.fail) ? "fail" : exceeds(rule.warn) ? "warn" : null, words };
}

/** The greatest change that a threshold lets pass, in the unit of the figure. */
function allowed(limit: Threshold, metric: FigureDriftRule["metric"], before: number | null): number {
  if (limit.by === "amount") return limit.amount;
  if (limit.by === "time") return limit.milliseconds;
  return metric === "null_share" ? limit.percent : (Math.abs(before ?? 0) * limit.percent) / 100;
}

function worst(changes: readonly Change[], others: readonly string[]): Finding {
  const failing = changes.filter(({ severity }) => severity === "fail");
  const warning = changes.filter(({ severity }) => severity === "warn");
  const told = failing.length > 0 ? [...failing, ...warning] : warning.length > 0 ? warning : changes;
  return {
    holds: failing.length + warning.length === 0,
    severity: failing.length > 0 ? "fail" : "warn",
    observed: [...told.map(({ words }) => words), ...others].join("; "),
    failingRows: null,
  };
}

function limitsInWords({ metric, direction, warn, fail }: FigureDriftRule): string {
  const limit = (one: Threshold): string => {
    if (one.by === "amount") return String(one.amount);
    if (one.by === "time") return formatDuration(one.milliseconds);
    return metric === "null_share" ? `${one.percent} points` : `${one.percent} %`;
  };
  const changes = { any: "changes", up: "grows", down: "shrinks" }[direction];
  const strictest = fail ?? warn;
  if (strictest === null) return changes;
  const told = fail !== null && warn !== null ? ` (warning beyond ${limit(warn)})` : "";
  return `${changes} by at most ${limit(strictest)}${told}`;
}

const rounded = (value: number): number => Math.round(value * 100) / 100;
