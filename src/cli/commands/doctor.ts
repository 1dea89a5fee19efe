import type { DoctorResult } from "../../doctor/diagnosis.js";
import { defineCommand, withExamples } from "../command.js";

export const doctor = defineCommand<object, DoctorResult>({
  configure: (command) =>
    withExamples(
      command,
      "oso-pipeline doctor",
      "oso-pipeline doctor --json | jq '.result.diagnoses[] | select(.state != \"fine\")'",
    ),
  run: async (_, app) => (await app.doctor()).diagnose(app.signal),
  render: async ({ result }, terminal) =>
    (await import("../../report/text/doctor.js")).renderDoctor(result, terminal),
});
