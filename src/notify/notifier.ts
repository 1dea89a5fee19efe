import { formatDuration } from "../core/duration.js";
import { messageOf, PipelineError } from "../core/errors.js";
import type { Report } from "../core/events.js";
import type { Alert, AlertEvent, AlertSeverity } from "./alert.js";
import type { Ended } from "./ended.js";
import { mapTexts } from "../core/redactor.js";
import { type LinkSources, withLinks } from "./links.js";
import { nothingTold, remembered, type Memory, type Told } from "./memory.js";
import type {
  AlertMemory,
  EarlierRuns,
  LearnedModels,
  NotificationSettings,
  StaleModels,
  Target,
} from "./ports.js";
import { type Dispatch, dispatches } from "./routing.js";
import { slowdown } from "./slowdown.js";
import { stale, staleSubject } from "./stale.js";
import { recovered, tell } from "./tell.js";
import { alertOf, nothing, type Telling, type TellingContext } from "./telling.js";

/** What became of an alert at one target. */
export interface Delivery {
  readonly target: string;
  readonly type: Target["type"];
  readonly event: AlertEvent;
  readonly severity: AlertSeverity;
  readonly title: string;
  /** `quiet`: held back in quiet hours; `repeated`: told the same a short while ago. */
  readonly state: "sent" | "failed" | "quiet" | "repeated";
  /** Why it failed; null where it did not. */
  readonly error: string | null;
}

export interface NotifierParts {
  readonly settings: NotificationSettings;
  /** Those of the settings, in their order. */
  readonly targets: readonly Target[];
  readonly memory: AlertMemory;
  readonly runs: EarlierRuns;
  readonly learned: LearnedModels;
  readonly stale: StaleModels;
  readonly context: TellingContext;
  readonly links: LinkSources;
  /** Strikes out every secret that is configured: SQL's and Trino's messages may hold one. */
  readonly redact: (text: string) => string;
  readonly report: Report;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly newId: () => string;
}

/** Once somebody wants the command to end, no alert holds it up for longer. */
const HURRIED_MS = 5_000;
/** Of the whole, what may go by until it is known what earlier commands told: an alert does without. */
const FOR_MEMORY = 0.25;

export class Notifier {
  constructor(private readonly parts: NotifierParts) {}

  /**
   * Tells whoever is to be told how a command ended. Never throws, whatever the services do, and takes no longer than is
   * configured; or 5 s from when `interrupted` is aborted.
   */
  async notify(ended: readonly Ended[], interrupted: AbortSignal): Promise<readonly Delivery[]> {
    const { settings, report } = this.parts;
    if (settings.targets.length === 0) return [];
    const limit = timeLimit(settings.timeoutMilliseconds, interrupted);
    try {
      return await this.tellAll(ended, limit.signal);
    } catch (thrown) {
      report({ type: "notice", level: "warning", text: `alerts could not be sent: ${messageOf(thrown)}` });
      return [];
    } finally {
      limit.dispose();
    }
  }

  private async tellAll(ended: readonly Ended[], signal: AbortSignal): Promise<readonly Delivery[]> {
    const { settings, memory, context, now } = this.parts;
    const told = tell(ended, context);
    if (told.alerts.length === 0 && told.ends.length === 0) return [];
    const before = await this.soon(memory.read(), nothingTold, "what was told before");
    // A run that failed tells itself what it has left undone.
    const hasFailed = told.alerts.some(({ event }) => event === "run_failed");
    const [slow, aging] = await Promise.all([this.slowdownOf(ended), hasFailed ? nothing : this.staleness()]);
    const ends = [...told.ends, ...aging.ends];
    const alerts = [...told.alerts, slow, ...aging.alerts, recovered(ends, before, context.environment)]
      .filter((alert) => alert !== null)
      .map((alert) => this.complete(alert));
    const deliveries = await this.dispatch(dispatches(alerts, settings, before, now()), signal);
    await this.remember(ends, deliveries);
    return deliveries.map(({ delivery }) => delivery);
  }

  private complete(alert: Alert): Alert {
    const { links, redact } = this.parts;
    const { event, severity } = alert;
    return withLinks({ ...mapTexts(alert, redact), event, severity }, links);
  }

  private async slowdownOf(ended: readonly Ended[]): Promise<Alert | null> {
    const { settings, runs, learned } = this.parts;
    const run = ended.find((one) => one.kind === "run");
    if (run?.result?.status !== "succeeded" || run.failure !== null) return null;
    const [earlier, models] = await Promise.all([
      this.soon(runs(), [], "earlier runs"),
      this.soon(learned(run.result.run), [], "what models took earlier"),
    ]);
    return slowdown(run.result, { runs: earlier, models }, settings.slowdown);
  }

  /** How models stand against their cadence, whatever the command was about. */
  private async staleness(): Promise<Telling> {
    const { context, stale: models } = this.parts;
    const { environment } = context;
    const found = await this.soon(models(environment), null, "how old models are");
    if (found === null) return nothing;
    const alert = stale(found, environment);
    const title = alert?.title ?? `cadence of the models in ${environment}`;
    return {
      alerts: alert === null ? [] : [alert],
      ends: [{ subject: staleSubject(environment), isFailure: alert !== null, title }],
    };
  }

  /** Targets side by side, the alerts of each one after the other. */
  private async dispatch(all: readonly Dispatch[], signal: AbortSignal): Promise<readonly Dispatched[]> {
    const byTarget = await Promise.all(
      this.parts.targets.map(async (target) => {
        const done: Dispatched[] = [];
        for (const one of all.filter((dispatch) => dispatch.target === target.name))
          done.push(await this.deliver(one, target, signal));
        return done;
      }),
    );
    return byTarget.flat();
  }

  private async deliver(
    { alert, decision }: Dispatch,
    target: Target,
    signal: AbortSignal,
  ): Promise<Dispatched> {
    const { event, severity, title } = alert;
    const delivery = { target: target.name, type: target.type, event, severity, title };
    if (decision !== "send") return { alert, delivery: { ...delivery, state: decision, error: null } };
    try {
      signal.throwIfAborted();
      await target.send(alert, this.parts.newId(), signal);
      return { alert, delivery: { ...delivery, state: "sent", error: null } };
    } catch (thrown) {
      return {
        alert,
        delivery: { ...delivery, state: "failed", error: this.parts.redact(messageOf(thrown)) },
      };
    }
  }

  private async remember(
    ends: ReturnType<typeof tell>["ends"],
    deliveries: readonly Dispatched[],
  ): Promise<void> {
    const { settings, memory, now } = this.parts;
    const at = new Date(now()).toISOString();
    const told = deliveries
      .filter(({ delivery }) => delivery.state === "sent")
      .map(({ alert, delivery }): Told => ({
        target: delivery.target,
        subject: alert.subject,
        fingerprint: alert.fingerprint,
        at,
      }));
    const change = (before: Memory): Memory =>
      remembered(before, ends, told, now(), settings.repeatMilliseconds);
    await this.soon(memory.change(change), undefined, "what was told");
  }

  /** What is good to know, and must not hold up an alert nor keep it from being sent. */
  private async soon<T>(asked: Promise<T>, otherwise: T, what: string): Promise<T> {
    const { settings, report } = this.parts;
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error("no answer in time")),
        settings.timeoutMilliseconds * FOR_MEMORY,
      );
    });
    try {
      return await Promise.race([asked, tooLate]);
    } catch (thrown) {
      const text = `alerts do without ${what}: ${messageOf(thrown)}`;
      report({ type: "notice", level: "warning", text });
      return otherwise;
    } finally {
      clearTimeout(timer);
    }
  }
}

interface Dispatched {
  readonly alert: Alert;
  readonly delivery: Delivery;
}

/** An alert that means nothing, to see whether a target takes any. */
export const testAlert = (): Alert =>
  alertOf({
    event: "test",
    severity: "info",
    subject: "test",
    environment: null,
    title: "This is a test",
    text: "`oso-pipeline doctor --send-test` has sent it: alerts reach this target.",
  });

function timeLimit(
  milliseconds: number,
  interrupted: AbortSignal,
): { readonly signal: AbortSignal; readonly dispose: () => void } {
  const controller = new AbortController();
  const end = (after: number): NodeJS.Timeout =>
    setTimeout(() => {
      const message = `not delivered within ${formatDuration(after)}`;
      controller.abort(new PipelineError("TIMEOUT", { message, hint: "look at notifications.timeout" }));
    }, after);
  const timers = [end(interrupted.aborted ? Math.min(HURRIED_MS, milliseconds) : milliseconds)];
  const hurry = (): void => {
    timers.push(end(HURRIED_MS));
  };
  interrupted.addEventListener("abort", hurry, { once: true });
  return {
    signal: controller.signal,
    dispose: () => {
      interrupted.removeEventListener("abort", hurry);
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
