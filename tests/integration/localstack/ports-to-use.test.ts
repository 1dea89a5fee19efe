import { createServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { portsToUse } from "../../../src/localstack/ports-to-use.js";
import { defaultPorts } from "../../../src/localstack/settings.js";
import { isFree, listenerOn } from "../../../src/localstack/tcp.js";
import { errorOf } from "../../support/errors.js";

const automatic = { trino: 0, nessie: 0, nessieManagement: 0, s3: 0 };
const servers: Server[] = [];

/** Something else that listens on a port of its own. */
async function occupy(port = 0, host = "127.0.0.1"): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

describe("ports", () => {
  it("are the default ones unless they are set", async () => {
    expect((await portsToUse({}, {}, [])).ports).toEqual(defaultPorts);
    expect((await portsToUse({ trino: 5, nessie: null }, {}, [])).ports).toEqual({
      ...defaultPorts,
      trino: 5,
    });
  });

  it("are four different free ones where 0 is set", async () => {
    const { ports, picked } = await portsToUse(automatic, {}, []);
    expect(new Set(Object.values(ports)).size).toBe(4);
    expect(picked).toEqual(ports);
    for (const port of Object.values(ports)) expect(await isFree(port)).toBe(true);
  });

  it("stay the picked ones the next time, also those the stack itself listens on", async () => {
    const first = await portsToUse(automatic, {}, []);
    await occupy(first.ports.nessieManagement);
    const second = await portsToUse(automatic, first.picked, ["nessie"]);
    expect(second).toEqual(first);
  });

  it("are picked anew where another program has taken one since", async () => {
    const first = await portsToUse(automatic, {}, []);
    await occupy(first.ports.trino);
    const second = await portsToUse(automatic, first.picked, []);
    expect(second.ports.trino).not.toBe(first.ports.trino);
    expect({ ...second.ports, trino: 0 }).toEqual({ ...first.ports, trino: 0 });
  });

  it("are refused where two services would share one", async () => {
    const error = await errorOf(() => portsToUse({ trino: 9000, s3: 9000 }, {}, []));
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.message).toBe("local.ports.trino and local.ports.s3 are both port 9000");
  });
});

describe("a port that is taken", () => {
  it.each(["127.0.0.1", "0.0.0.0", "::"])("is seen where the other program listens on %s", async (host) => {
    expect(await isFree(await occupy(0, host))).toBe(false);
  });

  it("is told with the program that has it", async () => {
    expect(await listenerOn(await occupy())).toContain(`(process ${process.pid})`);
  });
});
