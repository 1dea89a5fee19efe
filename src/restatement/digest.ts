import { createHash } from "node:crypto";
import type { RunRequest } from "./request.js";
import type { RestatementPlan } from "./restatement-plan.js";

/** What a restatement plan is identified by. The clock, counts, estimates and main's hash are no part of it. */
export type DigestedParts = Pick<
  RestatementPlan,
  "environment" | "scope" | "request" | "sqlmeshVersion" | "models"
>;

/** Shorter ones are too easily met by accident. */
const shortestPrefix = 8;

/** SHA-256, 64 hexadecimal digits: equal exactly for plans that restate the same, asked for in the same words. */
export function digestOf(plan: DigestedParts): string {
  const models = plan.models
    .map(({ model, version, fingerprint, kind, interval, batches }) => [
      model,
      version,
      fingerprint,
      kind,
      [interval.start, interval.end],
      batches.map(({ start, end }) => [start, end]),
    ])
    .toSorted(byFirst);
  return sha256([
    "restatement-plan/1",
    plan.environment,
    plan.scope,
    normalised(plan.request),
    plan.sqlmeshVersion,
    models,
  ]);
}

/** Equal for requests that ask for the same, in whatever order. Leaving out unit tests asks for nothing else. */
export const requestDigest = (request: RunRequest): string => sha256(["request/1", normalised(request)]);

/** As short as people can still tell plans apart; for showing. */
export const shortDigest = (digest: string): string => digest.slice(0, 12);

/** Whether a person who typed `asked` means this digest: all of it, or at least its first 8 digits. */
export function matchesDigest(asked: string, digest: string): boolean {
  const prefix = asked.trim().toLowerCase();
  return prefix.length >= shortestPrefix && digest.startsWith(prefix);
}

const normalised = (request: RunRequest): readonly unknown[] => [
  request.environment,
  asSet(request.restateModels),
  asSet(request.restateCategories),
  request.start,
  request.end,
  asSet(request.allowDestructiveModels),
];

const asSet = (words: readonly string[]): readonly string[] => [...new Set(words)].toSorted();

/** By code units, for an order that depends on no locale. */
const byFirst = ([a]: readonly unknown[], [b]: readonly unknown[]): number => {
  const [left, right] = [String(a), String(b)];
  return left < right ? -1 : left > right ? 1 : 0;
};

const sha256 = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");
