/**
 * Does something for what came in sight: a few at once, the latest first. The answer takes an item back that went out of
 * sight before its turn. `work` must not reject.
 */
export function createLookQueue<Item>(
  atOnce: number,
  work: (item: Item) => Promise<void>,
): (item: Item) => () => void {
  let waiting: { readonly item: Item }[] = []
  let running = 0

  const next = async () => {
    if (running >= atOnce) return
    const turn = waiting.pop()
    if (turn === undefined) return
    running += 1
    await work(turn.item)
    running -= 1
    void next()
  }

  return (item) => {
    const turn = { item }
    waiting.push(turn)
    void next()
    return () => {
      waiting = waiting.filter((each) => each !== turn)
    }
  }
}
