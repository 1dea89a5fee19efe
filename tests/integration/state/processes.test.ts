import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, onTestFinished } from "vitest";
import { stateProcessContract } from "../../support/state-processes.js";

describe("state in a folder", () => {
  stateProcessContract(async () => {
    const folder = await mkdtemp(join(tmpdir(), "processes-"));
    onTestFinished(async () => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    return { folder };
  });
});
