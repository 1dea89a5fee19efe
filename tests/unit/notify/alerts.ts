import type { Alert } from "../../../src/notify/alert.js";

/** An alert that says something everywhere. */
export const someAlert = (change: Partial<Alert> = {}): Alert => ({
  event: "checks_failed",
  severity: "error",
  subject: "verify main",
  fingerprint: "0011",
  environment: "prod",
  title: "2 checks failed on main",
  text: "2 of 14 checks failed",
  facts: [
    { name: "commit", value: "366be0c8a1b2" },
    { name: "error", value: "CHECKS_FAILED" },
  ],
  lists: [{ title: "Failed", lines: ["oso.projects_v1 unique(project_id): 3 values are there twice"] }],
  links: [{ title: "CI run", url: "https://ci.example.org/jobs/7" }],
  next: "oso-pipeline verify",
  ...change,
});
