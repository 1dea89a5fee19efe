import { inspect } from "node:util";
import { assert, asyncProperty, constantFrom } from "fast-check";
import { describe, expect, it } from "vitest";
import { messageOf } from "../../../src/core/errors.js";
import { settingsOf } from "../../../src/config/settings.js";
import { validate } from "../../../src/config/validate.js";
import { load } from "../../support/config-files.js";

const withSecrets = `trino:
  url: http://localhost:8080
  auth: { type: basic, password: { group: trino, key: password } }
nessie:
  uri: http://localhost:19120/api/v2
  auth:
    type: oauth2
    token_endpoint: http://localhost:1/token
    client_id: me
    client_secret: { prefix: oso, group: nessie, key: client_secret }
`;

const hidden = "hunter2-correct-horse";

describe("a secret", () => {
  it("comes from PREFIX__GROUP__KEY, the prefix being the reference's, the file's or dagster", async () => {
    const environment = { ETL__TRINO__PASSWORD: "t", OSO__NESSIE__CLIENT_SECRET: "n" };
    const { config } = await load(`secrets: { prefix: etl }\n${withSecrets}`, environment);
    const { trino, nessie } = config;
    expect(trino.auth.type === "basic" && trino.auth.password.reveal()).toBe("t");
    expect(nessie.auth.type === "oauth2" && nessie.auth.clientSecret.reveal()).toBe("n");
    const standard = await load(withSecrets, { DAGSTER__TRINO__PASSWORD: "d" });
    expect(standard.secrets.map(({ variable, isSet }) => [variable, isSet])).toEqual([
      ["DAGSTER__TRINO__PASSWORD", true],
      ["OSO__NESSIE__CLIENT_SECRET", false],
    ]);
  });

  it("is missed only when it is used, by the variable and the line that refers to it", async () => {
    const { config } = await load(withSecrets, { OSO__NESSIE__CLIENT_SECRET: "n" });
    const { auth } = config.trino;
    if (auth.type !== "basic") throw new Error("expected basic");
    expect(() => auth.password.reveal()).toThrow(
      expect.objectContaining({
        code: "SECRET_MISSING",
        exitCode: 3,
        message:
          "trino.auth.password needs the environment variable DAGSTER__TRINO__PASSWORD, which is not set",
        where: "oso-pipeline.yaml:3:34",
      }),
    );
  });

  it("that is empty is missing", async () => {
    const { config } = await load(withSecrets, { DAGSTER__TRINO__PASSWORD: "" });
    const { auth } = config.trino;
    expect(() => auth.type === "basic" && auth.password.reveal()).toThrow("which is empty");
  });

  it("never stands in the file, and what stands there is not repeated", async () => {
    const refused = load(withSecrets.replace("{ group: trino, key: password }", hidden));
    await expect(refused).rejects.toThrow(
      /must not stand in the file: .* e\.g\. \{ group: trino, key: password \} for DAGSTER__TRINO__PASSWORD/,
    );
    await expect(refused).rejects.not.toThrow(hidden);
  });

  it("appears in nothing that prints the configuration", async () => {
    const loaded = await load(withSecrets, {
      DAGSTER__TRINO__PASSWORD: hidden,
      OSO__NESSIE__CLIENT_SECRET: hidden,
    });
    const printed = [
      JSON.stringify(loaded),
      JSON.stringify(settingsOf(loaded)),
      JSON.stringify(await validate(loaded)),
      inspect(loaded, { depth: 20, showHidden: true }),
      loaded.secrets.map(({ secret }) => `${String(secret)} ${secret.toString()}`).join(),
    ].join("\n");
    expect(printed).not.toContain(hidden);
    expect(printed).toContain("***");
  });

  it("is not repeated however wrongly it is written into the file", async () => {
    const forms = constantFrom(
      (text: string) => text,
      (text: string) => `"${text}"`,
      (text: string) => `'${text}`,
      (text: string) => `"${text}`,
      (text: string) => `[${text}]`,
      (text: string) => `[${text}`,
      (text: string) => `{ group: ${text}! , key: a }`,
      (text: string) => `{ group: [${text}], key: { a: ${text} } }`,
      (text: string) => `|\n      ${text}`,
      (text: string) => `!secret ${text}`,
      (text: string) => `${text}: ${text}: ${text}`,
      (text: string) => `\t${text}`,
      (text: string) => `@${text}`,
      (text: string) => `\`${text}`,
      (text: string) => `*${text}`,
      (text: string) => `%${text}`,
    );
    const places = constantFrom(
      "{ group: trino, key: password }",
      "http://localhost:8080",
      "{ type: basic,",
      "me\n",
    );
    await assert(
      asyncProperty(forms, places, async (form, place) => {
        let message = "";
        try {
          await load(withSecrets.replace(place, place.endsWith("\n") ? `${form(hidden)}\n` : form(hidden)));
        } catch (thrown) {
          message = `${messageOf(thrown)} ${inspect(thrown, { depth: 10 })} ${JSON.stringify(thrown)}`;
        }
        expect(message).not.toContain(hidden);
      }),
      { numRuns: 150 },
    );
  });
});

describe("validating", () => {
  it("names every secret that is not set, at once", async () => {
    const loaded = await load(withSecrets);
    await expect(validate(loaded)).rejects.toMatchObject({
      code: "SECRET_MISSING",
      message: [
        "oso-pipeline.yaml has 2 problems",
        "  oso-pipeline.yaml:3:34 trino.auth.password needs the environment variable DAGSTER__TRINO__PASSWORD, which is not set",
        "  oso-pipeline.yaml:10:20 nessie.auth.client_secret needs the environment variable OSO__NESSIE__CLIENT_SECRET, which is not set",
      ].join("\n"),
    });
  });

  it("names every path that is not there, with its line", async () => {
    const yaml = `${withSecrets}sqlmesh: { project: /no/such/project }\n`;
    const refused = validate(
      await load(yaml, { OSO__NESSIE__CLIENT_SECRET: "n", OSO_PIPELINE__TRINO__TLS__CA: "/no/ca.pem" }),
    );
    await expect(refused).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: [
        "oso-pipeline.yaml has 3 problems",
        "  environment trino.tls.ca: there is no /no/ca.pem",
        "  oso-pipeline.yaml:3:34 trino.auth.password needs the environment variable DAGSTER__TRINO__PASSWORD, which is not set",
        "  oso-pipeline.yaml:11:21 sqlmesh.project: there is no /no/such/project",
      ].join("\n"),
    });
  });
});
