import { PipelineError, type ErrorCode } from "../../../src/core/errors.js";
import type { PublicationEnded, RunEnded, VerificationEnded } from "../../../src/notify/ended.js";
import type { TellingContext } from "../../../src/notify/telling.js";
import type { PublishResult } from "../../../src/release/publish.js";
import type { VerificationResult, VerifiedCheck } from "../../../src/verification/result.js";
import { hash } from "../../support/fake-reference-store.js";
import { releaseOf } from "../../support/releases.js";
import { runResult } from "../report/fixtures.js";

export const context: TellingContext = { environment: "prod", consumerTag: "consumer", isAttended: false };

export const error = (code: ErrorCode, message = "it did not work"): PipelineError =>
  new PipelineError(code, { message, hint: "mend it" });

export const runEnded = (change: Partial<RunEnded> = {}): RunEnded => ({
  kind: "run",
  environment: null,
  result: runResult,
  failure: null,
  ...change,
});

export const check = (
  outcome: VerifiedCheck["outcome"],
  change: Partial<VerifiedCheck> = {},
): VerifiedCheck => ({
  model: "oso.projects_v1",
  check: "unique(project_id)",
  severity: outcome === "warned" ? "warn" : "fail",
  outcome,
  expected: "each value once",
  observed: "3 values are there twice",
  failingRows: 3n,
  pinned: true,
  rowsQuery: "SELECT 1",
  sample: { columns: ["email"], rows: [["someone@example.org"]] },
  answeredBy: "scan",
  holdsUntil: null,
  where: "oso-pipeline.yaml:20:7",
  from: null,
  inputs: null,
  ...change,
});

export const verification = (change: Partial<VerificationResult> = {}): VerificationResult => ({
  base: hash("a2"),
  at: hash("a2"),
  release: null,
  verdict: "passed",
  checks: [],
  unpinned: [],
  reused: 0,
  attestation: null,
  attested: null,
  audits: null,
  milliseconds: 2_000,
  ...change,
});

export const verificationEnded = (change: Partial<VerificationEnded> = {}): VerificationEnded => ({
  kind: "verification",
  target: "main",
  result: verification(),
  failure: null,
  ...change,
});

export const publication = (
  change: Partial<PublishResult<VerificationResult>> = {},
): PublishResult<VerificationResult> => ({
  outcome: "published",
  consumerTag: "consumer",
  from: { base: hash("a1"), at: hash("b1"), release: 1 },
  to: hash("a2"),
  backwards: false,
  rollbackTo: null,
  release: releaseOf(2),
  verification: null,
  views: null,
  recovered: [],
  pruned: [],
  ...change,
});

export const publicationEnded = (change: Partial<PublicationEnded> = {}): PublicationEnded => ({
  kind: "publication",
  isRollback: false,
  result: publication(),
  failure: null,
  ...change,
});
