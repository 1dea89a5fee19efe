import type { VerificationResult } from "../../verification/verify.js";
import { defineCommand, withExamples } from "../command.js";
import { collect } from "../program.js";

interface VerifyOptions {
  readonly at: string;
  readonly select?: readonly string[];
}

export const verify = defineCommand<VerifyOptions, VerificationResult>({
  configure: (command) =>
    withExamples(
      command
        .option("--at <commit>", "main, consumer, a release's tag, or a commit hash", "main")
        .option("--select <selector>", "check only these models; repeatable", collect),
      "oso-pipeline verify",
      "oso-pipeline verify --at consumer",
      "oso-pipeline verify --select 'oso.stg_*' --json",
    ),
  run: async ({ at, select }, app) => {
    const base = await (await app.releases()).resolve(at);
    return (await app.verification()).verify(base, select);
  },
  render: async ({ result }, terminal) =>
    (await import("../../report/text/verification.js")).renderVerification(result, terminal, {
      passed: true,
    }),
});
