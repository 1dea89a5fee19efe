import { type Hash, short } from "../core/commit.js";
import { PipelineError } from "../core/errors.js";
import type { Report } from "../core/events.js";
import { answersTo, byCatalog, byHash, liveOnly, type Naming } from "./naming.js";
import type { QueryEngine, TagStore } from "./ports.js";

/** A catalog of Trino that shows a tag which is verification's own. */
export interface VerificationCatalog {
  readonly catalog: string;
  readonly tag: string;
}

export interface CommitNamesParts {
  readonly queries: QueryEngine;
  readonly tags: TagStore;
  readonly report: Report;
  readonly producerCatalog: string;
  /** Null where none is configured. */
  readonly fallback: VerificationCatalog | null;
}

export interface TableAt {
  /** `schema.table` */
  readonly name: string;
  readonly hash: Hash;
}

/** Finds out, once for a process, by which names Trino reads tables as of a commit. */
export class CommitNames {
  #answersToHash: boolean | undefined;

  constructor(private readonly parts: CommitNamesParts) {}

  /**
   * @param table one to try the names on, `schema.table` and a commit that has it; undefined where there is none
   * @throws PipelineError CONFIG_INVALID where the catalog of verification's own does not show its tag; TAG_MOVED
   */
  async naming(hash: Hash, table: TableAt | undefined, signal: AbortSignal): Promise<Naming> {
    const { queries, producerCatalog, fallback, report } = this.parts;
    const named = byHash(producerCatalog);
    const example = table === undefined ? null : named.at(table.name, table.hash);
    if (this.#answersToHash !== false && example === null) return named;
    if (this.#answersToHash === undefined && example !== null) {
      this.#answersToHash = await answersTo(example, queries, signal);
      if (!this.#answersToHash) {
        const text = `Trino does not answer to ${producerCatalog}."table#<commit>"`;
        report({
          type: "notice",
          level: fallback === null ? "warning" : "info",
          text:
            fallback === null
              ? `${text}: live data is checked. Name a REST catalog with a tag of its own as trino.catalogs.verification`
              : `${text}: tables are read through ${fallback.catalog}`,
        });
      }
    }
    if (this.#answersToHash) return named;
    if (fallback === null) return liveOnly;
    await this.#moveTag(fallback.tag, hash);
    return this.#shown(fallback, hash, table, signal);
  }

  /** After all is read: whether the catalog of verification's own still shows the commit. @throws PipelineError CONFLICT */
  async confirm(hash: Hash): Promise<void> {
    const { fallback, tags } = this.parts;
    if (this.#answersToHash !== false || fallback === null) return;
    const found = await tags.findReference(fallback.tag);
    if (found?.hash === hash) return;
    throw new PipelineError("CONFLICT", {
      message: `the tag ${fallback.tag} was moved while ${short(hash)} was read by it`,
      hint: "somebody else verifies at this moment: verify again when that is over",
    });
  }

  async #moveTag(tag: string, hash: Hash): Promise<void> {
    const { tags } = this.parts;
    const found = await tags.findReference(tag);
    if (found === null) await tags.createTag(tag, hash);
    else if (found.type === "BRANCH") {
      throw new PipelineError("CONFIG_INVALID", {
        message: `${tag} is a branch in Nessie: nessie.verification_tag must be a tag that nothing else uses`,
        hint: "name another tag, and bind the catalog to that",
      });
    } else if (found.hash !== hash) await tags.moveTag(tag, found.hash, hash);
  }

  async #shown(
    { catalog, tag }: VerificationCatalog,
    hash: Hash,
    table: TableAt | undefined,
    signal: AbortSignal,
  ): Promise<Naming> {
    const naming = byCatalog(catalog, hash);
    const example = table === undefined ? null : naming.at(table.name, table.hash);
    if (example === null || (await answersTo(example, this.parts.queries, signal))) return naming;
    throw new PipelineError("CONFIG_INVALID", {
      message: `the Trino catalog ${catalog} does not show ${table?.name}, which its tag ${tag} holds`,
      hint: `it must be an Iceberg REST catalog on Nessie with iceberg.rest-catalog.prefix=${tag}`,
    });
  }
}
