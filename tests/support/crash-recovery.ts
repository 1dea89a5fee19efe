import type { RunDetails } from "../../src/restatement/history.js";
import type { RunResult } from "../../src/restatement/run-result.js";
import {
  contentsOf,
  type Contents,
  inFlight,
  statementsAtWork,
  type Statements,
  statementsSince,
  unaccountedFor,
} from "./crash-proof.js";
import type { Crash, CrashCase, CrashRun, CrashWarehouse, SecondCrash } from "./crash-warehouse.js";
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
  const run = await calm.succeed(calm.restate);
  const effects = await run.effects();
  const contents = await contentsOf(warehouse.schema);
  const statements = await statementsSince(since, warehouse.schema);
  await calm.remove();
  return { contents, statements, effects };
}

/** These act on the world through requests only, which are effects themselves. */
const ACTS_BY_REQUESTS =
  /^(state|lease|main-history|running-queries|references|ledger|sealing-branch|release-reader)\./;
const ONLY_READS = /^(GET |POST \S+ (reads|SELECT))/;
/** Before a statement is sent is before it is executed, too. */
const SENDS = /^bridge sends /;
/** Come once and then with every heartbeat, whatever else goes on. */
const HEARTBEAT = /^(engine\.permit|POST \S+ (reads|writes) lease\/\S+)#(?!1$)/;
const STARTS_BRIDGE = "engine.load#1";
/** How many there are of them is a matter of time: entries of the journal are written together, queries awaited. */
const AS_TIME_ALLOWS = /^POST \S+ ((reads|writes) journal\/|SELECT)/;

/**
 * All moments at which death can make a difference: before and after each effect that changes something, in the command
 * line or in its bridge, for either of them; with a statement on its way, for both. What only reads changes nothing, so
 * that death after it is death before the next effect, and of several in a row the first stands for all.
 */
export function everyEffectOf(effects: readonly string[]): readonly Crash[] {
  let hasOnlyRead = false;
  return effects.flatMap((line): readonly Crash[] => {
    const [, when, effect = ""] = /^(before|after) (.+)$/.exec(line) ?? [];
    if ((when !== "before" && when !== "after") || ACTS_BY_REQUESTS.test(effect) || HEARTBEAT.test(effect))
      return [];
    if (ONLY_READS.test(effect)) {
      if (when === "after" || hasOnlyRead) return [];
      hasOnlyRead = true;
      return [{ when, effect, victim: "cli" }];
    }
    hasOnlyRead = false;
    if (SENDS.test(effect)) return when === "after" ? [{ when, effect, victim: "both" }] : [];
    const hasBridge = when === "after" || effect !== STARTS_BRIDGE;
    return [
      { when, effect, victim: "cli" },
      ...(hasBridge ? [{ when, effect, victim: "bridge" } as const] : []),
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
  /** Commits that the tool takes for somebody else's, though all are of this run. */
  readonly takenForForeign: number;
  /** Statements that Trino has not ended. */
  readonly stillAtWork: number;
  /** Whether each death came at its moment, so that something has been proven. */
  readonly died: boolean;
}

/** Every batch written, none twice beyond the one in flight, the data as if nothing had happened, and the journal whole. */
export const restatedOnce = ({ contents }: Undisturbed): Outcome => ({
  rows: contents.rows,
  otherMarks: [],
  unaccountedFor: [],
  state: "succeeded",
  missingInJournal: 0,
  takenForForeign: 0,
  stillAtWork: 0,
  died: true,
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
  /** Where a retry dies in its turn. */
  readonly again?: SecondCrash;
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
  { slow, again, meanwhile, afterwards }: CrashOptions = {},
): Promise<Recovery> {
  const crashed = await warehouse.case();
  await crashed.publishSomething();
  const since = await hashOf("main");
  const first = await crashed.run(crashed.restate, { crash, slow });
  await meanwhile?.(crashed);
  // Death after the last thing that matters is no failure: the command had done what it was asked.
  const { last, second, rebuilt } =
    first.exitCode === 0 ? { last: first, second: null, rebuilt: [] } : await crashed.retry(again);

  const { run, restatement } = (last.json as { result: RunResult }).result;
  const [{ rows, marks }, statements, details] = await Promise.all([
    contentsOf(warehouse.schema),
    statementsSince(since, warehouse.schema),
    crashed.ask<RunDetails>(["show", run]),
  ]);
  const effects = await first.effects();
  const effectsAgain = (await second?.effects()) ?? [];
  await afterwards?.(crashed);
  await crashed.remove();
  const lost = [inFlight(effects), inFlight(effectsAgain)];
  return {
    first,
    rebuilt,
    outcome: {
      rows,
      otherMarks: marks.filter((mark) => mark !== crashed.mark),
      unaccountedFor: unaccountedFor(undisturbed.statements, statements, { lost, rebuilt }),
      state: details.state,
      missingInJournal: (details.batches?.planned ?? NaN) - (details.batches?.stored ?? NaN),
      takenForForeign: restatement?.foreignCommits.length ?? 0,
      stillAtWork: await statementsAtWork(warehouse.schema),
      died: hasCome(crash, effects) && (!again || again.mayNotCome === true || hasCome(again, effectsAgain)),
    },
  };
}

/** What a retry does that takes up what a death has left: everything by which it acts, in order. */
export async function resumptionAfter(
  warehouse: CrashWarehouse,
  crash: Crash,
  within: SecondCrash["within"],
  { slow }: Pick<CrashOptions, "slow"> = {},
): Promise<readonly string[]> {
  const crashed = await warehouse.case();
  await crashed.run(crashed.restate, { crash, slow });
  const { all } = await crashed.retry();
  const effects = await all.find(({ command }) => command === within)?.effects();
  await crashed.remove();
  return effects ?? [];
}

/** Where it may not come, the run was undisturbed, and the outcome is to be the same. */
const hasCome = ({ when, effect }: Crash, reached: readonly string[]): boolean =>
  reached.includes(`${when} ${effect}`) || AS_TIME_ALLOWS.test(effect);
