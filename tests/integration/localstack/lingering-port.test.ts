import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { becomesFree, freePorts } from "../../../src/localstack/tcp.js";

describe("a port", () => {
  it("of a process that was just killed becomes free", async () => {
    const [port = 0] = await freePorts(1);
    const child = spawn(process.execPath, [
      "-e",
      `require("node:net").createServer().listen(${port}, "127.0.0.1", () => console.log("listening"))`,
    ]);
    await once(child.stdout, "data");
    expect(await becomesFree(port)).toBe(false);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await becomesFree(port)).toBe(true);
  });

  it("that a living process has does not, and nobody waits for it", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    expect(await becomesFree(port)).toBe(false);
    server.close();
  });
});
