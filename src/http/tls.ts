import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { rootCertificates } from "node:tls";
import { PipelineError, messageOf } from "../core/errors.js";

/** Paths of PEM files; null for none. */
export interface Tls {
  /** Trusted in addition to the well-known authorities. */
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  /** True to accept any certificate. */
  readonly insecure: boolean;
}

/** @throws PipelineError CONFIG_INVALID where a file cannot be read or is not PEM. */
export function tlsAgent(service: string, tls: Tls | undefined): Agent {
  if (tls === undefined) return new Agent({ keepAlive: true });
  const read = (path: string | null): Buffer[] => (path === null ? [] : [readPem(service, path)]);
  const ca = read(tls.ca);
  return new Agent({
    keepAlive: true,
    rejectUnauthorized: !tls.insecure,
    cert: read(tls.cert),
    key: read(tls.key),
    ...(ca.length === 0 ? {} : { ca: [...rootCertificates, ...ca] }),
  });
}

function readPem(service: string, path: string): Buffer {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (thrown) {
    throw unusable(service, path, messageOf(thrown));
  }
  if (!content.includes("-----BEGIN ")) throw unusable(service, path, "it is not in PEM format");
  return content;
}

function unusable(service: string, path: string, why: string): PipelineError {
  return new PipelineError("CONFIG_INVALID", {
    message: `a certificate or key configured for ${service} cannot be used: ${why}`,
    where: path,
  });
}
