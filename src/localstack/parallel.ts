/** Does all of it at once. When one part fails the others are told to stop, and waited for, before that failure is thrown. */
export async function together<T extends readonly unknown[]>(
  signal: AbortSignal,
  parts: { readonly [K in keyof T]: (signal: AbortSignal) => Promise<T[K]> },
): Promise<T> {
  const stop = new AbortController();
  const joined = AbortSignal.any([signal, stop.signal]);
  let first: { readonly thrown: unknown } | undefined;
  const results = await Promise.all(
    parts.map((part) =>
      part(joined).catch((thrown: unknown) => {
        first ??= { thrown };
        stop.abort();
        return undefined;
      }),
    ),
  );
  if (first) throw first.thrown;
  return results as unknown as T;
}
