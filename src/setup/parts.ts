import type { Report } from "../core/events.js";
import type { LocalServices, NessieLook, Questions, Surveyor, TrinoLook } from "./ports.js";
import type { ApprovalPolicy, NessieSettings, TrinoSettings } from "./settings.js";

/** What was said on the command line; null for what was not. */
export interface InitOptions {
  readonly project: string | null;
  readonly python: string | null;
  readonly gateway: string | null;
  readonly trinoUrl: string | null;
  readonly trinoUser: string | null;
  readonly producerCatalog: string | null;
  readonly consumerCatalog: string | null;
  readonly nessieUri: string | null;
  readonly branch: string | null;
  readonly consumerTag: string | null;
  readonly approval: ApprovalPolicy | null;
  readonly ci: Ci | null;
  readonly checks: boolean;
  /** Files that may be written over, as they are typed. */
  readonly force: readonly string[];
  /** Nothing is written. */
  readonly dryRun: boolean;
}

export type Ci = "github" | "none";

/** What `init` needs from outside. */
export interface InitParts {
  /** Null where nobody is there to answer, or asked not to be asked. */
  readonly questions: Questions | null;
  readonly report: Report;
  readonly workingDirectory: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Of this program. */
  readonly version: string;
  surveyor(python: string, project: string): Promise<Surveyor>;
  /** @param folder of the configuration, whose `.env` may hold what one signs in with */
  trino(settings: TrinoSettings, folder: string): Promise<TrinoLook>;
  nessie(settings: NessieSettings, folder: string): Promise<NessieLook>;
  /** Null where no local stack is up in the folder. */
  localServices(folder: string): Promise<LocalServices | null>;
  /** Writes a whole file or none of it. */
  write(file: string, text: string): Promise<void>;
}
