import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import type { PipelineEvent } from "../../src/core/events.js";
import { createLocalStack } from "../../src/localstack/stack.js";

/** Where the real services are, for tests: `inject("stack")`. */
export interface StackFacts {
  /** Trino's origin. */
  readonly trinoUrl: string;
  /** Nessie's API, ending in /api/v2. */
  readonly nessieUri: string;
  /** Origin of the object store. */
  readonly s3Url: string;
  /** Interpreter of the SQLMesh environment. */
  readonly python: string;
  readonly home: string;
}

declare module "vitest" {
  interface ProvidedContext {
    stack: StackFacts;
  }
}

/**
 * Brings up a stack of its own for the end-to-end tests, on free ports, and takes it away again. With
 * OSO_PIPELINE_E2E_HOME it uses that home and leaves it running, so that the next run of the tests starts at once.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const kept = process.env["OSO_PIPELINE_E2E_HOME"];
  const home = kept ?? (await realpath(await mkdtemp(join(tmpdir(), "oso-pipeline-e2e-"))));
  const stack = createLocalStack({
    home,
    ports: { trino: 0, nessie: 0, nessieManagement: 0, s3: 0 },
    report: (event) => isQuiet || say(event),
  });
  // The last line of a test run is its count of passed and failed tests.
  let isQuiet = false;
  const takeAway = async (): Promise<void> => {
    isQuiet = true;
    if (kept !== undefined) return;
    await stack.down();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const { services, python } = await stack.up();
    const addressOf = (name: string): string =>
      services.find((service) => service.name === name)?.address ?? "";
    project.provide("stack", {
      trinoUrl: addressOf("trino"),
      nessieUri: addressOf("nessie"),
      s3Url: addressOf("s3"),
      python: python ?? "",
      home,
    });
  } catch (thrown) {
    await takeAway();
    throw thrown;
  }
  return takeAway;
}

function say(event: PipelineEvent): void {
  if (event.type === "phase") process.stderr.write(`${event.text}\n`);
  if (event.type === "service")
    process.stderr.write(`  ${event.service} ${event.state} ${event.detail ?? ""}\n`);
}
