import type { ReleaseDetails, ReleaseList } from "../../release/history.js";
import { defineCommand, withExamples } from "../command.js";
import { countOption } from "../program.js";

/** The list, or one release of it. */
export const releases = defineCommand<{ readonly limit: number }, ReleaseList | ReleaseDetails>({
  configure: (command) =>
    withExamples(
      command
        .argument("[release]", "number or tag of one, to see all that is known of it")
        .option("-n, --limit <count>", "how many, newest first", countOption, 20),
      "oso-pipeline releases",
      "oso-pipeline releases 7",
      "oso-pipeline releases --limit 100 --json",
    ),
  run: async ({ limit }, app, [release]) => {
    const history = await app.releaseHistory();
    return { result: release === undefined ? await history.releases(limit) : await history.release(release) };
  },
  render: async ({ result }, terminal) => {
    const { renderRelease, renderReleases } = await import("../../report/text/releases.js");
    return "release" in result ? renderRelease(result, terminal) : renderReleases(result, terminal);
  },
});
