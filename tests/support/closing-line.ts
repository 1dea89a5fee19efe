import type { Reporter, TestModule } from "vitest/node";

/** Ends a test run with `N passed, N failed` alone on a line: what CI reads. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
    // A file that does not even load has no tests that could fail: it counts as one.
    const broken = modules.filter(
      (module) => module.state() === "failed" && module.errors().length > 0,
    ).length;
    process.stdout.write(`\n${count("passed")} passed, ${count("failed") + broken + errors.length} failed\n`);
  }
}
