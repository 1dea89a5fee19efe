import type { Hash, Reference } from "../../src/core/commit.js";
import { PipelineError } from "../../src/core/errors.js";
import type { ReferenceStore } from "../../src/release/ports.js";

/** A full hash from a few digits: `hash("a1")` is `a1a1…`. */
export const hash = (digits: string): Hash => digits.repeat(64).slice(0, 64);

/** Nessie's references in memory: main is a list of commits, oldest first. */
export class FakeReferenceStore implements ReferenceStore {
  readonly references = new Map<string, Reference>();
  readonly writes: string[] = [];
  /** Questions about ancestry, each of which makes Nessie scan its history. */
  readonly ancestryAsked: [ancestor: Hash, descendant: Hash][] = [];
  /** Runs before the next move, as somebody else's doing. */
  beforeMove: (() => void) | undefined;

  constructor(readonly main: Hash[]) {}

  tagAt(name: string, at: Hash): void {
    this.references.set(name, { type: "TAG", name, hash: at });
  }

  async findReference(name: string): Promise<Reference | null> {
    if (name === "main") return { type: "BRANCH", name, hash: this.main.at(-1) ?? hash("0") };
    return this.references.get(name) ?? null;
  }

  async reference(name: string): Promise<Reference> {
    const found = await this.findReference(name);
    if (!found) throw new PipelineError("REFERENCE_MISSING", { message: `no reference ${name}` });
    return found;
  }

  async tags(prefix: string): Promise<readonly Reference[]> {
    return [...this.references.values()].filter(({ name }) => name.startsWith(prefix));
  }

  async commitsByPrefix(_: string, prefix: string, limit: number): Promise<readonly Hash[]> {
    return this.main
      .toReversed()
      .filter((commit) => commit.startsWith(prefix))
      .slice(0, limit);
  }

  async isAncestor(ancestor: Hash, descendant: Hash): Promise<boolean> {
    this.ancestryAsked.push([ancestor, descendant]);
    return this.main.includes(ancestor) && this.main.indexOf(ancestor) <= this.main.indexOf(descendant);
  }

  async createTag(name: string, target: Hash): Promise<void> {
    if (this.references.has(name)) throw new PipelineError("CONFLICT", { message: `${name} exists` });
    this.writes.push(`create ${name}`);
    this.tagAt(name, target);
  }

  async deleteTag(name: string, expected: Hash): Promise<void> {
    if (this.references.get(name)?.hash !== expected) return;
    this.writes.push(`delete ${name}`);
    this.references.delete(name);
  }

  async moveTag(name: string, expected: Hash, target: Hash): Promise<void> {
    this.beforeMove?.();
    this.beforeMove = undefined;
    const now = this.references.get(name)?.hash;
    if (now === target) return;
    if (now !== expected) throw new PipelineError("TAG_MOVED", { message: `${name} moved` });
    this.writes.push(`move ${name}`);
    this.tagAt(name, target);
  }
}
