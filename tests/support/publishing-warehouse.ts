import { join } from "node:path";
import { lock } from "proper-lockfile";
import { inject } from "vitest";
import { type CrashCase, type CrashRun, CrashWarehouse, type RunOptions } from "./crash-warehouse.js";
import { hashOf, query, readersRelease } from "./warehouse.js";

export type Publishing = "tag-consumer" | "rollback";

/** What must hold after whatever befell a publisher, and once the next one is done. */
export interface Aftermath {
  /** Right after it, of the two releases: what readers have. */
  readonly readersHad: string;
  /** The command that comes next, and what it leaves. */
  readonly nextExit: number | null;
  readonly unsettled: readonly string[];
  readonly branches: readonly string[];
  readonly strayTags: readonly string[];
  readonly readersHave: string;
  readonly rows: string;
}

export const inOrder: Aftermath = {
  readersHad: "the old or the new release",
  nextExit: 0,
  unsettled: [],
  branches: [],
  strayTags: [],
  readersHave: "the head of main",
  rows: "as many as main has",
};

/**
 * How often something is published for a certain moment to come: how many old tags a release removes, and whether it keeps
 * sealed views, depends on the releases before it.
 */
export const TRIES = 8;

/** A list of all deaths takes hours. */
const UNTIL_FREE = { forever: true, minTimeout: 1_000, maxTimeout: 1_000 };

export interface LedgerEntry {
  readonly number: number;
  readonly status: string;
  readonly tag: string | null;
  readonly sealed: string | null;
}

/** A command that is to publish something, and its surroundings before it. */
export interface Undertaking {
  readonly args: readonly string[];
  readonly main: string;
  readonly old: Awaited<ReturnType<typeof readersRelease>>;
}

/** A warehouse whose releases are published one after the other on readers' own tag, nested views among them. */
export class PublishingWarehouse {
  private changes = 0;

  private constructor(
    private readonly warehouse: CrashWarehouse,
    private readonly at: CrashCase,
    private readonly schema: string,
    private readonly giveBack: () => Promise<void>,
  ) {}

  /** @param schema of its own on the stack */
  static async build(schema: string): Promise<PublishingWarehouse> {
    // Readers have one tag: those who publish to it take turns, whole files of tests too.
    const giveBack = await lock(inject("stack").home, {
      lockfilePath: join(inject("stack").home, "readers.lock"),
      retries: UNTIL_FREE,
    });
    const warehouse = await CrashWarehouse.build(schema);
    const at = await warehouse.case({
      consumerTag: "consumer",
      sections: {
        // So few that each release removes the tag of an old one.
        release: { keep: 2 },
        verification: { checks: [{ check: "row_count", select: `${schema}.totals`, min: 1 }] },
      },
    });
    await query(`CREATE OR REPLACE TABLE iceberg.${schema}.counted AS SELECT 0 AS n`);
    await query(
      `CREATE OR REPLACE VIEW iceberg.${schema}.counting AS SELECT n FROM iceberg.${schema}.counted`,
    );
    await query(
      `CREATE OR REPLACE VIEW iceberg.${schema}.nested AS SELECT n FROM iceberg.${schema}.counting`,
    );
    const built = new PublishingWarehouse(warehouse, at, schema, giveBack);
    for (let release = 1; release <= 3; release += 1) {
      await built.change();
      await at.succeed(["tag-consumer", "--create"]);
    }
    return built;
  }

  /** Before a publication main goes on; before a way back readers have what main has. */
  async undertake(publishing: Publishing): Promise<Undertaking> {
    await this.change();
    const main = await hashOf("main");
    if (publishing === "rollback") await this.publish(main);
    // Main may go on meanwhile, by what other tests do on the same stack.
    const args = publishing === "rollback" ? ["rollback"] : ["tag-consumer", "--to-hash", main];
    return { args, main, old: await readersRelease() };
  }

  run(args: readonly string[], options?: RunOptions): Promise<CrashRun> {
    return this.at.run(args, options);
  }

  /** Another release, so that the next one finds other old ones to remove and other views to keep than the last did. */
  async publishAnother(): Promise<void> {
    await this.change();
    await this.publish(await hashOf("main"));
  }

  async publish(main: string): Promise<void> {
    await this.at.succeed(["tag-consumer", "--to-hash", main]);
  }

  /** Looks as readers do, publishes again, and looks at everything. */
  async aftermathOf({ main, old }: Undertaking): Promise<Aftermath> {
    // Fails where readers get no answer.
    await this.rowsOf("iceberg_consumer");
    const readers = await readersRelease();
    const known = await this.ledger();
    const isKnown = readers.base === old.base || known.some(({ number }) => number === readers.number);
    const next = await this.run(["tag-consumer", "--to-hash", main]);
    const now = await readersRelease();
    const rows = await this.rowsOf("iceberg_consumer");
    const ledger = await this.ledger();
    return {
      readersHad: isKnown ? inOrder.readersHad : `release ${readers.number} of ${readers.base}`,
      nextExit: next.exitCode,
      unsettled: ledger
        .filter(({ status }) => status !== "published" && status !== "withdrawn")
        .map(({ number, status }) => `${number} is ${status}`),
      ...(await leftInNessie(ledger)),
      readersHave: now.base === main ? inOrder.readersHave : now.base,
      rows: rows === (await this.rowsOf("iceberg")) ? inOrder.rows : rows,
    };
  }

  /** Newest first. */
  async ledger(): Promise<readonly LedgerEntry[]> {
    const args = ["releases", "--limit", "1000"];
    return (await this.at.ask<{ releases: readonly LedgerEntry[] }>(args)).releases;
  }

  async remove(): Promise<void> {
    await this.warehouse.remove();
    await this.giveBack();
  }

  private async change(): Promise<void> {
    await query(`INSERT INTO iceberg.${this.schema}.counted VALUES ${++this.changes}`);
  }

  private async rowsOf(catalog: string): Promise<string> {
    const [row] = await query(`SELECT count(*), max(n) FROM ${catalog}.${this.schema}.nested`);
    return JSON.stringify(row?.map(String));
  }
}

async function leftInNessie(
  ledger: readonly LedgerEntry[],
): Promise<Pick<Aftermath, "branches" | "strayTags">> {
  const filter = encodeURIComponent("ref.name.startsWith('consumer-release-')");
  const reply = await fetch(`${inject("stack").nessieUri}/trees?filter=${filter}`);
  const { references } = (await reply.json()) as {
    references: readonly { type: string; name: string; hash: string }[];
  };
  const tagged = new Map(ledger.map(({ tag, sealed }) => [tag, sealed]));
  const ours = Math.min(...ledger.map(({ number }) => number));
  return {
    branches: references.filter(({ type }) => type === "BRANCH").map(({ name }) => name),
    strayTags: references
      .filter(({ type, name, hash }) => type === "TAG" && tagged.get(name) !== hash)
      // Releases of other tests on the same stack have a ledger of their own.
      .filter(({ name }) => Number(name.replace("consumer-release-", "")) >= ours)
      .map(({ name }) => name),
  };
}
