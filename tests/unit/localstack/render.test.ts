import { Chalk } from "chalk";
import { describe, expect, it } from "vitest";
import type { ServiceStatus, StackStatus } from "../../../src/localstack/stack.js";
import {
  renderDown,
  renderLogs,
  renderReset,
  renderStatus,
  renderUp,
} from "../../../src/report/text/local.js";

const terminal = { columns: 120, interactive: false, chalk: new Chalk({ level: 0 }) };

const running: ServiceStatus = {
  name: "s3",
  title: "S3Proxy",
  state: "ready",
  pid: 12,
  version: "4.1.0",
  address: "http://127.0.0.1:19000",
  memory: 180 * 2 ** 20,
  uptimeSeconds: 75,
  log: "/home/logs/s3.log",
  detail: null,
};
const dead: ServiceStatus = {
  ...running,
  name: "trino",
  title: "Trino",
  state: "dead",
  pid: null,
  address: null,
  memory: null,
  uptimeSeconds: null,
  log: "/home/logs/trino.log",
  detail: "Caused by: no memory",
};
const status: StackStatus = {
  home: "/home",
  state: "partly",
  services: [running, dead],
  python: "/cache/python",
};

describe("the stack's status as text", () => {
  it("has a line for each service, and for what is dead the reason and the log", () => {
    expect(
      renderStatus(status, terminal)
        .split("\n")
        .map((line) => line.trimEnd()),
    ).toEqual([
      "service  state  version  address                 pid   memory      up for",
      "S3Proxy  ready  4.1.0    http://127.0.0.1:19000   12  180 MiB  1 min 15 s",
      "Trino    dead   4.1.0",
      "",
      "Trino: Caused by: no memory",
      "  log /home/logs/trino.log",
      "",
      "home    /home",
      "python  /cache/python",
    ]);
  });

  it("says whether anything had to be started", () => {
    expect(renderUp({ ...status, started: ["trino"], milliseconds: 12_345 }, terminal)).toMatch(
      /^Local stack: up in 12 s\./,
    );
    expect(renderUp({ ...status, started: [], milliseconds: 400 }, terminal)).toMatch(
      /everything runs already/,
    );
  });
});

describe("the other results as text", () => {
  it("say what ended, what was removed, and what was written", () => {
    expect(renderDown({ home: "/home", ended: [] })).toBe("Nothing was running.");
    expect(renderDown({ home: "/home", ended: ["s3", "trino"] })).toMatch(/^Stopped s3, trino\./);
    expect(renderReset({ home: "/home", ended: [], removed: ["/home/data"] })).toBe("Removed:\n  /home/data");
    expect(renderLogs({ followed: false, lines: [{ service: "s3", text: "hello" }] })).toBe("s3     hello");
    expect(renderLogs({ followed: false, lines: [] })).toBe("No logs yet.");
    expect(renderLogs({ followed: true, lines: [] })).toBe("");
  });
});
