/**
 * Does all of it at once. When one part fails the others are told to stop, and waited for, before that failure is
 * thrown.
 */
export async function together<T extends readonly Promise<unknown>[] | []>(
  signal: AbortSignal,
  begin: (stop: AbortSignal) => T,
): Promise<{ -readonly [P in keyof T]: Awaited<T[P]> }> {
  const stop = new AbortController();
  const parts = begin(AbortSignal.any([signal, stop.signal]));
  try {
    return await Promise.all(parts);
  } catch (thrown) {
    stop.abort();
    await Promise.allSettled(parts);
    throw thrown;
  }
}
