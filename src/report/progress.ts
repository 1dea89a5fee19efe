import type { PipelineEvent } from "../core/events.js";

/** Shows events as they come. `stop` leaves the cursor on a line of its own. */
export interface Progress {
  report(event: PipelineEvent): void;
  stop(): void;
}
