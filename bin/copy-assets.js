// What the build needs besides compiled TypeScript: the Python bridge and the local stack's lock files.
import { cpSync, readdirSync } from "node:fs";

const isAsset = (path) => /\.(py|txt|json)$/.test(path) && !path.includes("__pycache__");

for (const path of readdirSync("src", { recursive: true, encoding: "utf8" })) {
  if (isAsset(path)) cpSync(`src/${path}`, `dist/${path}`);
}
