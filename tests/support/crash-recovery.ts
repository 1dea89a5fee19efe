import type { RunDetails } from "../../src/restatement/history.js";
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
  const { effects } = await calm.succeed(calm.restate);
  const contents = await contentsOf(warehouse.schema);
  const statements = await statementsSince(since, warehouse.schema);
  await calm.remove();
  return { contents, statements, effects };
}

/** These act on the world through requests only, which are effects themselves. */
const ACTS_BY_REQUESTS = /^(state|lease|main-history|running-queries|references)\./;
const ONLY_READS = /^(GET|POST \S+\/contents)/;
/** Before a statement is sent is before it is executed, too. */
const SENDS = /^bridge sends /;

/**
 * All moments at which death can make a difference: before and after each effect that changes something, in the command
 * line or in its bridge, for either of them; with a statement on its way, for both. What only reads changes nothing, so
 * that death after it is death before the next effect.
 */
export function everyEffectOf({ effects }: Undisturbed): readonly Crash[] {
  return effects.flatMap((line): readonly Crash[] => {
    const [, when, effect = ""] = /^(before|after) (.+)$/.exec(line) ?? [];
    if ((when !== "before" && when !== "after") || ACTS_BY_REQUESTS.test(effect)) return [];
    if (ONLY_READS.test(effect)) return when === "before" ? [{ when, effect, victim: "cli" }] : [];
    if (SENDS.test(effect)) return when === "after" ? [{ when, effect, victim: "both" }] : [];
    return [
      { when, effect, victim: "cli" },
      { when, effect, victim: "bridge" },
    ];
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
}

/** Every batch written, none twice beyond the one in flight, the data as if nothing had happened, and the journal whole. */
export const restatedOnce = ({ contents }: Undisturbed): Outcome => ({
  rows: contents.rows,
  otherMarks: [],
  unaccountedFor: [],
  state: "succeeded",
  missingInJournal: 0,
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
  /** What happens when all is done. */
  readonly afterwards?: (crashed: CrashCase) => Promise<void>;
}

/** Restates, dies there, and gives the same command again until it is done. */
export async function dieAndRetry(
  warehouse: CrashWarehouse,
  undisturbed: Undisturbed,
  crash: Crash,
  { slow, meanwhile, afterwards }: CrashOptions = {},
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
  const { runs } = await crashed.ask<{ runs: readonly { run: { id: string } }[] }>(["runs"]);
  const details = await crashed.ask<RunDetails>(["show", runs[0]?.run.id ?? ""]);
  await afterwards?.(crashed);
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
    },
  };
}
