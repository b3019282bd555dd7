import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { FindOpening, PolicyOpening } from './policy-reader.ts'

/** So long, in milliseconds, a bucket's policy is waited for; then it is not known, and what is private is asked for afterwards. */
const waitedForMs = 15_000

/** Where a private destination is, and what it is called. */
export interface PrivatePlace {
  readonly name: string
  readonly prefix: string
}

/** What is to be private in a bucket. */
export interface PrivateKeys {
  readonly bucket: string
  readonly keys: Iterable<string>
  /** Under which keys it may be stored as well, as one that is taken is kept beside: a Deny may be for a key alone. */
  readonly otherKeys?: Iterable<string>
}

/** What the bucket's policy, or the service's own switch, lets everybody read of it: null for nothing, undefined where that is not known. */
export async function findOpening(
  openingOf: FindOpening,
  { bucket, keys, otherKeys = [] }: PrivateKeys,
  knownForMs = 0,
): Promise<PolicyOpening | null | undefined> {
  const found = await openingOfKeys(openingOf, { bucket, keys }, knownForMs)
  // The first of them is what is told of, where both are open.
  return found === null ? openingOfKeys(openingOf, { bucket, keys: otherKeys }, waitedForMs) : found
}

async function openingOfKeys(
  openingOf: FindOpening,
  { bucket, keys }: Omit<PrivateKeys, 'otherKeys'>,
  knownForMs: number,
): Promise<PolicyOpening | null | undefined> {
  const isNone = keys[Symbol.iterator]().next().done === true
  if (isNone) return null
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), waitedForMs)
  })
  try {
    return await Promise.race([openingOf(bucket, keys, knownForMs), late])
  } catch (error) {
    // What the policy says is not known then; what is wrong with the way there is seen by what is sent.
    if (error instanceof Failure) return undefined
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Throws `safety-refused` when everybody could read what is to be private, as the bucket's policy or the service's own switch
 * has it, before anything of it is sent (S44). Where neither can be read, nothing is known of it.
 */
export async function refuseExposing(
  openingOf: FindOpening,
  wanted: PrivateKeys & {
    /** The private destinations of the bucket: those that are not open are named as a way out. */
    readonly privatePlaces?: readonly PrivatePlace[]
  },
): Promise<void> {
  const { bucket, privatePlaces = [] } = wanted
  const opening = await findOpening(openingOf, wanted)
  if (opening === null || opening === undefined) return
  const closed: string[] = []
  if (opening.isWhole !== true)
    for (const { name, prefix } of privatePlaces)
      if ((await findOpening(openingOf, { bucket, keys: [`${prefix}file`] }, waitedForMs)) === null)
        closed.push(name)
  throw exposingRefusal(opening, closed)
}

/** The refusal to send what everybody could read; `closed` are private destinations that are a way out. */
export function exposingRefusal(opening: PolicyOpening, closed: readonly string[] = []): Failure {
  const others = opening.keys > 1 ? ` and ${(opening.keys - 1).toLocaleString('en-GB')} more` : ''
  const exposed = `Everybody could read ${opening.key.slice(0, 300)}${others}, which should be private:`
  const place = closed.length === 0 ? 'another prefix' : `“${closed.slice(0, 3).join('”, “')}”`
  const sentence = opening.isWhole
    ? `${exposed} the bucket is public as a whole (${opening.by}). Nothing was sent. Make the bucket private first, choose another one, or upload as public if that is meant.`
    : `${exposed} the bucket’s policy opens the place (${opening.by}). Nothing was sent. Make the folder or the object private first (pail set-visibility private), which adds a Deny to the policy, choose a place that is not open (${place}), or upload as public if that is meant.`
  return failure('safety-refused', sentence.slice(0, 1000), { key: opening.key })
}
