import { describe, expect, it } from "vitest";
import { load, services } from "../../support/config-files.js";

const TARGET = "{ type: discord, name: team, url: { group: discord, key: url } }";

describe("notifications", () => {
  it("go to all targets where there is no route", async () => {
    const { config } = await load(`${services}notifications: { targets: [${TARGET}] }`);
    expect(config.notifications.routes).toEqual([
      { to: ["team"], events: null, severity: "info", environments: null, quietHours: null },
    ]);
  });

  it("refer to secrets, of which the place is known and the value is not looked at before it is needed", async () => {
    const { secrets, config } = await load(`${services}notifications: { targets: [${TARGET}] }`);
    expect(secrets).toMatchObject([
      { setting: "notifications.targets[0].url", variable: "DAGSTER__DISCORD__URL", isSet: false },
    ]);
    expect(secrets[0]?.where).toMatch(/^oso-pipeline\.yaml:5:\d+$/);
    const [target] = config.notifications.targets;
    expect(() => target?.type === "discord" && target.url.reveal()).toThrow(
      /DAGSTER__DISCORD__URL, which is not set/,
    );
  });

  it("take quiet hours as people write them", async () => {
    const quiet = '{ from: "22:00", until: "06:30", time_zone: Europe/Berlin }';
    const { config } = await load(
      `${services}notifications: { targets: [${TARGET}], routes: [{ to: [team], quiet_hours: ${quiet} }] }`,
    );
    expect(config.notifications.routes[0]?.quietHours).toEqual({
      from: 1320,
      until: 390,
      timeZone: "Europe/Berlin",
      except: "error",
    });
  });

  it.each([
    [
      "a target of a route that is none",
      `targets: [${TARGET}], routes: [{ to: [temas] }]`,
      /names no target: there is team/,
    ],
    ["two targets of one name", `targets: [${TARGET}, ${TARGET}]`, /is another target's name too/],
    [
      "an address in the file",
      "targets: [{ type: slack, name: a, url: https://hooks.example/x }]",
      /must not stand in the file/,
    ],
    [
      "a time zone that is none",
      `targets: [${TARGET}], routes: [{ to: [team], quiet_hours: { from: "22:00", until: "06:00", time_zone: Mars } }]`,
      /name of a time zone/,
    ],
    [
      "a user without a password",
      "targets: [{ type: email, name: m, host: h, user: u, from: a@b.c, to: [a@b.c] }]",
      /user and password belong together/,
    ],
  ])("refuse %s", async (_, yaml, message) => {
    await expect(load(`${services}notifications: { ${yaml} }`)).rejects.toThrow(message);
  });

  it("know the ports of mail", async () => {
    const mail = (security: string): string =>
      `{ type: email, name: ${security}, host: h, security: ${security}, from: a@b.c, to: [a@b.c] }`;
    const { config } = await load(
      `${services}notifications: { targets: [${["tls", "starttls", "none"].map(mail).join(", ")}] }`,
    );
    expect(config.notifications.targets.map((target) => target.type === "email" && target.port)).toEqual([
      465, 587, 25,
    ]);
  });
});
