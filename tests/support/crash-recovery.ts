import { expect } from "vitest";
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
  const run = await calm.run(calm.restate);
  expect(run, run.stderr).toMatchObject({ exitCode: 0 });
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

export interface Recovery {
  readonly crashed: CrashCase;
  /** The run that was to die. */
  readonly first: CrashRun;
  readonly rebuilt: readonly string[];
}

export interface CrashOptions {
  readonly slow?: string;
  /** What happens between the crash and the retry. */
  readonly meanwhile?: (crashed: CrashCase) => Promise<void>;
}

/**
 * Restates, dies, and gives the same command again until it is done; then proves that every batch was written, none twice
 * beyond the one in flight, and that the data is that of an undisturbed restatement.
 */
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
  const { rebuilt } = first.exitCode === 0 ? { rebuilt: [] } : await crashed.retry();
  await prove(warehouse, undisturbed, crashed, since, rebuilt);
  await crashed.remove();
  return { crashed, first, rebuilt };
}

async function prove(
  { schema }: CrashWarehouse,
  undisturbed: Undisturbed,
  crashed: CrashCase,
  since: string,
  rebuilt: readonly string[],
): Promise<void> {
  const contents = await contentsOf(schema);
  expect(contents).toEqual({ ...undisturbed.contents, marks: [crashed.mark] });
  const statements = await statementsSince(since, schema);
  const models = rebuilt.map((model) => model.replace(`${schema}.`, ""));
  expect(unaccountedFor(undisturbed.statements, statements, { crashes: 1, rebuilt: models })).toEqual([]);

  const [{ run }] = (await crashed.expect<{ runs: readonly { run: { id: string } }[] }>(0, ["runs"]))
    .runs as [{ run: { id: string } }];
  const details = await crashed.expect<RunDetails>(0, ["show", run.id]);
  expect(details.state).toBe("succeeded");
  expect(details.batches?.stored).toBe(details.batches?.planned);

  const again = await crashed.run(crashed.restate);
  expect(again.json?.result, again.stderr).toMatchObject({ status: "already-done" });
}
