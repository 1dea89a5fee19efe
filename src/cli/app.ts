import type { Report } from "../core/events.js";
import type { LoadedConfig } from "../config/load.js";
import type { ReleaseService } from "../release/publish.js";
import type { RunService } from "../restatement/run.js";
import type { QueryEngine } from "../verification/ports.js";
import type { VerificationResult, VerificationService } from "../verification/verify.js";

/**
 * The real parts behind the commands, each built when a command first asks for it: `tag-consumer` with nothing
 * to do starts neither SQLMesh nor Trino. `main.ts` builds them; a test hands in its own.
 */
export interface App {
  readonly report: Report;
  /** Writes a line of data at once, for what has no end to wait for. */
  readonly print: (line: string) => void;
  /** Aborted on Ctrl-C, SIGTERM and --timeout. */
  readonly signal: AbortSignal;
  readonly workingDirectory: string;
  configuration(): Promise<LoadedConfig>;
  /** The same parts, for another configuration file. */
  forConfiguration(file: string): App;
  runs(): Promise<RunService>;
  verification(): Promise<VerificationService>;
  releases(): Promise<ReleaseService<VerificationResult>>;
  queries(): Promise<QueryEngine>;
}
