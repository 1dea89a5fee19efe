import { createHash } from "node:crypto";
import type { Hash } from "../../src/core/commit.js";
import { unsurrounded } from "../../src/core/stage.js";
import { PipelineError } from "../../src/core/errors.js";
import type { PipelineEvent } from "../../src/core/events.js";
import type { Outcome } from "../../src/core/outcome.js";
import type {
  GuardedRun,
  HeldLedger,
  ReleaseLedger,
  ReleaseReader,
  Sealer,
  SealOrder,
  VerificationSummary,
} from "../../src/release/ports.js";
import { type PublishRequest, type ReleaseParts, ReleaseService } from "../../src/release/publish.js";
import { noViews, type Release, type SealedViews, type SealManifest } from "../../src/release/release.js";
import type { Target } from "../../src/release/target.js";
import { FakeReferenceStore, hash } from "./fake-reference-store.js";

export const [first, second, third, elsewhere] = [hash("a1"), hash("b2"), hash("b3"), hash("e4")];

export const head: PublishRequest = {
  toHash: null,
  dryRun: false,
  create: false,
  withoutVerification: false,
  reason: null,
  run: null,
};

export const attested: Outcome<VerificationSummary> = {
  result: { verdict: "passed", checks: [], attestation: { digest: "proof", until: "2026-12-01T00:00:00Z" } },
};

/** Where a process dies, or gets no reply to what was done: at the n-th of its calls that act on the outside. */
export interface Fate {
  readonly call: number;
  readonly when: "dies before" | "dies after" | "loses the reply of";
}

export class Death extends Error {}

/** All that outlives a publisher: Nessie's references, the ledger, and what readers get of them. */
export class PublishingWorld {
  readonly store = new FakeReferenceStore([first, second, third]);
  readonly records = new Map<number, Release>();
  readonly manifests = new Map<number, SealManifest>();
  readonly branches = new Set<string>();
  readonly orders: SealOrder[] = [];
  readonly runs: GuardedRun[] = [];
  readonly verified: (readonly [base: Hash, seen: Hash | null])[] = [];
  readonly probed: Hash[] = [];
  /** Releases by the commit that is sealed. */
  readonly #markers = new Map<Hash, number>();
  /** Null for a catalog that follows the tag; else what it goes on showing. */
  consumerCatalogStandsAt: Hash | null = null;
  answers = true;
  producerReadsByHash = true;
  /** Whether a release has a view, which is sealed by hash. */
  hasViews = true;
  /** The release in which a view of the next one was sealed; null for each to seal its own. */
  viewsMadeIn: number | null = null;
  holder: string | null = null;
  verification: (base: Hash) => Outcome<VerificationSummary> = () => attested;

  constructor() {
    this.store.tagAt("consumer", first);
  }

  get consumer(): Hash | undefined {
    return this.store.references.get("consumer")?.hash;
  }

  /** Newest first. */
  get releases(): readonly Release[] {
    return [...this.records.values()].toSorted((a, b) => b.number - a.number);
  }

  /** A publisher: a process that may die on its way. */
  publisher(fate: Fate | null = null, changes: Partial<ReleaseParts<VerificationSummary>> = {}) {
    let calls = 0;
    let dead = false;
    const events: PipelineEvent[] = [];
    const act = async <T>(work: () => Promise<T>): Promise<T> => {
      if (dead) throw new Death();
      const isHere = fate !== null && calls++ === fate.call;
      if (isHere && fate.when === "dies before") {
        dead = true;
        throw new Death();
      }
      const result = await work();
      if (isHere && fate.when === "dies after") {
        dead = true;
        throw new Death();
      }
      if (isHere) throw new PipelineError("SERVICE_UNAVAILABLE", { message: "the reply was lost" });
      return result;
    };
    const observed = <T extends object>(part: T): T =>
      new Proxy(part, {
        get: (target, key) => {
          const member = Reflect.get(target, key);
          if (typeof member !== "function") return member;
          return (...args: unknown[]) => act(async () => member.apply(target, args));
        },
      });
    const ledger = this.#ledger();
    const parts: ReleaseParts<VerificationSummary> = {
      store: observed(this.store),
      ledger: {
        ...observed<ReleaseLedger>(ledger),
        releases: async () => act(ledger.releases),
        manifest: async (release) => act(async () => ledger.manifest(release)),
        acquire: async (...args) => {
          const held = await act(async () => ledger.acquire(...args));
          return { ...bound(observed(held), held), lost: held.lost };
        },
      },
      surround: unsurrounded,
      sealer: observed(this.#sealer()),
      branches: observed({
        remove: async (prefix: string, isMeant: (name: string) => boolean = () => true) => {
          for (const name of this.branches)
            if (name.startsWith(prefix) && isMeant(name)) this.branches.delete(name);
        },
      }),
      reader: observed(this.#reader()),
      files: {
        mustBeReadable: async ({ at }: Target) => {
          this.probed.push(at);
        },
      },
      verifier: {
        prove: async (base, seen) => {
          this.verified.push([base, seen?.base ?? null]);
          return this.verification(base);
        },
      },
      runs: { runs: async () => this.runs },
      report: (event) => events.push(event),
      signal: new AbortController().signal,
      now: () => new Date("2026-11-21T12:00:00Z"),
      by: { name: "ada", from: "login" },
      branch: "main",
      consumerTag: "consumer",
      tagPrefix: "consumer-release-",
      catalogs: { producer: "iceberg", consumer: "iceberg_consumer" },
      keep: 3,
      policy: "seal",
      ...changes,
    };
    return { service: new ReleaseService(parts), events, calls: () => calls };
  }

  /** What is wrong with what a publisher has left, for the next one or for readers. */
  disorder(): string[] {
    const wrong: string[] = [...this.branches].map((name) => `branch ${name} is left`);
    for (const { number, status, tag, sealed } of this.releases) {
      if (status !== "published" && status !== "withdrawn") wrong.push(`release ${number} is ${status}`);
      if (tag !== null && this.store.references.get(tag)?.hash !== sealed)
        wrong.push(`${tag} is not at its release`);
    }
    for (const name of this.store.references.keys()) {
      if (name === "consumer" || this.releases.some(({ tag }) => tag === name)) continue;
      wrong.push(`${name} is in no record`);
    }
    return wrong;
  }

  #ledger(): ReleaseLedger {
    return {
      releases: async () => this.releases,
      manifest: async (release) => this.manifests.get(release) ?? null,
      acquire: async () => {
        if (this.holder !== null)
          throw new PipelineError("LEASE_HELD", { message: `${this.holder} has held the lease` });
        const held: HeldLedger = {
          lost: new AbortController().signal,
          save: async (release) => {
            this.records.set(release.number, release);
          },
          saveManifest: async (manifest) => {
            this.manifests.set(manifest.release, manifest);
          },
          removeManifest: async (release) => {
            this.manifests.delete(release);
          },
          giveBack: async () => undefined,
        };
        return held;
      },
    };
  }

  #sealer(): Sealer {
    const views = (): SealedViews =>
      this.hasViews ? { ...noViews("seal"), sealedBy: "hash", sealed: 1 } : noViews("seal");
    return {
      preview: async () => views(),
      seal: async (order) => {
        this.orders.push(order);
        this.branches.add(order.branch);
        const sealed = createHash("sha256").update(`${order.base} ${order.release}`).digest("hex");
        this.#markers.set(sealed, order.release);
        return {
          hash: sealed,
          views: views(),
          marked: true,
          manifest: this.hasViews ? { release: order.release, views: this.#viewsOf(order) } : null,
        };
      },
    };
  }

  #viewsOf({ release, base }: SealOrder): SealManifest["views"] {
    const madeIn = this.viewsMadeIn ?? release;
    return [{ name: "oso.v", reads: ["oso.t"], sealedAt: base, madeIn, notPinned: [] }];
  }

  #reader(): Pick<ReleaseReader, "marker"> {
    return {
      marker: async (catalog, at) => {
        if (!this.answers)
          throw new PipelineError("SERVICE_UNAVAILABLE", { message: "Trino does not answer" });
        if (catalog === "iceberg" && !this.producerReadsByHash) return null;
        const seen =
          at ?? (catalog === "iceberg_consumer" ? (this.consumerCatalogStandsAt ?? this.consumer) : first);
        return this.#markers.get(seen ?? "") ?? null;
      },
    };
  }
}

/** The methods of one object as another does them. */
const bound = <T extends object>(by: T, of: T): T =>
  Object.fromEntries(Object.keys(of).map((key) => [key, Reflect.get(by, key)])) as T;
