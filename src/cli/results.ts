import type { Validation } from "../config/validate.js";
import type { ErrorCode } from "../core/errors.js";
import type { PipelineEvent } from "../core/events.js";
import type { Model } from "../core/model.js";
import type { DoctorResult } from "../doctor/diagnosis.js";
import type { Comparison } from "../release/diff.js";
import type { PhysicalNames, ReleaseDetails, ReleaseList } from "../release/history.js";
import type { PublishResult } from "../release/publish.js";
import type { Delivery } from "../notify/notifier.js";
import type { OUTPUT_VERSION } from "../report/envelope.js";
import type { WrittenReport } from "../report/write.js";
import type { SeedResult } from "../seeds/result.js";
import type { InitResult } from "../setup/init.js";
import type { ApproveResult } from "../report/text/approval.js";
import type { EffectiveConfig } from "../report/text/config.js";
import type { LeaseList, ReleasedLease } from "../report/text/leases.js";
import type { RollbackResult } from "../report/text/rollback.js";
import type { RunDetails, RunList } from "../restatement/history.js";
import type { PlanResult } from "../restatement/run-result.js";
import type { WarehouseStatus } from "../status/status.js";
import type { VerificationResult } from "../verification/verify.js";
import type { CompletionResult } from "./commands/completion.js";
import type { DemoResult } from "./commands/local-demo.js";
import type { LocalResults } from "./commands/local.js";
import type { ResumeResult } from "./commands/resume.js";
import type { RunAndPublishResult } from "./commands/run.js";

/** What each command's `result` is, for `docs/output.schema.json`. */
export interface CommandResults {
  readonly run: RunAndPublishResult;
  readonly plan: PlanResult;
  readonly approve: ApproveResult;
  readonly resume: ResumeResult;
  readonly status: WarehouseStatus;
  readonly runs: RunList;
  readonly show: RunDetails;
  readonly "lease show": LeaseList;
  readonly "lease release": ReleasedLease;
  readonly verify: VerificationResult;
  readonly "tag-consumer": PublishResult<VerificationResult>;
  readonly rollback: RollbackResult;
  readonly releases: ReleaseList | ReleaseDetails;
  readonly diff: Comparison;
  readonly models: readonly Model[] | PhysicalNames;
  readonly doctor: DoctorResult;
  readonly report: WrittenReport;
  readonly init: InitResult;
  readonly "seed add": SeedResult;
  readonly completion: CompletionResult;
  readonly "config show": EffectiveConfig;
  readonly "config validate": Validation;
  /** A JSON Schema. */
  readonly "config schema": object;
  readonly "local up": LocalResults["up"];
  readonly "local down": LocalResults["down"];
  readonly "local status": LocalResults["status"];
  readonly "local reset": LocalResults["reset"];
  readonly "local logs": LocalResults["logs"];
  readonly "local demo": DemoResult;
  /** A command line that names no command, or one that cannot be read. */
  readonly usage: null;
}

/** One line of `--output ndjson` but the last. */
export type EventLine = LineHead & PipelineEvent;

/** What every line begins with. */
export interface LineHead {
  readonly version: typeof OUTPUT_VERSION;
  /** Counts from 1, without gaps. */
  readonly sequence: number;
  /** ISO 8601, UTC. */
  readonly time: string;
}

/** Why a command did not end well. */
export interface OutputError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly where?: string;
  /** Where it is explained, in this package. */
  readonly documentation: string;
}

/** All that `docs/output.schema.json` is made of. */
export interface Output {
  readonly results: CommandResults;
  readonly head: LineHead;
  readonly event: EventLine;
  readonly error: OutputError;
  readonly notification: Delivery;
}
