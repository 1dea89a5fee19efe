import type { LeaseList, ReleasedLease } from "../../report/text/leases.js";
import { type CommandGroup, defineCommand, withExamples } from "../command.js";
import { refuseBlank } from "../start-options.js";

const show = defineCommand<object, LeaseList>({
  configure: (command) => withExamples(command, "oso-pipeline lease show", "oso-pipeline lease show --json"),
  run: async (_, app) => ({ result: { leases: await (await app.history()).leases() } }),
  render: async ({ result }, terminal) =>
    (await import("../../report/text/leases.js")).renderLeases(result, terminal),
});

const release = defineCommand<object, ReleasedLease>({
  configure: (command) =>
    withExamples(
      command.argument("<scope>", "project and gateway, as `lease show` names them"),
      "oso-pipeline lease release oso/trino",
    ),
  run: async (_, app, [scope = ""]) => {
    refuseBlank([scope], "release names no lease", "`oso-pipeline lease show` lists them");
    return { result: { scope, holder: await (await app.history()).releaseLease(scope) } };
  },
  render: async ({ result }, terminal) =>
    (await import("../../report/text/leases.js")).renderReleasedLease(result, terminal),
});

export const lease: CommandGroup = {
  commands: {
    show: { summary: "show who is at work on which SQLMesh state", command: show },
    release: {
      summary: "take a lease away from its holder, which stops at its next sign of life",
      command: release,
    },
  },
};
