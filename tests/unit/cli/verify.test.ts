import { describe, expect, it } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import type { App } from "../../../src/cli/app.js";
import type { VerificationResult, VerifyRequest } from "../../../src/verification/verify.js";
import { hash } from "../../support/fake-reference-store.js";
import { fakeApp, type } from "./fake-app.js";

const main = { base: hash("aa"), at: hash("aa"), release: null };
const release = { base: hash("bb"), at: hash("cc"), release: 7 };
const result: VerificationResult = {
  ...main,
  verdict: "passed",
  checks: [],
  unpinned: [],
  reused: 0,
  attestation: null,
  attested: null,
  audits: null,
  milliseconds: 10,
};

/** What verification is asked for by a command line; readers see release 7. */
async function asked(line: readonly string[], seen: typeof release | null = release): Promise<VerifyRequest> {
  const requests: VerifyRequest[] = [];
  const targets: Readonly<Record<string, VerifyRequest["target"]>> = {
    main,
    consumer: release,
  };
  const { app } = fakeApp({
    releases: async () =>
      ({
        resolve: async (at: string) => targets[at],
        seen: async () => seen,
      }) as unknown as Awaited<ReturnType<App["releases"]>>,
    verification: async () =>
      ({
        verify: async (request: VerifyRequest) => {
          requests.push(request);
          return { result };
        },
      }) as unknown as Awaited<ReturnType<App["verification"]>>,
  });
  await type(["verify", ...line], app);
  const [request] = requests;
  if (!request || requests.length > 1)
    throw new PipelineError("USAGE", { message: "one verification was expected" });
  return request;
}

describe("verify", () => {
  it("checks main, compared with what readers see, and takes over what has not changed", async () => {
    expect(await asked([])).toEqual({ target: main, select: [], all: false, seen: release });
  });

  it("compares with nothing where readers see nothing yet", async () => {
    expect(await asked([], null)).toMatchObject({ target: main, all: false, seen: null });
  });

  it("looks at everything anew where that is asked, and some models only", async () => {
    expect(await asked(["--all", "--select", "oso.a", "--select", "oso.b"])).toMatchObject({
      select: ["oso.a", "oso.b"],
      all: true,
    });
  });

  it("looks at what readers see anew, for what could be read once may be gone", async () => {
    expect(await asked(["--at", "consumer"])).toMatchObject({ target: release, all: true });
  });
});
