import { queriesNamedIn, queryPage } from "../core/trino-query.js";
import type { Alert, AlertLink } from "./alert.js";

/** Where what an alert is about can be looked at. */
export interface LinkSources {
  /** Trino's origin. */
  readonly trinoUrl: string;
  /** The CI job or Dagster run that this is part of, if any. */
  readonly started: AlertLink | null;
  /** `{run}` in place of a run's id; null where reports are published nowhere. */
  readonly reportUrl: string | null;
}

/** Most queries that are linked to: the first is the one that matters. */
const QUERIES = 3;

export function withLinks(alert: Alert, { trinoUrl, started, reportUrl }: LinkSources): Alert {
  const run = alert.facts.find(({ name }) => name === "run")?.value;
  const said = [alert.text, ...alert.lists.flatMap(({ lines }) => lines)].join("\n");
  const queries = queriesNamedIn(said).slice(0, QUERIES);
  return {
    ...alert,
    links: [
      ...alert.links,
      ...(run === undefined || reportUrl === null
        ? []
        : [{ title: "Report", url: reportUrl.replaceAll("{run}", encodeURIComponent(run)) }]),
      ...(started === null ? [] : [started]),
      ...queries.map((id) => ({ title: `Trino query ${id}`, url: queryPage(trinoUrl, id) })),
    ],
  };
}
