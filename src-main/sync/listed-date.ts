/** Whether a date of a listing falls into a span of time; many services tell whole seconds, which stand for all of theirs. */
export function isWithin(fromMs: number, toMs: number, listedMs: number): boolean {
  const end = listedMs % 1000 === 0 ? listedMs + 999 : listedMs
  return end >= fromMs && listedMs <= toMs
}
