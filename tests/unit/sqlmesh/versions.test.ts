import { describe, expect, it } from "vitest";
import { isOlder, requireRestating, supportedVersions } from "../../../src/sqlmesh/versions.js";
import { errorOf } from "../../support/errors.js";

const said = (sqlmesh: string | null) => ({
  protocol: 3,
  python: "3.11.7",
  executable: "/env/bin/python",
  sqlmesh,
  sqlglot: "27.0.1",
});

describe("versions of SQLMesh", () => {
  it.each([
    ["0.199.9", "0.200.0", true],
    ["0.200.0", "0.200.0", false],
    ["0.218.0", "0.200.0", false],
    ["0.99.1", "0.200.0", true],
    ["1.0.0", "0.218.0", false],
    ["0.218.0.dev3+g1a2b3c", "0.218.0", false],
    ["0.218", "0.218.0", false],
  ])("compare by number: %s against %s", (version, than, older) => {
    expect(isOlder(version, than)).toBe(older);
  });

  it("work from 0.200 on", async () => {
    expect(supportedVersions(said("0.200.0"), "python").sqlmesh).toBe("0.200.0");
    const error = await errorOf(() => supportedVersions(said("0.187.0"), "python"));
    expect(error).toMatchObject({ code: "VERSION_UNSUPPORTED", message: expect.stringContaining("0.187.0") });
  });

  it("restate from 0.218 on, and below it the error says how to upgrade", async () => {
    expect(() => requireRestating(supportedVersions(said("0.218.0"), "python"), "python")).not.toThrow();
    const error = await errorOf(() =>
      requireRestating(supportedVersions(said("0.217.0"), "python"), "/env/bin/python"),
    );
    expect(error.code).toBe("VERSION_UNSUPPORTED");
    expect(error.message).toBe("restating needs SQLMesh 0.218.0 or later, /env/bin/python has 0.217.0");
    expect(error.hint).toContain("/env/bin/python -m pip install --upgrade");
  });

  it("name the interpreter and the setting where SQLMesh is not installed", async () => {
    const error = await errorOf(() => supportedVersions(said(null), "/usr/bin/python3"));
    expect(error).toMatchObject({
      code: "REQUIREMENT_MISSING",
      message: "SQLMesh is not installed for /usr/bin/python3",
      hint: expect.stringContaining("sqlmesh.python"),
    });
  });
});
