/**
 * The same values, of which up to `most` are read before anybody asks for them: while one side of a comparison is waited
 * for, the other goes on. An error comes at its place. Left early, what was asked for is still read, and then no more.
 */
export async function* readAhead<T>(source: AsyncGenerator<T>, most: number): AsyncGenerator<T> {
  const asked: Promise<IteratorResult<T, unknown>>[] = []
  const ask = () => {
    const next = source.next()
    // Whoever comes to it hears of its error; until then it is not one that nobody handles.
    next.catch(() => undefined)
    asked.push(next)
  }
  try {
    for (;;) {
      while (asked.length < most) ask()
      const next = await asked.shift()
      if (next === undefined || next.done === true) return
      yield next.value
    }
  } finally {
    await source.return(undefined)
  }
}
