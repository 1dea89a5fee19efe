import type { ModelFailure } from "../../core/events.js";
import { queriesNamedIn } from "../../core/trino-query.js";
import { queryLink } from "./links.js";
import type { RunMemory } from "./memory.js";
import type { FailureReport } from "./report.js";

/** Why models failed, then why the last attempt ended, with the end of its log. */
export function failureReports({ details, logs, trinoUrl }: RunMemory): readonly FailureReport[] {
  const { run, failures, deployment, due } = details;
  const inWords = (text: string) => queriesNamedIn(text).map((query) => queryLink(trinoUrl, query));
  const ofModel = (failure: ModelFailure, attempt: number): FailureReport => ({
    title: failure.reason === "audit" ? "an audit failed" : "a query failed",
    model: failure.model,
    attempt: run.attempts.length > 1 ? attempt : null,
    message: failure.message,
    hint: null,
    audits: failure.audits,
    queries: inWords(failure.message),
    log: null,
  });
  const attempt = run.attempts.at(-1);
  const why = attempt?.failure ?? null;
  const ended: readonly FailureReport[] =
    why === null || attempt === undefined
      ? []
      : [
          {
            title: `attempt ${attempt.number} ended with ${why.code}`,
            model: null,
            attempt: attempt.number,
            message: why.message,
            hint: why.hint,
            audits: [],
            queries: inWords(why.message),
            log: logs.find((log) => log.attempt === attempt.number) ?? null,
          },
        ];
  return [
    ...(deployment?.failures ?? []).map((failure) => ofModel(failure, deployment?.attempt ?? 1)),
    ...failures.map((failure) => ofModel(failure, failure.attempt)),
    ...(due?.failures ?? []).map((failure) => ofModel(failure, due?.attempt ?? 1)),
    ...ended,
  ];
}
