import type { Secret } from "../core/secret.js";
import type { KnownModel } from "../restatement/known-models.js";
import type { RunRecord } from "../restatement/runs.js";
import type { Alert, AlertEvent, AlertSeverity } from "./alert.js";
import type { Memory } from "./memory.js";

/** Where alerts go. Addresses of webhooks are secrets: whoever has one may post. */
export type TargetSettings =
  | { readonly type: "discord" | "slack"; readonly name: string; readonly url: Secret }
  | {
      readonly type: "webhook";
      readonly name: string;
      readonly url: Secret;
      /** Signs what is sent; null for none. */
      readonly secret: Secret | null;
    }
  | EmailSettings;

export interface EmailSettings {
  readonly type: "email";
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** `tls` from the first byte, `starttls` before anything is said, or `none`. */
  readonly security: "tls" | "starttls" | "none";
  readonly user: string | null;
  readonly password: Secret | null;
  readonly from: string;
  readonly to: readonly string[];
}

/** Which alerts go to which targets. */
export interface Route {
  readonly to: readonly string[];
  /** Null for all. */
  readonly events: readonly AlertEvent[] | null;
  /** The least that is told. */
  readonly severity: AlertSeverity;
  /** Null for all; alerts about no environment pass. */
  readonly environments: readonly string[] | null;
  readonly quietHours: QuietHours | null;
}

/** When nothing is sent but what is severe enough. */
export interface QuietHours {
  /** Minutes since midnight; `until` is not quiet any more, and may be the earlier of the two. */
  readonly from: number;
  readonly until: number;
  /** IANA name. */
  readonly timeZone: string;
  /** The least that is told all the same. */
  readonly except: AlertSeverity;
}

export interface NotificationSettings {
  readonly targets: readonly TargetSettings[];
  readonly routes: readonly Route[];
  /** For all deliveries together. */
  readonly timeoutMilliseconds: number;
  /** How long the same is not told again to a target. */
  readonly repeatMilliseconds: number;
  readonly slowdown: { readonly factor: number; readonly atLeastMilliseconds: number };
  /** Where reports can be read, `{run}` in place of the run's id; null where they are published nowhere. */
  readonly reportUrl: string | null;
}

/** One service. */
export interface Target {
  readonly name: string;
  readonly type: TargetSettings["type"];
  /** Whether it could be sent anything, as far as can be told without asking. @throws PipelineError SECRET_MISSING, CONFIG_INVALID */
  check(): void;
  /**
   * @param id the same for each try at this delivery
   * @throws PipelineError why it is not delivered; without any secret
   */
  send(alert: Alert, id: string, signal: AbortSignal): Promise<void>;
}

/** What has been told, and what is known to be broken. */
export interface AlertMemory {
  read(): Promise<Memory>;
  /** Whatever somebody else has written meanwhile, the change is made to that. */
  change(change: (now: Memory) => Memory): Promise<void>;
}

/** A model that has missed a whole cadence. */
export interface StaleModel {
  readonly model: string;
  readonly cron: string;
  /** Up to where its data is complete, ISO 8601 UTC; null where it has none. */
  readonly until: string | null;
  /** How much is missing; null where it has no data. */
  readonly behindMilliseconds: number | null;
}

/** Of an environment, by what runs have remembered; null where none has. */
export type StaleModels = (environment: string) => Promise<readonly StaleModel[] | null>;

/** What the run with this id has learned of its models; none where it has told nothing. */
export type LearnedModels = (run: string) => Promise<readonly KnownModel[]>;

/** Runs that are remembered, newest first. */
export type EarlierRuns = () => Promise<readonly RunRecord[]>;
