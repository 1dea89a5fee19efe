import { describe, expect, it } from "vitest";
import { PipelineError } from "../../../src/core/errors.js";
import { examine } from "../../../src/doctor/examine.js";
import { notifications } from "../../../src/doctor/notifications.js";
import type { NotificationTarget } from "../../../src/doctor/ports.js";
import { Patient } from "../../support/doctor.js";

const missing = new PipelineError("SECRET_MISSING", { message: "needs a variable", hint: "set it" });
const away = new PipelineError("SERVICE_UNAVAILABLE", { message: "mail cannot be reached" });

function targets() {
  const sent: string[] = [];
  const target = (name: string, check: () => void, answer: () => void): NotificationTarget => ({
    name,
    type: "discord",
    check,
    sendTest: async () => {
      sent.push(name);
      answer();
    },
  });
  const fails = (error: PipelineError) => (): void => {
    throw error;
  };
  const fine = (): void => undefined;
  return {
    sent,
    targets: [
      target("well", fine, fine),
      target("secretless", fails(missing), fine),
      target("away", fine, fails(away)),
    ],
  };
}

async function states(sendTest: boolean) {
  const patient = new Patient();
  const { sent, targets: all } = targets();
  patient.targets = all;
  const diagnoses = await examine([notifications(patient.all(), sendTest)], new AbortController().signal);
  return { sent, found: diagnoses.map(({ found, state, code }) => `${found} ${state} ${code}`) };
}

describe("where alerts go", () => {
  it("is looked at without sending anything, unless a test is asked for", async () => {
    expect(await states(false)).toEqual({
      sent: [],
      found: [
        "well (discord) has all that it needs; --send-test tries it fine null",
        "secretless (discord): needs a variable wrong SECRET_MISSING",
        "away (discord) has all that it needs; --send-test tries it fine null",
      ],
    });
  });

  it("takes a test, or is wrong; a target without its secret is sent none", async () => {
    expect(await states(true)).toEqual({
      sent: ["well", "away"],
      found: [
        "well (discord) has taken a test fine null",
        "secretless (discord): needs a variable wrong SECRET_MISSING",
        "away (discord): mail cannot be reached wrong SERVICE_UNAVAILABLE",
      ],
    });
  });
});
