import { appendFileSync, readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";

/**
 * Everything by which a process acts on the world, counted and made a point at which it, or its bridge, can be killed.
 * An effect is called by its name and how often that name has come: `lease.saveRun#2`, `GET /api/v2/trees/main#1`. In the
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
        return this.#observeEnd(original(...args), (body) => requestName(method, path, body));
      };
    }
  }

  /** A request is sent once its end is written, for that happens in the same moment in which it is made. */
  #observeEnd(request, nameOf) {
    const { write, end } = request;
    let body = "";
    request.write = (chunk, ...more) => {
      body += chunk;
      return write.call(request, chunk, ...more);
    };
    request.end = (...last) => {
      const name = nameOf(body);
      if (name === null) return end.apply(request, last);
      void this.around(name, () => {
        end.apply(request, last);
        return new Promise((resolve) => {
          request.once("response", (response) => response.once("end", resolve));
          request.once("close", resolve);
        });
      });
      return request;
    };
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
 * `POST /api/v2/trees/…/history/commit writes run/…`: what differs from run to run left out, and of many things that one
 * address is asked, which one. Null for asking Trino for more rows, which happens as often as time allows and changes
 * nothing.
 */
export function requestName(method, path, body = "") {
  const [route = "/"] = path.split("?");
  if (method === "GET" && route.startsWith("/v1/statement/")) return null;
  const address = route.split("/").map((part) => withoutIds(decodeURIComponent(part)));
  return [method, address.join("/"), ...subjectOf(route, body)].join(" ");
}

function subjectOf(route, body) {
  if (route === "/v1/statement") return [/\w+/.exec(body)?.[0] ?? ""];
  if (!/\/(commit|contents)$/.test(route)) return [];
  const { operations, requestedKeys } = JSON.parse(body);
  const changes = operations?.filter(({ type }) => type !== "UNCHANGED") ?? [];
  // Of what is asked of a branch, records above all, the first is what it is about; else there is no order in it.
  const keys = (operations ? changes.map(({ key }) => key) : requestedKeys).map(({ elements }) =>
    elements.join("."),
  );
  const key = operations || /\/(@|%40)/.test(route) ? keys.toSorted()[0] : keys[0];
  const did = { PUT: "writes", DELETE: "removes" }[changes[0]?.type] ?? "reads";
  return [did, withoutIds(decodeURIComponent(key))];
}

const withoutIds = (text) =>
  text.replaceAll(
    /[0-9a-f]{16,}|\d{8}T\d{9}Z-[0-9a-z]+|\d{8}-\d{6}-[0-9a-z]+|\d{8}_\d{6}_\w+|(?<=consumer-release-)\d+|(?<=\/)\d{8}$/g,
    "…",
  );

/** What the environment says: writes every effect down and kills at the one that it names. */
export function crashPointsOf(environment) {
  const { CRASH_EFFECTS: file, CRASH_AT: at } = environment;
  const crash = at ? JSON.parse(at) : null;
  return new CrashPoints((when, effect) => {
    if (file) appendFileSync(file, `${when} ${effect}\n`);
    if (crash?.when !== when || crash.effect !== effect) return;
    if (crash.victim !== "cli") {
      const bridges = childrenOf(process.pid);
      if (bridges.length === 0) throw new Error(`there is no bridge to kill ${when} ${effect}`);
      for (const bridge of bridges) process.kill(bridge, "SIGKILL");
    }
    if (crash.victim !== "bridge") process.kill(process.pid, "SIGKILL");
  });
}

/** Processes that this one has started and that still run: for the command line, its bridge. */
export function childrenOf(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}
