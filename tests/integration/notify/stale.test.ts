import { describe, expect, it } from "vitest";
import { error, runEnded } from "../../unit/notify/ends.js";
import { serve } from "../http/server.js";
import { discord, notifierOf } from "./notifier.js";

const never = new AbortController().signal;
const late = {
  model: "oso.a",
  cron: "@daily",
  until: "2026-11-18T00:00:00.000Z",
  behindMilliseconds: 3 * 86_400_000,
};

describe("models that have missed a whole cadence", () => {
  it("are told of by whatever command ends, and once they are complete again that is", async () => {
    const server = await serve(() => ({ status: 204 }));
    let stale = [late];
    const { notifier } = notifierOf([discord(server.url)], { stale: async () => stale });
    expect(await notifier.notify([runEnded({})], never)).toMatchObject([{ event: "stale", state: "sent" }]);
    stale = [];
    expect(await notifier.notify([runEnded({})], never)).toMatchObject([{ event: "recovered" }]);
  });

  it("are not told of beside a run that failed, which tells what it has left", async () => {
    const server = await serve(() => ({ status: 204 }));
    const { notifier } = notifierOf([discord(server.url)], { stale: async () => [late] });
    const failed = runEnded({ failure: error("TRANSFORMATION_FAILED", "model oso.a failed") });
    expect(await notifier.notify([failed], never)).toMatchObject([{ event: "run_failed" }]);
  });
});
