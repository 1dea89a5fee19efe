import type { ErrorCode } from "./errors.js";

/** Where each error is explained: a page of this package and a heading on it. A test holds that they are there. */
const pages: Readonly<Record<ErrorCode, string>> = {
  DEFECT: "exit-codes.md#exit-codes",

  USAGE: "exit-codes.md#exit-codes",
  SELECTOR_UNKNOWN: "configuration.md#what-to-restate",
  CATEGORY_UNKNOWN: "configuration.md#what-to-restate",
  RESTATEMENT_EMPTY: "running.md#plan-first",
  HASH_UNKNOWN: "looking-back.md#diff-from-to",
  HASH_AMBIGUOUS: "looking-back.md#diff-from-to",
  HASH_NOT_ON_MAIN: "releases.md#what-publishing-does",
  RELEASE_UNKNOWN: "looking-back.md#releases-release",
  RUN_UNKNOWN: "running.md#where-it-is-remembered",

  CONFIG_INVALID: "configuration.md#all-keys",
  CONFIG_NOT_FOUND: "getting-started.md#4-set-up",
  SECRET_MISSING: "configuration.md#secrets",
  PROJECT_INVALID: "getting-started.md#3-point-sqlmesh-at-it",
  VERSION_UNSUPPORTED: "configuration.md#sqlmesh",
  REFERENCE_MISSING: "consumer-tag.md#what-the-consumer-catalog-has-to-be",
  REQUIREMENT_MISSING: "configuration.md#sqlmesh",
  CATALOG_UNFIT: "consumer-tag.md#what-the-consumer-catalog-has-to-be",

  AUTHENTICATION_FAILED: "configuration.md#secrets",
  PERMISSION_DENIED: "doctor.md#rights",

  SERVICE_UNAVAILABLE: "doctor.md#services",
  BRIDGE_FAILED: "bridge.md#the-bridge-to-sqlmesh",
  DOWNLOAD_FAILED: "local-stack.md#the-cache",
  TIMEOUT: "doctor.md#services",
  STATE_UNREADABLE: "state.md#backup-and-what-is-broken",
  HOOK_FAILED: "hooks.md#when-one-fails",

  TRANSFORMATION_FAILED: "running.md#when-it-dies",
  CHECKS_FAILED: "verification.md#verifying",
  VIEWS_UNSEALABLE: "consumer-tag.md#where-views-cannot-be-sealed",
  FILES_MISSING: "looking-back.md#files-of-a-way-back",

  TAG_MOVED: "releases.md#whatever-dies",
  CONFLICT: "releases.md#what-does-not-agree",
  STATE_CONFLICT: "running.md#one-at-a-time",
  LEASE_HELD: "running.md#one-at-a-time",
  LEASE_LOST: "state.md#the-lease",
  PLAN_STALE: "running.md#plan-first",
  RUN_UNFINISHED: "running.md#when-it-dies",
  RUN_UNDECIDED: "running.md#when-a-person-is-asked",

  QUERY_FAILED: "verification.md#where-trino-refuses-such-names",
  APPROVAL_MISSING: "running.md#who-has-to-agree",

  INTERRUPTED: "running.md#when-it-dies",
  TERMINATED: "running.md#when-it-dies",
};

/** `docs/running.md#one-at-a-time`, a path in the package. */
export const documentationOf = (code: ErrorCode): string => `docs/${pages[code]}`;
