import { failure } from '../../src-preload/contract/failure.ts'
import { opensAnything, type ToldOpens } from '../../src-preload/contract/told-opens.ts'

/**
 * Throws `safety-refused` unless it was confirmed how many objects become public, as they are now (S44). Null: nothing does,
 * whatever was confirmed before.
 */
export function refuseUnconfirmed(
  opens: Pick<ToldOpens, 'objects' | 'prefixes'> | null,
  confirmed: number | undefined,
): void {
  if (opens === null) return
  const { objects } = opens
  if (confirmed === undefined ? !opensAnything(opens) : confirmed === objects) return
  throw failure(
    'safety-refused',
    `This makes ${objects} ${objects === 1 ? 'object' : 'objects'} public${confirmed === undefined ? ', which nobody has confirmed' : ` by now, but ${confirmed} were confirmed`}. Nothing was changed; look at it again.`,
  )
}
