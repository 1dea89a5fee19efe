import type { Comparison } from "../../release/diff.js";
import { defineCommand, withExamples } from "../command.js";

const WHICH = "main, consumer, a release's number or tag, or a commit hash";

export const diff = defineCommand<{ readonly all?: boolean }, Comparison>({
  configure: (command) =>
    withExamples(
      command
        .argument("[from]", WHICH, "consumer")
        .argument("[to]", WHICH, "main")
        .option("--all", "look up rows and columns of every difference, however many there are"),
      "oso-pipeline diff",
      "oso-pipeline diff 6 7",
      "oso-pipeline diff consumer 366be0c8 --json",
    ),
  run: async ({ all }, app, [from = "consumer", to = "main"]) => ({
    result: await (await app.releaseHistory()).diff(from, to, all ?? false),
  }),
  render: async ({ result }, terminal) =>
    (await import("../../report/text/diff.js")).renderComparison(result, terminal),
});
