import type { Actor } from "../core/actor.js";
import type { Hash } from "../core/commit.js";

/**
 * What readers see, saw, or were about to see: an entry of the ledger, which is never removed.
 *
 * The base hash is the commit of main that was verified. The sealed hash is what the consumer tag carries: the base,
 * its views put to what they read at the base, and the marker that tells readers which release they read.
 */
export interface Release {
  /** Counts from 1. */
  readonly number: number;
  /** Keeps its files from Nessie's garbage collection; null once it is removed, which only old releases are. */
  readonly tag: string | null;
  readonly status: ReleaseStatus;
  readonly base: Hash;
  /** Null while it is being made, and where that came to nothing. */
  readonly sealed: Hash | null;
  /** Where the consumer tag stood before; null when there was none. */
  readonly from: Hash | null;
  /** The release that was then seen; null where the tag stood elsewhere. */
  readonly after: number | null;
  /** For a way back: the release whose base it publishes again. */
  readonly rollbackTo: number | null;
  readonly by: Actor;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** When its status became final. */
  readonly endedAt: string | null;
  /** The run whose data it publishes, where one asked for it. */
  readonly run: string | null;
  /** Why, in a person's words. */
  readonly reason: string | null;
  /** Digest of the attestation of its base; null where it was published without verification. */
  readonly attestation: string | null;
  readonly views: SealedViews;
  /** The oldest release whose commits its views name: its tag stays as long as this one's. Itself where it kept none. */
  readonly leansOn: number;
  /** Whether it has a marker, by which any reader can tell which release it is. */
  readonly marked: boolean;
  /** Why it is not what readers see, for one that is withdrawn or unconfirmed. */
  readonly trouble: string | null;
}

/**
 * - `pending`: being made; readers see nothing of it
 * - `moving`: proven to be readable; the consumer tag is moved to it, or is about to be
 * - `published`: readers have it, as its marker read through the consumer catalog has shown
 * - `unconfirmed`: the tag was moved, and no marker could be read
 * - `withdrawn`: given up; the consumer tag stands, or was put back, elsewhere
 */
export type ReleaseStatus = "pending" | "moving" | "published" | "unconfirmed" | "withdrawn";

/** What became of the views of a release. */
export interface SealedViews {
  readonly policy: ViewPolicy;
  /** How they are put to one commit; null where none is. */
  readonly sealedBy: "hash" | "consumer-catalog" | null;
  readonly sealed: number;
  /** Of the sealed ones, those taken over from an earlier release. */
  readonly kept: number;
  /** What of sealed views stays as live as it was. */
  readonly notPinned: readonly Named[];
  /** Views that nobody can read, on main either: what they read is not there. */
  readonly broken: readonly Named[];
  /** Views that read live main, whatever the tag says. */
  readonly leaking: readonly string[];
}

/** Of a release without views, or before they are looked at. */
export const noViews = (policy: ViewPolicy): SealedViews => ({
  policy,
  sealedBy: null,
  sealed: 0,
  kept: 0,
  notPinned: [],
  broken: [],
  leaking: [],
});

/** `seal` them, `refuse` a release that has any, `warn` of them, or `ignore` them. */
export type ViewPolicy = "seal" | "refuse" | "warn" | "ignore";

export interface Named {
  readonly view: string;
  readonly what: string;
}

/** How the views of a release were sealed, for the next release to keep those of which no input has changed. */
export interface SealManifest {
  readonly release: number;
  readonly views: readonly ManifestView[];
}

export interface ManifestView {
  /** `schema.view` */
  readonly name: string;
  /** Tables and views of the producer catalog that it reads itself, `schema.table`. */
  readonly reads: readonly string[];
  /** The commit that holds its sealed text: views above it name it by that. */
  readonly sealedAt: Hash;
  /** The release whose branch that commit is on. */
  readonly madeIn: number;
  /** What of it stays live. */
  readonly notPinned: readonly string[];
}

/** Whether nothing is left to be done about it. */
export const isSettled = ({ status }: Pick<Release, "status">): boolean =>
  status === "published" || status === "withdrawn";

/** The branch on which a release is made; it is removed once the release has its tag. */
export const branchOf = (prefix: string, number: number): string => `${prefix}${number}-sealing`;

/** Whether a branch is one on which a release is made, or beside it. */
export const isSealingBranch = (prefix: string, name: string): boolean =>
  name.startsWith(prefix) && /^\d+-sealing(?:-\d+)?$/.test(name.slice(prefix.length));

/** The release that a commit is the sealed hash of; null for a commit that nothing was released as. Newest first. */
export const releaseAt = (hash: Hash | undefined, releases: readonly Release[]): Release | null =>
  releases.find(({ sealed, status }) => sealed === hash && status !== "pending") ?? null;
