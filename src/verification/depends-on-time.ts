import type { Check } from "./check.js";

/**
 * Names of functions and of special forms whose value changes with time, user, session or chance. A word that only
 * happens to be in a comment or a literal counts too: then the check runs more often than it must, never less.
 */
const volatile =
  /\b(now|current_\w+|localtime|localtimestamp|today|random|rand|uuid|shuffle|tablesample|system|information_schema)\b/i;

/** Whether the same check over the same data may find something else later: its result is never taken over. */
export const dependsOnTime = (check: Check): boolean =>
  check.check === "freshness" || (check.check === "sql" && volatile.test(check.sql));
