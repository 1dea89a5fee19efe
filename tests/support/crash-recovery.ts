import { expect } from "vitest";
import type { RunDetails } from "../../src/restatement/history.js";
import type { RunResult } from "../../src/restatement/run-result.js";
import {
  contentsOf,
  type Contents,
  type Statements,
  statementsSince,
  unaccountedFor,
} from "./crash-proof.js";
import type { Crash, CrashCase, CrashRun, CrashWarehouse } from "./crash-warehouse.js";
import { hashOf } from "./warehouse.js";

/** A restatement that nothing disturbs: what all others are measured by. */
export interface Undisturbed {
  readonly contents: Contents;
  readonly statements: Statements;
  /** Everything by which it acted, in order. */
  readonly effects: readonly string[];
}

export async function restateUndisturbed(warehouse: CrashWarehouse): Promise<Undisturbed> {
  const calm = await warehouse.case();
  const since = await hashOf("main");
  const run = await calm.run(calm.restate);
  expect(run).toMatchObject({ exitCode: 0 });
  const contents = await contentsOf(warehouse.schema);
  expect(contents.marks).toEqual([calm.mark]);
  const statements = await statementsSince(since, warehouse.schema);
  await calm.remove();
  return { contents, statements, effects: run.effects };
}

/** Each effect that acts on the world, before and after it, the command line and then its bridge dying there. */
export function everyEffectOf({ effects }: Undisturbed): readonly Crash[] {
  return effects.flatMap((line) => {
    const [when = "", ...words] = line.split(" ");
    if (when !== "before" && when !== "after") return [];
    const effect = words.join(" ");
    return (["cli", "bridge"] as const).map((victim): Crash => ({ when, effect, victim }));
  });
}

/** What must hold after every crash, once the same command has been given again. */
export interface Outcome {
  readonly rows: Contents["rows"];
  /** Restatements other than this one that left a row. */
  readonly otherMarks: readonly number[];
  readonly unaccountedFor: readonly string[];
  readonly state: string;
  /** Batches that the journal does not know, of those planned. */
  readonly missingInJournal: number;
  /** What the same command says once more. */
  readonly again: unknown;
}

/** Every batch written, none twice beyond the one in flight, the data as if nothing had happened, and the journal whole. */
export const restatedOnce = ({ contents }: Undisturbed): Outcome => ({
  rows: contents.rows,
  otherMarks: [],
  unaccountedFor: [],
  state: "succeeded",
  missingInJournal: 0,
  again: "already-done",
});

export interface Recovery {
  /** The run that was to die. */
  readonly first: CrashRun;
  /** Models that a person had to have rebuilt, for nothing could tell what had become of their batch. */
  readonly rebuilt: readonly string[];
  readonly outcome: Outcome;
}

export interface CrashOptions {
  readonly slow?: string;
  /** What happens between the crash and the retry. */
  readonly meanwhile?: (crashed: CrashCase) => Promise<void>;
}

/** Restates, dies there, and gives the same command again until it is done. */
export async function dieAndRetry(
  warehouse: CrashWarehouse,
  undisturbed: Undisturbed,
  crash: Crash,
  { slow, meanwhile }: CrashOptions = {},
): Promise<Recovery> {
  const crashed = await warehouse.case();
  await crashed.publishSomething();
  const since = await hashOf("main");
  const first = await crashed.run(crashed.restate, { crash, ...(slow === undefined ? {} : { slow }) });
  await meanwhile?.(crashed);
  // Death after the last thing that matters is no failure: the command had done what it was asked.
  const { rebuilt } = first.exitCode === 0 ? { rebuilt: [] } : await crashed.retry();

  const { rows, marks } = await contentsOf(warehouse.schema);
  const statements = await statementsSince(since, warehouse.schema);
  const { runs } = await crashed.expect<{ runs: readonly { run: { id: string } }[] }>(0, ["runs"]);
  const details = await crashed.expect<RunDetails>(0, ["show", runs[0]?.run.id ?? ""]);
  const again = await crashed.expect<RunResult>(0, crashed.restate);
  await crashed.remove();
  return {
    first,
    rebuilt,
    outcome: {
      rows,
      otherMarks: marks.filter((mark) => mark !== crashed.mark),
      unaccountedFor: unaccountedFor(undisturbed.statements, statements, { crashes: 1, rebuilt }),
      state: details.state,
      missingInJournal: (details.batches?.planned ?? NaN) - (details.batches?.stored ?? NaN),
      again: again.status,
    },
  };
}
