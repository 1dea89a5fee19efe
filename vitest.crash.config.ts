import { defineConfig } from "vitest/config";

/** Everything a restatement does, and death before and after each of it: `npm run test:crash`. Takes hours. */
export default defineConfig({
  test: {
    name: "crash",
    reporters: ["default", "./tests/support/closing-line.ts"],
    include: ["tests/crash/**/*.test.ts"],
    globalSetup: ["tests/support/stack.ts"],
    testTimeout: 300_000,
    hookTimeout: 900_000,
    // Each file has a warehouse of its own on the one stack, which bears two of them; those that publish take turns.
    maxWorkers: 2,
  },
});
