import type { AppError } from '../../src-preload/contract/app-error.ts'

/** Why nothing of a profile is started. */
export type HoldReason = 'offline' | 'sign-in'

/** Profiles whose transfers have to wait for something that concerns them all. */
export interface ProfileHolds {
  has(profileId: string): boolean
  /**
   * Holds a profile because its service cannot be reached (F1, F2). It is asked again at most every few seconds, once
   * for all the profile's transfers; when it answers the profile is let go.
   */
  holdOffline(profileId: string, whyUnreachable: () => Promise<AppError | null>): void
  /** Holds a profile until the person has done something about its credentials (F19). */
  holdSignIn(profileId: string): void
  /** Lets a profile go, whatever it was held for; true when it was held. */
  release(profileId: string): boolean
  close(): void
}

/**
 * Makes the holds of a queue. `onReleased` hears of a service that is back. The service is asked every `everyMs`
 * milliseconds.
 */
export function createProfileHolds(everyMs: number, onReleased: (profileId: string) => void): ProfileHolds {
  const held = new Map<string, { readonly reason: HoldReason; timer: NodeJS.Timeout | null }>()

  function release(profileId: string): boolean {
    const hold = held.get(profileId)
    if (hold === undefined) return false
    if (hold.timer !== null) clearTimeout(hold.timer)
    held.delete(profileId)
    return true
  }

  return {
    has: (profileId) => held.has(profileId),
    holdOffline(profileId, whyUnreachable) {
      if (held.has(profileId)) return
      const hold: { reason: HoldReason; timer: NodeJS.Timeout | null } = { reason: 'offline', timer: null }
      held.set(profileId, hold)
      const askLater = () => {
        hold.timer = setTimeout(() => {
          whyUnreachable().then(
            (why) => {
              if (held.get(profileId) !== hold) return
              if (why !== null) return askLater()
              held.delete(profileId)
              onReleased(profileId)
            },
            // What cannot be asked is tried: the transfers will say what is the matter.
            () => release(profileId) && onReleased(profileId),
          )
        }, everyMs)
      }
      askLater()
    },
    holdSignIn(profileId) {
      release(profileId)
      held.set(profileId, { reason: 'sign-in', timer: null })
    },
    release,
    close() {
      for (const profileId of held.keys()) release(profileId)
    },
  }
}
