import { z } from "zod";
import { bringUp } from "../../../src/localstack/bring-up.js";
import { portNames } from "../../../src/localstack/settings.js";
import { openFakeStack } from "./fake-stack.js";

/** Where `up` dies: after a process was started and before it is recorded, after that, or while waiting for it. */
export const crashes = ["before the record", "after the record", "while waiting"] as const;
export type Crash = (typeof crashes)[number];

const job = z.object({
  home: z.string(),
  ports: z.record(z.enum(portNames), z.number()),
  crash: z.enum(crashes),
});

const die = (): never => {
  process.kill(process.pid, "SIGKILL");
  throw new Error("still alive");
};

/** Brings up the fake stack in this process, which kills itself on the way. */
export async function bringUpAndDie(text: string): Promise<void> {
  const { home, ports, crash } = job.parse(JSON.parse(text));
  const stack = await openFakeStack(home, ports);
  const { context } = stack;
  const service = stack.service("s3");
  await bringUp(
    [crash === "while waiting" ? { ...service, ready: async () => die() } : service],
    {
      ...context,
      table: crash === "before the record" ? { ...context.table, birthOf: async () => die() } : context.table,
      report: (event) => {
        if (crash === "after the record" && event.type === "service" && event.state === "starting") die();
      },
    },
    new AbortController().signal,
  );
}
