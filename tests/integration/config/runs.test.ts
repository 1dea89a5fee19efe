import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { load, services } from "../../support/config-files.js";

const minute = 60_000;
const day = 24 * 60 * minute;

describe("what is remembered of runs and who must agree to them", () => {
  it("has defaults: a branch of Nessie's own, a lease of a minute, a question before prod is restated", async () => {
    const { config, file } = await load(services);
    expect(config.state).toEqual({
      store: "nessie",
      branch: "oso-pipeline-state",
      folder: join(dirname(file), ".oso-pipeline/state"),
      leaseTtlMilliseconds: minute,
      keepRuns: 100,
    });
    expect(config.approval).toEqual({
      mode: "prompt",
      environments: ["prod"],
      freeUpTo: { models: null, batches: null },
      byAnother: false,
      expiresMilliseconds: 7 * day,
      identity: null,
    });
    expect(config.trino.clientTimeoutMilliseconds).toBe(5 * minute);
  });

  it("is what the file says", async () => {
    const { config } = await load(`trino: { url: http://localhost:8080, client_timeout: 90s }
nessie: { uri: http://localhost:19120/api/v2 }
state: { store: file, branch: records, folder: /var/lib/state, lease_ttl: 2s, keep_runs: 1 }
approval:
  policy: required
  environments: [prod, staging]
  free_up_to: { models: 5, batches: 0 }
  by_another: true
  expires: 90d
  identity: nightly
`);
    expect(config.state).toEqual({
      store: "file",
      branch: "records",
      folder: "/var/lib/state",
      leaseTtlMilliseconds: 2_000,
      keepRuns: 1,
    });
    expect(config.approval).toEqual({
      mode: "required",
      environments: ["prod", "staging"],
      freeUpTo: { models: 5, batches: 0 },
      byAnother: true,
      expiresMilliseconds: 90 * day,
      identity: "nightly",
    });
    expect(config.trino.clientTimeoutMilliseconds).toBe(90_000);
  });

  it.each([
    ["state: { store: postgres }", "state.store must be one of nessie, file"],
    [
      "state: { branch: main }",
      "state.branch must be a branch of its own, not the one that SQLMesh writes to",
    ],
    ["state: { lease_ttl: 1999ms }", "state.lease_ttl must be at least 2s"],
    ["state: { lease_ttl: 25d }", "state.lease_ttl must be at most 24d"],
    ["state: { keep_runs: 0 }", "state.keep_runs must be at least 1"],
    ["approval: { policy: ask }", "approval.policy must be one of none, prompt, required"],
    ["approval: { free_up_to: 5 }", "approval.free_up_to must be a section of keys, not a number"],
    ["approval: { free_up_to: { model: 5 } }", "unknown key approval.free_up_to.model: did you mean models?"],
    ["approval: { free_up_to: { models: -1 } }", "approval.free_up_to.models must be at least 0"],
    ["approval: { environments: prod }", "approval.environments must be a list, not text"],
    ["approval: { identity: '' }", "approval.identity must not be empty"],
    ["approval: { expires: 0s }", "approval.expires must be longer than nothing"],
  ])("is refused where it makes no sense: %s", async (yaml, message) => {
    await expect(load(`${services}${yaml}\n`)).rejects.toMatchObject({ code: "CONFIG_INVALID", message });
  });
});
