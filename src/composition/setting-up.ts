import { mkdtemp, mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Secret } from "../core/secret.js";
import type { InitOptions, InitParts } from "../setup/parts.js";
import type { InitResult } from "../setup/init.js";
import type { LocalServices, Surveyor } from "../setup/ports.js";
import {
  nessieSecret,
  type NessieSettings,
  SECRETS_PREFIX,
  type SecretPlace,
  trinoSecret,
  type TrinoSettings,
} from "../setup/settings.js";
import type { Edge } from "./outside.js";

/** Somebody waits at the terminal: what does not answer soon is told as silent. */
const PATIENCE = { timeoutMs: 5_000, retry: { retries: 1, maxWaitMs: 500 } } as const;
const QUERY_LIMIT = 20_000;

/** `init` works without a configuration, so that its parts are made of what it finds instead. */
export function settingUp(edge: Edge): (options: InitOptions, mayAsk: boolean) => Promise<InitResult> {
  return async (options, mayAsk) => {
    const { Init } = await import("../setup/init.js");
    // Nothing is left in the project by looking at it: logs and what SQLMesh caches go elsewhere.
    const scratch = await mkdtemp(join(tmpdir(), "oso-pipeline-init-"));
    const toClose: { close(): Promise<void> }[] = [];
    const parts: InitParts = {
      questions: mayAsk ? edge.questions : null,
      report: edge.report,
      workingDirectory: edge.workingDirectory,
      environment: edge.environment,
      version: edge.version,
      surveyor: async (python, project): Promise<Surveyor> => {
        const { startBridge } = await import("../sqlmesh/client.js");
        const { values } = await environmentAt(edge, project);
        const bridge = startBridge({
          python,
          project,
          environment: { SQLMESH__CACHE_DIR: join(scratch, "cache"), ...values },
          log: { file: join(scratch, "sqlmesh.log") },
          startupTimeoutMs: 120_000,
          silenceTimeoutMs: 300_000,
          signal: edge.signal,
        });
        toClose.push(bridge);
        return bridge;
      },
      trino: (settings, folder) => lookAtTrino(edge, settings, folder),
      nessie: (settings, folder) => lookAtNessie(edge, settings, folder),
      localServices: (folder) => localServices(edge, folder),
      write: async (file, text) => {
        const { default: writeFileAtomic } = await import("write-file-atomic");
        await mkdir(dirname(file), { recursive: true });
        await writeFileAtomic(file, text);
      },
    };
    let isDone = false;
    try {
      const result = await new Init(parts).run(options);
      isDone = true;
      return result;
    } finally {
      await Promise.all(toClose.map((part) => part.close()));
      // A log that an error names stays.
      if (isDone || edge.signal.aborted) await rm(scratch, { recursive: true, force: true });
    }
  };
}

async function environmentAt(edge: Edge, folder: string) {
  const { readEnvironment } = await import("../config/environment.js");
  return readEnvironment(edge.environment, edge.workingDirectory, join(folder, "oso-pipeline.yaml"));
}

async function secretOf(edge: Edge, folder: string, place: SecretPlace): Promise<Secret> {
  const { referredSecret } = await import("../config/secrets.js");
  const { group, key } = place;
  return referredSecret(place, {
    setting: `${group}.auth.${key}`,
    where: "oso-pipeline.yaml",
    defaultPrefix: SECRETS_PREFIX,
    environment: await environmentAt(edge, folder),
  }).secret;
}

async function lookAtTrino(edge: Edge, settings: TrinoSettings, folder: string) {
  const [{ createTrinoClient }, look] = await Promise.all([
    import("../trino/client.js"),
    import("../trino/look.js"),
  ]);
  const { url, user, auth, tls } = settings;
  const place = trinoSecret(settings);
  const secret = place === null ? null : await secretOf(edge, folder, place);
  const path = (written: string | null): string | null =>
    written === null ? null : resolve(folder, written);
  const trino = createTrinoClient({
    ...PATIENCE,
    server: url,
    user,
    auth:
      secret === null
        ? { type: "none" }
        : auth === "jwt"
          ? { type: "jwt", token: secret }
          : { type: "basic", password: secret },
    tls: { ca: path(tls.ca), cert: path(tls.cert), key: path(tls.key), insecure: tls.insecure },
    queryTimeoutMs: QUERY_LIMIT,
  });
  const { signal } = edge;
  return look.lookAtTrino((sql) => trino.query(sql, { signal }));
}

async function lookAtNessie(edge: Edge, settings: NessieSettings, folder: string) {
  const look = await import("../nessie/look.js");
  const place = nessieSecret(settings);
  const { uri } = settings;
  return look.lookAtNessie({
    ...PATIENCE,
    uri,
    auth: place === null ? { type: "none" } : { type: "bearer", token: await secretOf(edge, folder, place) },
    signal: edge.signal,
  });
}

async function localServices(edge: Edge, folder: string): Promise<LocalServices | null> {
  const { createLocalStack } = await import("../localstack/stack.js");
  const stack = createLocalStack({ home: join(folder, ".oso-pipeline", "local"), report: edge.report });
  const { services, python } = await stack.status(edge.signal);
  const addressOf = (name: string): string | null =>
    services.find((service) => service.name === name && service.state === "ready")?.address ?? null;
  const [trino, nessieUri] = [addressOf("trino"), addressOf("nessie")];
  return trino === null || nessieUri === null ? null : { trinoUrl: new URL(trino).origin, nessieUri, python };
}
