import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { documentationOf } from "../../../src/core/documentation.js";
import { type ErrorCode, exitCodes } from "../../../src/core/errors.js";

const root = join(import.meta.dirname, "../../..");
const codes = Object.keys(exitCodes) as ErrorCode[];

/** The anchors of a page, as GitHub and npm make them of its headings. */
const anchorsOf = (page: string): string[] =>
  [...readFileSync(page, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );

describe("the documentation of errors", () => {
  it.each(codes)("has a page and a heading for %s", (code) => {
    const [page = "", anchor] = documentationOf(code).split("#");
    expect(existsSync(join(root, page))).toBe(true);
    expect(anchorsOf(join(root, page))).toContain(anchor);
  });

  it("is in the package", () => {
    const { files } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { files: string[] };
    expect(files).toContain("docs");
  });
});
