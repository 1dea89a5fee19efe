import type { Actor } from "../core/actor.js";
import type { Hash, Reference } from "../core/commit.js";
import type { Report } from "../core/events.js";
import type { Outcome } from "../core/outcome.js";
import type { TableName } from "../core/table-name.js";
import type { ViewText } from "../core/view-text.js";
import type { Release, SealedViews, SealManifest } from "./release.js";
import type { Target } from "./target.js";

/** Nessie's references and history, as publishing needs them. */
export interface ReferenceStore {
  /** @throws PipelineError REFERENCE_MISSING when there is none of that name. */
  reference(name: string): Promise<Reference>;
  /** Null when there is none of that name. */
  findReference(name: string): Promise<Reference | null>;
  /** Tags whose name starts with `prefix`, in no order. */
  tags(prefix: string): Promise<readonly Reference[]>;
  /** Commits of `branch` whose hash starts with `prefix`, newest first, at most `limit`. */
  commitsByPrefix(branch: string, prefix: string, limit: number): Promise<readonly Hash[]>;
  /** Whether `ancestor` is `descendant` or in its history. */
  isAncestor(ancestor: Hash, descendant: Hash): Promise<boolean>;
  /** @throws PipelineError CONFLICT when there is one of that name already. */
  createTag(name: string, target: Hash): Promise<void>;
  /** Removes the tag if it still stands at `expected`; an absent one is fine. */
  deleteTag(name: string, expected: Hash): Promise<void>;
  /**
   * Compare-and-swap of a tag. A reply lost after success counts as success.
   * @throws PipelineError TAG_MOVED when the tag no longer stands at `expected` nor at `target`.
   */
  moveTag(name: string, expected: Hash, target: Hash): Promise<void>;
}

/** Proves the data of one commit: what stands between a commit and its readers. */
export interface Verifier<V extends VerificationSummary> {
  /**
   * By the attestation that is stored and still holds, else by verifying, which stores one.
   * @param seen what readers see now, to compare with; null where there is nothing yet
   */
  prove(base: Hash, seen: Pick<Target, "base" | "at"> | null): Promise<Outcome<V>>;
}

/** What publishing keeps of a verification. */
export interface VerificationSummary {
  readonly verdict: "passed" | "warned" | "failed" | "error";
  readonly checks: readonly { readonly outcome: string }[];
  /** Null where the verification proves too little to publish by: it failed, or was narrowed. */
  readonly attestation: { readonly digest: string; readonly until: string } | null;
}

/** Every release there was, and the exclusive right to make one. */
export interface ReleaseLedger {
  /** Newest first. @throws PipelineError STATE_UNREADABLE, VERSION_UNSUPPORTED */
  releases(): Promise<readonly Release[]>;
  /** Null where none is kept. */
  manifest(release: number): Promise<SealManifest | null>;
  /** @throws PipelineError LEASE_HELD naming who is publishing, once that one has shown a sign of life. */
  acquire(by: Actor, report: Report, signal: AbortSignal): Promise<HeldLedger>;
}

/** The right to publish, for as long as it is held: all its writes are refused once another has it. */
export interface HeldLedger {
  /** Aborted with a PipelineError LEASE_LOST. */
  readonly lost: AbortSignal;
  save(release: Release): Promise<void>;
  saveManifest(manifest: SealManifest): Promise<void>;
  removeManifest(release: number): Promise<void>;
  /** Safe to call twice. */
  giveBack(): Promise<void>;
}

/** Trino, as a release is read back before and after readers get it. */
export interface ReleaseReader {
  /**
   * The number that the marker of a release holds; null where there is none, which Trino says itself.
   * @param at a commit, or null for what readers of that catalog see now
   * @throws PipelineError as QueryEngine.query does, where that is not known
   */
  marker(catalog: string, at: Hash | null): Promise<number | null>;
  /**
   * Per view, the tables and views that Trino says it would read as of a commit, through whatever views. One that
   * Trino cannot read is an error of its own.
   */
  tablesRead(
    views: readonly string[],
    at: Hash,
  ): Promise<ReadonlyMap<string, readonly TableName[] | ViewUnreadable>>;
}

export interface ViewUnreadable {
  /** What Trino says. */
  readonly error: string;
  /** Whether a right is missing, the reader's or that of the view's owner. */
  readonly isDenied: boolean;
}

/** The runs that restate what is published. */
export interface RunLedger {
  runs(): Promise<readonly GuardedRun[]>;
}

/** A run whose commits are half-restated data until its last one. */
export interface GuardedRun {
  readonly id: string;
  readonly isUnfinished: boolean;
  /** Head of main before the run wrote anything. */
  readonly mainAtStart: Hash;
  /** Head of main when it was over; null while it is unfinished. */
  readonly mainAtEnd: Hash | null;
}

/** A branch of Nessie's own on which the views of a release are sealed, and nobody else writes. */
export interface SealingBranch {
  /** Makes it at a commit. @throws PipelineError CONFLICT when there is one of that name already. */
  create(name: string, at: Hash): Promise<void>;
  /** Gives views other texts, in no order, and the branch's head after all of it. */
  replaceViews(name: string, texts: ReadonlyMap<string, string>): Promise<Hash>;
  /** Puts views as they are at another commit, in one commit of the branch, and gives that. */
  takeViews(name: string, views: readonly string[], from: Hash): Promise<Hash>;
  /** Makes a view, and its schema where there is none, and gives the branch's head. */
  createView(name: string, view: string, text: MarkerText): Promise<Hash>;
  /** All branches whose names begin so, or those of them that are meant; there may be none. */
  remove(prefix: string, isMeant?: (name: string) => boolean): Promise<void>;
}

/** A view that reads nothing: its text, and its columns in Iceberg's types. */
export interface MarkerText {
  readonly sql: string;
  readonly catalog: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/** The views and tables of one commit. */
export interface ViewCatalog {
  /** What is at a commit, by name (`schema.table`). */
  names(hash: Hash): Promise<ReadonlyMap<string, "table" | "view">>;
  /** Of these views; all are there. */
  viewTexts(hash: Hash, views: readonly string[]): Promise<ReadonlyMap<string, ViewText>>;
  /** Names of what one commit has and the other has not, or has otherwise. */
  changedNames(from: Hash, to: Hash): Promise<ReadonlySet<string>>;
}

/** Makes what readers are to see of a commit. */
export interface Sealer {
  /** What would be sealed and what stands in the way; writes nothing. @throws PipelineError VIEWS_UNSEALABLE */
  preview(base: Hash): Promise<SealedViews>;
  /** On a branch that it makes. @throws PipelineError VIEWS_UNSEALABLE, PERMISSION_DENIED */
  seal(order: SealOrder): Promise<Sealed>;
}

export interface SealOrder {
  readonly base: Hash;
  readonly branch: string;
  /** What the marker tells readers. */
  readonly release: number;
  readonly tag: string;
  readonly startedAt: string;
  /** Earlier releases, the best first, whose sealed views may be kept. */
  readonly earlier: readonly {
    readonly base: Hash;
    readonly sealed: Hash;
    /** Null where no view of it was sealed by hash. */
    manifest(): Promise<SealManifest | null>;
  }[];
  /** Views that were sealed in a release before this one are sealed again, for it is about to be forgotten. */
  readonly oldestKept: number;
}

export interface Sealed {
  /** The head of the branch; the base itself where nothing was to be done. */
  readonly hash: Hash;
  readonly views: SealedViews;
  readonly marked: boolean;
  /** Null where no view is sealed by hash. */
  readonly manifest: SealManifest | null;
}

/** The data files of commits, which Nessie knows of even when they are gone. */
export interface FileProbe {
  /**
   * Reads manifests, and some data files, of what differs between a commit that is gone back to and what readers see.
   * @throws PipelineError FILES_MISSING naming the tables
   */
  mustBeReadable(target: Target, seen: Target): Promise<void>;
}

/** Two commits side by side, as the catalogue tells them apart. */
export interface CommitComparison {
  /**
   * What one has and the other has not, or has otherwise, in the order of names and page by page: however many there
   * are, only one page is held. Left out are tables of which only statistics or properties differ.
   * @throws PipelineError HASH_UNKNOWN
   */
  changes(from: Hash, to: Hash): AsyncIterable<readonly ContentChange[]>;
  /** Which of these names are there, and as what. */
  kinds(at: Hash, names: readonly string[]): Promise<ReadonlyMap<string, ContentKind>>;
  /** Null where it is not there, or its metadata cannot be read. */
  facts(at: Hash, kind: ContentKind, name: string): Promise<ContentFacts | null>;
}

export type ContentKind = "table" | "view";

export interface ContentChange {
  /** `schema.table` */
  readonly name: string;
  readonly from: ContentMark | null;
  readonly to: ContentMark | null;
}

/** What tells one content of a name from another, without reading either. */
export interface ContentMark {
  readonly kind: ContentKind;
  /** Tables of which it is the same have the same rows. A view has none. */
  readonly rows: string;
  /** What the rows are: those of which it is the same have the same columns, and views the same text. */
  readonly columns: string;
}

/** What metadata says of a table or view, without reading any data. */
export interface ContentFacts {
  /** Null for a view. */
  readonly rows: RowCount | null;
  readonly columns: readonly ContentColumn[];
  /** Null for a table. */
  readonly text: ViewText | null;
}

export interface RowCount {
  readonly rows: number;
  /** False where deleted rows are still in the files and can only be estimated. */
  readonly exact: boolean;
}

export interface ContentColumn {
  readonly name: string;
  /** Iceberg's name of the type, nested ones written out: `list<long>`. */
  readonly type: string;
}

/** Trino, as it tells whether the files behind a commit are still there. Nessie answers without them. */
export interface FileReader {
  /**
   * Reads the manifests of tables at a commit, several at once.
   * @param tables `schema.table`; the flag says whether it is on `main` too, so that files only `at` needs come first
   * @throws PipelineError where Trino cannot be asked; a table that cannot be read is an error of its own.
   */
  manifests(
    tables: readonly TableToRead[],
    at: Hash,
    main: Hash,
  ): Promise<ReadonlyMap<string, FileSample | FilesUnreadable>>;
  /** Opens data files, and gives those that cannot be. Throws as `manifests` does. */
  unopenable(files: readonly SampledFile[], at: Hash): Promise<readonly (SampledFile & FilesUnreadable)[]>;
}

export interface TableToRead {
  readonly table: string;
  readonly isOnMain: boolean;
}

export interface FileSample {
  readonly files: number;
  /** A few of them, those first that main has no need of any more. */
  readonly paths: readonly string[];
}

export interface SampledFile {
  readonly table: string;
  readonly path: string;
}

export interface FilesUnreadable {
  /** What Trino says. */
  readonly error: string;
}
