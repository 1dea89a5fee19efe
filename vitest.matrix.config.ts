import { defineConfig } from "vitest/config";

/** Every SQLMesh that is supported, each in an environment of its own: `npm run test:matrix`. */
export default defineConfig({
  test: {
    name: "matrix",
    reporters: ["default", "./tests/support/closing-line.ts"],
    include: ["tests/matrix/**/*.test.ts"],
    testTimeout: 120_000,
    // The first run installs.
    hookTimeout: 900_000,
    fileParallelism: false,
  },
});
