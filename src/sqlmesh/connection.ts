import type { z } from "zod";
import { type ErrorCode, messageOf, PipelineError } from "../core/errors.js";
import { AFTER_INTERRUPTION, interruption } from "../core/interruption.js";
import { lastLine } from "./log.js";
import { type BridgeExit, type BridgeLaunch, BridgeProcess } from "./process.js";
import { type BridgeEvent, parseMessage, type WireError } from "./protocol.js";

export interface ConnectionOptions extends BridgeLaunch {
  /** A working bridge sends a sign of life ten times in this span; one that does not is given up. */
  readonly silenceTimeoutMs: number;
  /** How long a cancelled request, or a bridge asked to close, may take before the process is ended. */
  readonly graceMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface Call<S extends z.ZodType> {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly answer: S;
  readonly onEvent?: ((event: BridgeEvent) => void) | undefined;
  /** Without it only silence ends the wait: an evaluation takes as long as it takes. */
  readonly timeoutMs?: number | undefined;
}

interface Pending {
  readonly id: number;
  readonly method: string;
  readonly onEvent: (event: BridgeEvent) => void;
  resolve(result: unknown): void;
  reject(error: PipelineError): void;
}

const SIGNS_OF_LIFE = 10;
/** A bridge that is left alone may take three seconds to end its queries. */
const WIND_DOWN_MS = 3500;

const leaseLost = (): PipelineError =>
  new PipelineError("LEASE_LOST", {
    message: "the bridge to SQLMesh ended itself, for the lease of this run was not renewed in time",
    hint: "run the same command again: it goes on with what is left",
  });

/** One bridge process, asked one thing at a time. Whatever breaks, every call ends with a PipelineError. */
export class Connection {
  readonly heartbeatSeconds: number;
  private readonly process: BridgeProcess;
  private readonly onAbort = (): void => this.cancel();
  private turn: Promise<unknown> = Promise.resolve();
  private lastId = 0;
  private pending: Pending | null = null;
  private failure: PipelineError | null = null;
  private ending: Promise<void> | null = null;
  private quietTicks = 0;
  /** On the wall clock, in milliseconds, as the bridge reckons it. */
  private permittedUntil = Infinity;

  constructor(private readonly options: ConnectionOptions) {
    this.heartbeatSeconds = options.silenceTimeoutMs / SIGNS_OF_LIFE / 1000;
    this.process = new BridgeProcess(options, {
      line: (text) => this.onLine(text),
      exited: (exit) => this.onExit(exit),
      unstartable: (error) => this.fail(this.unstartable(error)),
    });
    options.signal?.addEventListener("abort", this.onAbort, { once: true });
  }

  /** @throws PipelineError what the bridge answered, or BRIDGE_FAILED, INTERRUPTED. */
  call<S extends z.ZodType>(call: Call<S>): Promise<z.infer<S>> {
    const result = this.turn.then(() => this.ask(call));
    this.turn = result.catch(() => undefined);
    return result;
  }

  /** Says how long the bridge may write, beside whatever it is working on. */
  permit(milliseconds: number): void {
    const params = { milliseconds, sent_at: Date.now() };
    this.permittedUntil = params.sent_at + milliseconds;
    this.process.send({ id: ++this.lastId, method: "permit", params });
  }

  /** Ends the process: politely when it is idle, otherwise with what it has running. Safe to call twice. */
  close(): Promise<void> {
    if (this.ending === null && this.pending === null && this.failure === null) {
      this.process.send({ id: ++this.lastId, method: "close", params: {} });
    }
    this.failure ??= this.broken("the bridge to SQLMesh is closed");
    return this.end(this.options.graceMs);
  }

  private async ask<S extends z.ZodType>(call: Call<S>): Promise<z.infer<S>> {
    if (this.failure) throw this.failure;
    const id = ++this.lastId;
    const late =
      call.timeoutMs === undefined ? undefined : setTimeout(() => this.onLate(call), call.timeoutMs);
    const watch = setInterval(() => this.onQuietTick(call.method), this.heartbeatSeconds * 1000);
    this.quietTicks = 0;
    try {
      const result = await new Promise<unknown>((resolve, reject) => {
        const onEvent = call.onEvent ?? ((): void => undefined);
        this.pending = { id, method: call.method, onEvent, resolve, reject };
        this.process.send({ id, method: call.method, params: call.params });
      });
      const answer = call.answer.safeParse(result);
      if (answer.success) return answer.data;
      throw this.fail(
        this.broken(`the bridge to SQLMesh answered ${call.method} in a form this version does not know`),
      );
    } finally {
      this.pending = null;
      clearTimeout(late);
      clearInterval(watch);
    }
  }

  private onLine(text: string): void {
    this.quietTicks = 0;
    const message = parseMessage(text);
    const { pending } = this;
    switch (message.kind) {
      case "event":
        if (message.event.event === "lease-lost") this.fail(leaseLost());
        pending?.onEvent(message.event);
        return;
      case "unknown-event":
        return;
      case "broken":
        this.fail(this.broken("the bridge to SQLMesh sent a line that is not of its protocol"));
        return;
      case "reply":
      case "refusal":
        if (this.ending && !pending) return; // the last words of a bridge that closes
        if (pending?.id !== message.id) {
          this.fail(
            this.broken(`the bridge to SQLMesh answered request ${message.id}, which nobody waits for`),
          );
        } else if (this.failure) {
          pending.reject(this.failure); // cancelled meanwhile
        } else if (message.kind === "reply") {
          pending.resolve(message.result);
        } else {
          pending.reject(this.refused(message.error));
        }
    }
  }

  private onExit({ code, signal }: BridgeExit): void {
    this.options.signal?.removeEventListener("abort", this.onAbort);
    // Where this process stood still, the bridge's last words may not have found their way into the pipe.
    if (Date.now() >= this.permittedUntil) this.fail(leaseLost());
    const how = signal === null ? `with exit code ${code}` : `by signal ${signal}`;
    const during = this.pending ? ` while it was at ${this.pending.method}` : "";
    const last = lastLine(this.options.logFile);
    const hint =
      signal === "SIGKILL"
        ? "was it out of memory? The log may tell more"
        : last && `its last words: ${last}`;
    this.fail(this.broken(`the bridge to SQLMesh ended ${how}${during}`, hint ?? undefined));
  }

  private onLate({ method, timeoutMs }: Call<z.ZodType>): void {
    this.fail(
      this.broken(`the bridge to SQLMesh did not answer ${method} within ${(timeoutMs ?? 0) / 1000} s`),
    );
  }

  // Ticks are counted, not time: after a suspended machine wakes up, one tick has passed.
  private onQuietTick(method: string): void {
    this.quietTicks += 1;
    if (this.quietTicks <= SIGNS_OF_LIFE) return;
    const seconds = this.options.silenceTimeoutMs / 1000;
    this.fail(
      this.broken(`the bridge to SQLMesh has been silent for ${seconds} s while it was at ${method}`),
    );
  }

  private cancel(): void {
    if (this.failure) return;
    const failure = interruption(this.options.signal);
    this.failure = failure;
    const { pending } = this;
    if (!pending) {
      void this.end(this.options.graceMs);
      return;
    }
    // Its answer, whatever it is, ends the wait; without one the process is ended.
    this.process.send({ id: ++this.lastId, method: "cancel", params: { request: pending.id } });
    const overdue = setTimeout(() => {
      pending.reject(failure);
      void this.end(WIND_DOWN_MS);
    }, this.options.graceMs);
    void this.turn.then(() => {
      clearTimeout(overdue);
      return this.end(this.options.graceMs);
    });
  }

  /** The first failure stays; it ends the process and whatever waits. */
  private fail(error: PipelineError): PipelineError {
    this.failure ??= error;
    this.pending?.reject(this.failure);
    void this.end(WIND_DOWN_MS);
    return this.failure;
  }

  private end(graceMs: number): Promise<void> {
    this.ending ??= this.process.end(graceMs);
    return this.ending;
  }

  private refused(error: WireError): PipelineError {
    const hints: Partial<Record<ErrorCode, string>> = {
      REQUIREMENT_MISSING: `install it for ${this.options.python}, or set sqlmesh.python`,
      PROJECT_INVALID: "mend the SQLMesh project and run the same command again",
      INTERRUPTED: AFTER_INTERRUPTION,
    };
    return new PipelineError(error.code, {
      message: error.message,
      hint: error.hint ?? hints[error.code],
      where: error.where ?? (error.code === "USAGE" ? undefined : this.options.logFile),
    });
  }

  private unstartable(error: NodeJS.ErrnoException): PipelineError {
    return new PipelineError("REQUIREMENT_MISSING", {
      message:
        error.code === "ENOENT"
          ? `there is no Python interpreter ${this.options.python}`
          : `the Python interpreter ${this.options.python} cannot be started: ${messageOf(error)}`,
      hint: "set sqlmesh.python to the interpreter of the environment that your SQLMesh project uses",
      cause: error,
    });
  }

  private broken(message: string, hint?: string): PipelineError {
    return new PipelineError("BRIDGE_FAILED", { message, hint, where: this.options.logFile });
  }
}
