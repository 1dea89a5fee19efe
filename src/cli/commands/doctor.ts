import type { DoctorResult } from "../../doctor/diagnosis.js";
import { defineCommand, withExamples } from "../command.js";

export const doctor = defineCommand<{ readonly sendTest?: boolean }, DoctorResult>({
  configure: (command) =>
    withExamples(
      command.option("--send-test", "send a test to each target of notifications too"),
      "oso-pipeline doctor",
      "oso-pipeline doctor --send-test",
      "oso-pipeline doctor --json | jq '.result.diagnoses[] | select(.state != \"fine\")'",
    ),
  run: async ({ sendTest }, app) =>
    (await app.doctor()).diagnose(app.signal, { sendTest: sendTest ?? false }),
  render: async ({ result }, terminal) =>
    (await import("../../report/text/doctor.js")).renderDoctor(result, terminal),
});
