/** Names of columns that hold what nobody should find in a log. */
export const speaksOfSecrets =
  /passw|passphrase|secret|token|credential|api_?key|private_?key|e_?mail|phone|iban|ssn/i;

/** An address of a person. */
export const EMAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;

/** What looks like a key to something. */
export const KEYS: readonly RegExp[] = [
  /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /\b(?:gh[oprsu]_|github_pat_|glpat-|xox[abprs]-|sk-|hf_|npm_)[\w-]{16,}/g,
  /-----BEGIN [^-]*PRIVATE KEY-----.*/gs,
  /(?<=:\/\/)[^\s/@]+(?=@)/g,
  /(?<=\b(?:password|passwd|pwd|secret|token|api_?key)["']?\s*[=:]\s*["']?)[^\s"',;&]+/gi,
  /(?<=\bbearer\s+)[\w.~+/=-]{8,}/gi,
];
