import { appendFileSync, readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";

/**
 * Everything by which a process acts on the world, counted and made a point at which it, or its bridge, can be killed.
 * An effect is called by its name and how often that name has come: `lease.saveRun#2`, `POST /api/v2/…#1`. In the
 * environment, for the command line and for the bridge alike (tests/crash/bridge/sitecustomize.py):
 *
 * - CRASH_EFFECTS: a file; every effect appends `before <effect>` and `after <effect>` to it as it is reached;
 * - CRASH_AT: `{"when": "before"|"after", "effect": "…", "victim": "cli"|"bridge"|"both"}`.
 */
export class CrashPoints {
  #counts = new Map();
  #reached;

  /** @param {(when: "before" | "after", effect: string) => void} reached */
  constructor(reached) {
    this.#reached = reached;
  }

  /** @template T @param {string} name @param {() => T} act @returns {T} */
  around(name, act) {
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    const effect = `${name}#${count}`;
    this.#reached("before", effect);
    const result = act();
    if (!(result instanceof Promise)) {
      this.#reached("after", effect);
      return result;
    }
    // Failing is an effect too: the reply to a write can be an error although it was written.
    return result.finally(() => this.#reached("after", effect));
  }

  /**
   * The same part, its methods made effects. Of events that it reports, each finished batch is one.
   * @template {object} T @param {string} name @param {T} part @returns {T}
   */
  observe(name, part) {
    return new Proxy(part, {
      get: (target, key) => {
        const member = Reflect.get(target, key);
        if (typeof member !== "function" || typeof key === "symbol") return member;
        return (...args) => {
          const act = () =>
            member.apply(
              target,
              args.map((argument) => this.#reporting(name, argument)),
            );
          // Listening acts on nothing.
          if (key.startsWith("on")) return act();
          const result = this.around(`${name}.${key}`, act);
          // A lease is a part too, though it is acquired rather than composed.
          return key === "acquire" ? result.then((lease) => this.observe("lease", lease)) : result;
        };
      },
    });
  }

  /** Makes each request an effect, from before its first byte is sent until its reply is complete. */
  observeRequests() {
    for (const protocol of [http, https]) {
      const original = protocol.request;
      protocol.request = (...args) => {
        const { method = "GET", path = "/" } = args.find((one) => one?.path !== undefined) ?? args[0];
        const name = requestName(method, path);
        if (name === null) return original(...args);
        return this.#request(name, () => original(...args));
      };
    }
  }

  #request(name, send) {
    let replied = () => undefined;
    let request;
    void this.around(name, () => {
      request = send();
      return new Promise((resolve) => {
        replied = resolve;
      });
    });
    request.once("response", (response) => response.once("end", replied));
    request.once("close", replied);
    return request;
  }

  #reporting(name, argument) {
    if (typeof argument !== "function") return argument;
    return (event, ...more) =>
      event?.type === "batch-finished"
        ? this.around(`${name} batch-finished`, () => argument(event, ...more))
        : argument(event, ...more);
  }
}

/**
 * `POST /api/v2/trees/…/history/commit`: what differs from run to run left out. Null for asking Trino for more rows,
 * which happens as often as time allows and changes nothing.
 */
export function requestName(method, path) {
  const [route = "/"] = path.split("?");
  if (method === "GET" && route.startsWith("/v1/statement/")) return null;
  const parts = route
    .split("/")
    .map((part) =>
      decodeURIComponent(part).replaceAll(/[0-9a-f]{16,}|\d{8}-\d{6}-[0-9a-z]+|\d{8}_\d{6}_\w+/g, "…"),
    );
  return `${method} ${parts.join("/")}`;
}

/** What the environment says: writes every effect down and kills at the one that it names. */
export function crashPointsOf(environment) {
  const { CRASH_EFFECTS: file, CRASH_AT: at } = environment;
  const crash = at ? JSON.parse(at) : null;
  return new CrashPoints((when, effect) => {
    if (file) appendFileSync(file, `${when} ${effect}\n`);
    if (crash?.when !== when || crash.effect !== effect) return;
    if (crash.victim !== "cli") for (const bridge of childrenOf(process.pid)) process.kill(bridge, "SIGKILL");
    if (crash.victim !== "bridge") process.kill(process.pid, "SIGKILL");
  });
}

/** Processes that this one has started and that still run: for the command line, its bridge. */
export function childrenOf(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}
