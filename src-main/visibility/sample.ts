/** All of the items, or so many of them that each had the same chance, in their order. */
export function sampleOf<T>(
  items: readonly T[],
  most: number,
  random: () => number = Math.random,
): readonly T[] {
  if (items.length <= most) return items
  const chosen: T[] = []
  for (const [index, item] of items.entries())
    // As many as are still wanted, of as many as are left.
    if (random() * (items.length - index) < most - chosen.length) chosen.push(item)
  return chosen
}
