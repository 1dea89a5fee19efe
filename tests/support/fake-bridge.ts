import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { type BridgeOptions, type SqlMeshClient, startBridge } from "../../src/sqlmesh/client.js";

/** Stands in for Python: see there for what it can do. */
export const fakeInterpreter = fileURLToPath(new URL("bridge-interpreter.mjs", import.meta.url));

export interface FakeBridge {
  readonly client: SqlMeshClient;
  readonly logFile: string;
}

/** A client whose bridge behaves as told; closed when the test is over. */
export async function fakeBridge(
  behaviour: string,
  { environment, ...options }: Partial<BridgeOptions> = {},
): Promise<FakeBridge> {
  const folder = await mkdtemp(join(tmpdir(), "oso-pipeline-bridge-"));
  const client = startBridge({
    python: fakeInterpreter,
    project: folder,
    log: { directory: join(folder, "logs") },
    environment: { ...process.env, FAKE_BRIDGE: behaviour, ...environment },
    graceMs: 100,
    ...options,
  });
  onTestFinished(() => client.close());
  return { client, logFile: client.logFile };
}
