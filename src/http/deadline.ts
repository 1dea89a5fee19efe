/**
 * A time limit joined with a caller's signal. Own timer instead of AbortSignal.any and AbortSignal.timeout: on
 * Node 20 a timeout signal that only `any` refers to can be collected before it fires.
 */
export interface Deadline {
  readonly signal: AbortSignal;
  expired(): boolean;
  dispose(): void;
}

export function deadline(milliseconds: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  let expired = false;
  const timer = setTimeout(() => {
    expired = true;
    controller.abort();
  }, milliseconds);
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
