import type { MessageBoxOptions } from 'electron'

/** The question; its second button is the one that quits. */
export const quitQuestion: MessageBoxOptions = {
  type: 'question',
  message: 'Pail is still changing a bucket',
  detail:
    'Quitting stops it where it is, and it does not go on by itself at the next start: plan the sync, or the undo, once more. Until then visitors may get old pages beside new files.',
  buttons: ['Keep going', 'Quit'],
  defaultId: 0,
  cancelId: 0,
}

/** What asking before quitting needs of the application. */
export interface QuitParts {
  /** Whether something is under way that does not go on by itself at the next start. */
  isChanging(): boolean
  /** Puts {@link quitQuestion}; true for quitting. */
  ask(): Promise<boolean>
}

/** An event of Electron’s that can be kept from happening. */
interface Preventable {
  preventDefault(): void
}

/**
 * Asks before a sync or the like is cut short: once at a time, and not again after the answer was to quit. Transfers need
 * no question, they go on at the next start.
 */
export function askBeforeQuit({ isChanging, ask }: QuitParts) {
  let asking = false
  let decided = false
  return {
    /** From now on nobody is asked: the system ends, and would wait for an answer that nobody gives. */
    must(): void {
      decided = true
    },
    /** Keeps `event` from happening while a bucket is changed, and does `again` when that was not wanted. */
    before(event: Preventable, again: () => void): void {
      if (decided || !isChanging()) return
      event.preventDefault()
      if (asking) return
      asking = true
      void ask()
        // A question that cannot be put keeps nobody from quitting.
        .catch(() => true)
        .then((quits) => {
          asking = false
          if (!quits) return
          decided = true
          again()
        })
    },
  }
}
