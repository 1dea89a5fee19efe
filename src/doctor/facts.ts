import type { Hash, Reference } from "../core/commit.js";
import { MARKER } from "../core/marker.js";
import type { Release } from "../release/release.js";
import { type Answer, ask } from "./asking.js";
import { pinnedName } from "./names.js";
import type { DoctorParts } from "./ports.js";

/** What several examinations ask for, asked once. */
export interface Facts {
  /** @throws PipelineError REFERENCE_MISSING */
  main(): Promise<Reference>;
  /** Null where there is no such tag. */
  consumer(): Promise<Reference | null>;
  /** Newest first. */
  releases(): Promise<readonly Release[]>;
  standing(): Promise<Standing>;
  /** Any table at main's head; null where main has none. */
  table(): Promise<CommittedTable | null>;
  /**
   * What Trino answers to `"table#<commit>"` in a catalog; null where there is nothing to ask for yet. The marker of a
   * release does where main has no table. What is wrong with the table itself is no refusal of the name.
   */
  byHash(catalog: string): Promise<Answer | null>;
}

/** Tags, and what the ledger says of them; the ledger last, for a release has its record before its tag. */
export interface Standing {
  readonly tags: readonly Reference[];
  readonly consumer: Reference | null;
  readonly releases: readonly Release[];
}

export interface CommittedTable {
  /** `schema.table` */
  readonly name: string;
  readonly hash: Hash;
}

export function factsOf(parts: DoctorParts): Facts {
  const { store, ledger, nessie, settings } = parts;
  const main = once(async () => store.reference(settings.branch));
  const releases = once(async () => ledger.releases());
  const table = once(async () => {
    const { hash } = await main();
    const name = await nessie.anyTable(hash);
    return name === null ? null : { name, hash };
  });
  const byHash = new Map<string, Promise<Answer | null>>();
  return {
    main,
    consumer: once(async () => store.findReference(settings.consumerTag)),
    releases,
    standing: once(async () => {
      const [tags, consumer] = await Promise.all([
        store.tags(settings.tagPrefix),
        store.findReference(settings.consumerTag),
      ]);
      return { tags, consumer, releases: await ledger.releases() };
    }),
    table,
    async byHash(catalog) {
      const asked =
        byHash.get(catalog) ??
        (async () => {
          const example = (await table()) ?? markerOf(await releases());
          if (example === null) return null;
          const name = pinnedName(catalog, example.name, example.hash);
          const answer = await ask(parts, `SELECT * FROM ${name} LIMIT 0`);
          return "rows" in answer || answer.refusal !== "failed" ? answer : { rows: [] };
        })();
      byHash.set(catalog, asked);
      return asked;
    },
  };
}

/** The releases whose tags are kept, newest first. */
export const keptOf = (releases: readonly Release[]): readonly KeptRelease[] =>
  releases.filter(
    (release): release is KeptRelease =>
      release.tag !== null && release.sealed !== null && release.status === "published",
  );

export type KeptRelease = Release & { readonly tag: string; readonly sealed: Hash };

function markerOf(releases: readonly Release[]): CommittedTable | null {
  const marked = keptOf(releases).find((release) => release.marked);
  return marked === undefined ? null : { name: `${MARKER.schema}.${MARKER.view}`, hash: marked.sealed };
}

function once<T>(find: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | undefined;
  return () => (found ??= find());
}
