import type { Actor } from "../core/actor.js";
import type { Hash, Reference } from "../core/commit.js";
import type { Model } from "../core/model.js";
import type { TableName } from "../core/table-name.js";
import type { ViewText } from "../core/view-text.js";
import type { Attestation } from "./attestation.js";

/** Trino, as verification needs it. */
export interface QueryEngine {
  /**
   * Runs one statement and gives all its rows.
   * @throws PipelineError QUERY_FAILED with Trino's own message, SERVICE_UNAVAILABLE, AUTHENTICATION_FAILED,
   *   TIMEOUT or INTERRUPTED.
   */
  query(sql: string, options?: QueryOptions): Promise<QueryResult>;
  /** The tables, and views, that Trino itself says a query would read; runs nothing. Throws as `query` does. */
  tablesRead(sql: string, options?: QueryOptions): Promise<readonly TableName[]>;
}

export interface QueryOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Integers beyond 2^53 are bigint; decimals, dates and times stay the strings Trino sends. */
  readonly rows: readonly (readonly unknown[])[];
  readonly queryId: string;
  /** Of data files and the like, as Trino counts them; undefined where it does not say. */
  readonly bytesRead?: number | undefined;
}

/** The catalogue at one commit, as verification needs it: what is behind a name, and a view's text. */
export interface CatalogAtCommit {
  /** Content of each name (`schema.table`) at `hash`; absent names are absent from the map. */
  contents(hash: Hash, names: readonly string[]): Promise<ReadonlyMap<string, CatalogContent>>;
}

export type CatalogContent =
  /** `content` is the same exactly as long as table and data are. */
  { readonly type: "table"; readonly content: string } | ({ readonly type: "view" } & ViewText);

/** The project's models, for selectors in checks. */
export interface ModelDirectory {
  models(): Promise<readonly Model[]>;
  /** As `TransformationEngine.select`. */
  select(
    selectors: readonly string[],
  ): Promise<readonly { selector: string; models: readonly string[]; error: string | null }[]>;
}

/** Verifications that hold until something changes, by base hash. */
export interface AttestationStore {
  /** The last one of a base; null where there is none. */
  of(base: Hash): Promise<Attestation | null>;
  /** The newest ones, whatever their base, newest first. */
  newest(limit: number): Promise<readonly Attestation[]>;
  /** Replaces that of the same base; old ones are forgotten in the end. */
  save(attestation: Attestation): Promise<void>;
}

/** What the last verification of everything came to, whatever its verdict: an attestation tells of good ones alone. */
export interface VerificationMemory {
  /** Null where none is remembered. */
  lastVerification(): Promise<PastVerification | null>;
  noteVerification(done: PastVerification): Promise<void>;
}

export interface PastVerification {
  readonly base: Hash;
  /** Whose views were verified; null for a commit of main. */
  readonly release: number | null;
  readonly verdict: "passed" | "warned" | "failed" | "error";
  readonly by: Actor;
  /** When the data was looked at, ISO 8601 UTC. */
  readonly at: string;
  readonly milliseconds: number;
  readonly checks: Readonly<Record<"passed" | "warned" | "failed" | "error", number>>;
  /** Until when its attestation holds; null where there is none. */
  readonly until: string | null;
}

/** Nessie's tags, of which verification may have one of its own. */
export interface TagStore {
  findReference(name: string): Promise<Reference | null>;
  /** @throws PipelineError CONFLICT when there is one of that name already. */
  createTag(name: string, target: Hash): Promise<void>;
  /** Compare-and-swap. @throws PipelineError TAG_MOVED */
  moveTag(name: string, expected: Hash, target: Hash): Promise<void>;
}
