import { count, few } from "../core/words.js";
import { fine, type Finding, wrong } from "./diagnosis.js";
import type { Examination } from "./examine.js";
import type { DoctorParts, ReferredSecret } from "./ports.js";

/** Whether each secret that the configuration refers to is set, those among them that nothing else here would use. */
export const secrets = ({ secrets: referred }: DoctorParts): Examination => ({
  name: "secrets",
  looked: "the secrets that the configuration refers to",
  needs: [],
  timeLimitMilliseconds: 1_000,
  look: async () => ofSecrets(referred),
});

function ofSecrets(referred: readonly ReferredSecret[]): Finding | readonly Finding[] {
  if (referred.length === 0) return fine("the configuration refers to none");
  const missing = referred.filter(({ isSet }) => !isSet);
  if (missing.length === 0)
    return fine(`${count(referred.length, "secret")} set: ${few(referred.map(({ variable }) => variable))}`);
  return missing.map(({ setting, variable, where }) =>
    wrong(
      "SECRET_MISSING",
      `${setting} (${where}) needs the environment variable ${variable}, which is not set`,
      `set ${variable} in the environment or in .env`,
    ),
  );
}
