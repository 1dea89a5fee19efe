/** The view that tells any reader which release it is reading. Releases have it, main has not. */
export const MARKER = { schema: "oso_pipeline", view: "release" } as const;
