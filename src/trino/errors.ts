import { PipelineError, type ErrorCode } from "../core/errors.js";
import { AFTER_INTERRUPTION } from "../core/interruption.js";
import type { Peer } from "../http/peer.js";
import type { QueryErrorPage } from "./schemas.js";

/** Trino's own words for a failed query, as the cause of a PipelineError. */
export class TrinoError extends Error {
  override readonly name = "TrinoError";

  constructor(
    message: string,
    /** Trino's error name: `TABLE_NOT_FOUND`. */
    readonly errorName: string,
    readonly errorType: string | null,
    readonly queryId: string,
  ) {
    super(message);
  }
}

/** Error names (Trino's StandardErrorCode) that tell of the cluster or of rights, not of the query. */
const codes: Readonly<Record<string, ErrorCode>> = {
  NO_NODES_AVAILABLE: "SERVICE_UNAVAILABLE",
  SERVER_STARTING_UP: "SERVICE_UNAVAILABLE",
  SERVER_SHUTTING_DOWN: "SERVICE_UNAVAILABLE",
  CLUSTER_OUT_OF_MEMORY: "SERVICE_UNAVAILABLE",
  QUERY_QUEUE_FULL: "SERVICE_UNAVAILABLE",
  REMOTE_HOST_GONE: "SERVICE_UNAVAILABLE",
  PERMISSION_DENIED: "PERMISSION_DENIED",
  EXCEEDED_TIME_LIMIT: "TIMEOUT",
};

const hints: Partial<Record<ErrorCode, string>> = {
  SERVICE_UNAVAILABLE: "the cluster cannot take the query now: try again later",
  PERMISSION_DENIED: "give the configured Trino user the right to do this",
  TIMEOUT: "raise the configured limit, or look at what else the cluster is doing",
};

/** A query that Trino itself says has failed. */
export function queryFailed(peer: Peer, queryId: string, error: QueryErrorPage): PipelineError {
  const name = error.errorName ?? "GENERIC_INTERNAL_ERROR";
  const said = peer.redact(error.message ?? "no message");
  const place = error.errorLocation;
  // Trino writes the place in front of the message of most errors that have one.
  const where =
    place === null || place === undefined || /^line \d+:\d+: /.test(said)
      ? ""
      : `line ${place.lineNumber}:${place.columnNumber}: `;
  const code = codes[name] ?? "QUERY_FAILED";
  return new PipelineError(code, {
    message: `Trino query ${queryId} failed (${name}): ${where}${said}`,
    hint: hints[code],
    cause: new TrinoError(said, name, error.errorType ?? null, queryId),
  });
}

export function queryTimedOut(queryId: string | undefined, milliseconds: number): PipelineError {
  return new PipelineError("TIMEOUT", {
    message: `${queryName(queryId)} took longer than ${milliseconds / 1000} s and was cancelled`,
    hint: hints.TIMEOUT,
  });
}

export function queryInterrupted(queryId: string | undefined): PipelineError {
  return new PipelineError("INTERRUPTED", {
    message: `${queryName(queryId)} was interrupted and cancelled`,
    hint: AFTER_INTERRUPTION,
  });
}

/** The coordinator keeps queries in memory only. */
export function queryForgotten(peer: Peer, queryId: string): PipelineError {
  return new PipelineError("SERVICE_UNAVAILABLE", {
    message: `Trino at ${peer.address} no longer knows query ${queryId}: it was restarted, or another coordinator answers`,
    hint: "try again",
  });
}

/** Credentials go to the configured address only. */
export function elsewhere(peer: Peer, nextUri: string): PipelineError {
  return new PipelineError("CONFIG_INVALID", {
    message: `Trino at ${peer.address} continues its answer at ${new URL(nextUri).origin}, where credentials are not sent`,
    hint: "behind a proxy Trino needs http-server.process-forwarded=true; else configure the address that it names",
  });
}

const queryName = (queryId: string | undefined): string =>
  queryId === undefined ? "a Trino query" : `Trino query ${queryId}`;
