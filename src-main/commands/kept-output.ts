/** The end of a long text, with the number of characters that came before it. */
export interface KeptOutput {
  readonly position: number
  readonly text: string
}

/** Collects what a command writes. */
export interface OutputKeeper {
  add(text: string): void
  /** The end of all that came, at most as long as the keeper keeps. */
  all(): KeptOutput
  /**
   * The end of what came since the last call, at most `mostCharacters`: of an output that comes faster than it can be
   * shown the middle is passed over, and the position tells how much.
   */
  next(mostCharacters: number): KeptOutput
}

/** Keeps the last `mostCharacters`. */
export function createOutputKeeper(mostCharacters: number): OutputKeeper {
  let text = ''
  /** Characters before `text`. */
  let position = 0
  let told = 0
  const from = (start: number): KeptOutput => {
    const first = Math.max(start, position)
    return { position: first, text: text.slice(first - position) }
  }
  return {
    add(more) {
      text += more
      // Cut seldom: each cut copies all that is kept.
      if (text.length > mostCharacters * 2) {
        position += text.length - mostCharacters
        text = text.slice(-mostCharacters)
      }
    },
    all: () => from(position + text.length - mostCharacters),
    next(most) {
      const end = position + text.length
      const piece = from(Math.max(told, end - most))
      told = end
      return piece
    },
  }
}
