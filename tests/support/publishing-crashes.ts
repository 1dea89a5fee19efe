import { inject } from "vitest";
import type { Crash, CrashCase, CrashRun } from "./crash-warehouse.js";
import { everyEffectOf } from "./crash-recovery.js";
import { CrashWarehouse } from "./crash-warehouse.js";
import { hashOf, query, readersRelease } from "./warehouse.js";

export type Publishing = "tag-consumer" | "rollback";

/** What must hold after every death of a publisher, and once the next one is done. */
export interface Aftermath {
  readonly died: boolean;
  /** Right after the death: of the two releases, which one readers have. */
  readonly readersHad: "the old or the new release" | string;
  /** The command that comes next, and what it leaves. */
  readonly nextExit: number | null;
  readonly unsettled: readonly string[];
  readonly branches: readonly string[];
  readonly strayTags: readonly string[];
  readonly readersHave: "the head of main" | string;
  readonly rows: "as many as main has" | string;
}

export const inOrder: Aftermath = {
  died: true,
  readersHad: "the old or the new release",
  nextExit: 0,
  unsettled: [],
  branches: [],
  strayTags: [],
  readersHave: "the head of main",
  rows: "as many as main has",
};

interface LedgerEntry {
  readonly number: number;
  readonly status: string;
  readonly tag: string | null;
  readonly sealed: string | null;
}

/** A warehouse whose releases die on their way, one after the other, on readers' own tag. */
export class PublishingCrashes {
  private changes = 0;

  private constructor(
    private readonly warehouse: CrashWarehouse,
    private readonly at: CrashCase,
    private readonly schema: string,
  ) {}

  /** @param schema of its own on the stack */
  static async build(schema: string): Promise<PublishingCrashes> {
    const warehouse = await CrashWarehouse.build(schema);
    const at = await warehouse.case({
      consumerTag: "consumer",
      sections: {
        // So few that each release removes the tag of an old one.
        release: { keep: 2 },
        verification: { checks: [{ check: "row_count", select: `${schema}.totals`, min: 1 }] },
      },
    });
    await query(`CREATE TABLE iceberg.${schema}.counted AS SELECT 0 AS n`);
    await query(`CREATE VIEW iceberg.${schema}.counting AS SELECT n FROM iceberg.${schema}.counted`);
    await query(`CREATE VIEW iceberg.${schema}.nested AS SELECT n FROM iceberg.${schema}.counting`);
    const crashes = new PublishingCrashes(warehouse, at, schema);
    for (let release = 1; release <= 3; release += 1) {
      await crashes.change();
      await at.succeed(["tag-consumer", "--create"]);
    }
    return crashes;
  }

  /** Everything by which a publication, or a way back, acts. */
  async effectsOf(publishing: Publishing): Promise<readonly string[]> {
    const main = await this.prepare(publishing);
    const effects = await (await this.at.succeed(commandOf(publishing, main))).effects();
    await this.at.succeed(commandOf("tag-consumer", main));
    return effects;
  }

  /** All moments at which the death of the command line can make a difference. */
  async every(publishing: Publishing): Promise<readonly Crash[]> {
    return everyEffectOf(await this.effectsOf(publishing)).filter(({ victim }) => victim === "cli");
  }

  /** Dies there, looks as readers do, and publishes again. */
  async die(publishing: Publishing, crash: Crash): Promise<Aftermath> {
    const main = await this.prepare(publishing);
    const old = await readersRelease();
    const died = await this.at.run(commandOf(publishing, main), { crash });
    const readers = await this.readers();
    const known = await this.ledger();
    const isKnown = readers.base === old.base || known.some(({ number }) => number === readers.number);
    const next = await this.at.run(commandOf("tag-consumer", main));
    const now = await readersRelease();
    const rows = await this.rowsOf("iceberg_consumer");
    return {
      died: died.signal === "SIGKILL" || (await hasNothingLeftToDo(died, crash)),
      readersHad: isKnown ? inOrder.readersHad : `release ${readers.number} of ${readers.base}`,
      nextExit: next.exitCode,
      unsettled: (await this.ledger())
        .filter(({ status }) => status !== "published" && status !== "withdrawn")
        .map(({ number, status }) => `${number} is ${status}`),
      ...(await this.leftInNessie()),
      readersHave: now.base === main ? inOrder.readersHave : now.base,
      rows: rows === (await this.rowsOf("iceberg")) ? inOrder.rows : rows,
    };
  }

  remove(): Promise<void> {
    return this.warehouse.remove();
  }

  /** Before a publication main goes on; before a way back readers have what main has. */
  private async prepare(publishing: Publishing): Promise<string> {
    await this.change();
    const main = await hashOf("main");
    if (publishing === "rollback") await this.at.succeed(commandOf("tag-consumer", main));
    return main;
  }

  private async change(): Promise<void> {
    await query(`INSERT INTO iceberg.${this.schema}.counted VALUES ${++this.changes}`);
  }

  /** Fails where readers get no answer. */
  private async readers(): Promise<{ readonly number: number; readonly base: string }> {
    await this.rowsOf("iceberg_consumer");
    return readersRelease();
  }

  private async rowsOf(catalog: string): Promise<string> {
    const [row] = await query(`SELECT count(*), max(n) FROM ${catalog}.${this.schema}.nested`);
    return JSON.stringify(row?.map(String));
  }

  private async ledger(): Promise<readonly LedgerEntry[]> {
    const { releases } = await this.at.ask<{ releases: readonly LedgerEntry[] }>([
      "releases",
      "--limit",
      "1000",
    ]);
    return releases;
  }

  private async leftInNessie(): Promise<Pick<Aftermath, "branches" | "strayTags">> {
    const reply = await fetch(
      `${inject("stack").nessieUri}/trees?filter=${encodeURIComponent("ref.name.startsWith('consumer-release-')")}`,
    );
    const { references } = (await reply.json()) as {
      references: readonly { type: string; name: string; hash: string }[];
    };
    const tagged = new Map((await this.ledger()).map(({ tag, sealed }) => [tag, sealed]));
    const ours = Math.min(...(await this.ledger()).map(({ number }) => number));
    return {
      branches: references.filter(({ type }) => type === "BRANCH").map(({ name }) => name),
      strayTags: references
        .filter(({ type, name, hash }) => type === "TAG" && tagged.get(name) !== hash)
        // Releases of other tests on the same stack have a ledger of their own.
        .filter(({ name }) => Number(name.replace("consumer-release-", "")) >= ours)
        .map(({ name }) => name),
    };
  }
}

/** Main may go on meanwhile, by what other tests do on the same stack. */
const commandOf = (publishing: Publishing, main: string): readonly string[] =>
  publishing === "rollback" ? ["rollback"] : ["tag-consumer", "--to-hash", main];

/** Where the moment is the last one, the command has done what it was asked. */
async function hasNothingLeftToDo(run: CrashRun, { when, effect }: Crash): Promise<boolean> {
  return (await run.effects()).includes(`${when} ${effect}`);
}
