/** Node fires longer timers at once. */
const longestTimer = 2 ** 31 - 1;

/**
 * A time limit joined with a caller's signal. Own timer instead of AbortSignal.any and AbortSignal.timeout: on
 * Node 20 a timeout signal that only `any` refers to can be collected before it fires.
 */
export interface Deadline {
  readonly signal: AbortSignal;
  expired(): boolean;
  dispose(): void;
}

/** @param milliseconds undefined for no limit. */
export function deadline(milliseconds: number | undefined, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  let expired = false;
  const expire = (): void => {
    expired = true;
    controller.abort();
  };
  const timer =
    milliseconds === undefined ? undefined : setTimeout(expire, Math.min(milliseconds, longestTimer));
  const passOn = (): void => controller.abort(outer?.reason);
  if (outer?.aborted === true) passOn();
  else outer?.addEventListener("abort", passOn, { once: true });
  return {
    signal: controller.signal,
    expired: () => expired,
    dispose: () => {
      clearTimeout(timer);
      outer?.removeEventListener("abort", passOn);
    },
  };
}
