import { describe, expect, it } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import type { PipelineEvent } from "../../../src/core/events.js";
import { waitUntilReady } from "../../../src/trino/ready.js";
import { type Answer, closedAddress, json, serve } from "../http/server.js";

const up = json({ nodeVersion: { version: "476" }, coordinator: true, starting: false, uptime: "1m" });
const starting = json({ nodeVersion: { version: "476" }, coordinator: true, starting: true, uptime: "1s" });

interface Cluster {
  readonly url: string;
  /** What each query is answered with, the last for ever; an error is thrown. */
  readonly workers?: readonly (number | PipelineError)[];
  readonly minimumWorkers?: number;
  readonly longest?: number;
  readonly signal?: AbortSignal;
}

/** Waits on a clock that goes on by what is slept. */
async function waitFor({ url, workers = [0], minimumWorkers = 0, longest = 60_000, signal }: Cluster) {
  const events: PipelineEvent[] = [];
  let asked = 0;
  let now = 0;
  await waitUntilReady(
    {
      trino: {
        query: async () => {
          const answer = workers[Math.min(asked, workers.length - 1)] ?? 0;
          asked += 1;
          if (answer instanceof PipelineError) throw answer;
          return { columns: [], rows: [[answer]], queryId: "1" };
        },
      },
      http: { baseUrl: url },
      timeoutMilliseconds: longest,
      minimumWorkers,
      report: (event) => events.push(event),
      monotonic: () => now,
      sleep: async (milliseconds) => {
        now += milliseconds;
      },
    },
    signal ?? new AbortController().signal,
  );
  return events.map((event) =>
    event.type === "waiting" ? `${event.what} ${event.elapsed} of ${event.longest}` : event.type,
  );
}

const answering = async (...answers: readonly Answer[]): Promise<string> =>
  (await serve((_, count) => answers[count - 1] ?? answers.at(-1) ?? up)).url;

describe("waiting until Trino is ready", () => {
  it("does not wait for one that is", async () => {
    expect(await waitFor({ url: await answering(up) })).toEqual([]);
  });

  it("waits while it starts up, and says so", async () => {
    expect(await waitFor({ url: await answering(starting, starting, up) })).toEqual([
      "Trino (starting up) 0 of 60000",
      "Trino (starting up) 2000 of 60000",
    ]);
  });

  it("waits for as many workers as there are to be", async () => {
    expect(await waitFor({ url: await answering(up), workers: [0, 1, 3], minimumWorkers: 3 })).toEqual([
      "Trino (0 of 3 workers) 0 of 60000",
      "Trino (1 of 3 workers) 2000 of 60000",
    ]);
  });

  it("waits behind a gateway that has nothing to hand on to, and for a query that has no workers", async () => {
    const none = new PipelineError("QUERY_FAILED", { message: "Insufficient active worker nodes" });
    const url = await answering({ status: 404, body: "no such route" }, { status: 503 }, up);
    expect(await waitFor({ url, workers: [none, 1], minimumWorkers: 1 })).toHaveLength(3);
  });

  it("gives up after the longest time, and says what was missing", async () => {
    const url = await closedAddress();
    await expect(waitFor({ url, minimumWorkers: 2 })).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      message: `Trino at ${url} was not ready with 2 workers within 1 min 0 s: cannot be reached: connection refused`,
    });
  });

  it.each<[string, Answer]>([
    ["AUTHENTICATION_FAILED", { status: 401 }],
    ["PERMISSION_DENIED", { status: 403 }],
    ["CONFIG_INVALID", { status: 302, headers: { location: "https://login.example.org" } }],
  ])("waits for nothing where it is %s", async (code, answer) => {
    await expect(waitFor({ url: await answering(answer) })).rejects.toMatchObject({ code });
  });

  it("says at once that the workers may not be counted", async () => {
    const denied = new PipelineError("PERMISSION_DENIED", { message: "no access to system.runtime.nodes" });
    await expect(waitFor({ url: await answering(up), workers: [denied], minimumWorkers: 1 })).rejects.toBe(
      denied,
    );
  });

  it("is broken off by an interruption", async () => {
    const controller = new AbortController();
    const interrupted = new PipelineError("INTERRUPTED", { message: "interrupted" });
    const { url } = await serve(() => {
      controller.abort(interrupted);
      return "hang";
    });
    await expect(waitFor({ url, signal: controller.signal })).rejects.toBe(interrupted);
  });
});
