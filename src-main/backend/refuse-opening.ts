import { failure } from '../../src-preload/contract/failure.ts'
import type { PolicyReader } from './policy-reader.ts'

/** An object that is to get another key. */
interface Move {
  readonly bucket: string
  readonly key: string
  readonly newKey: string
  /** Whether the person has been told that everybody can read it there. */
  readonly confirmedPublic?: boolean | undefined
}

/**
 * Throws `safety-refused` when the bucket's policy lets everybody read what is at the new key and not what is at the old
 * one, and nobody has confirmed that (S44). Where the policy cannot be read, nothing is known of it.
 */
export async function refuseOpening(
  isOpenByPolicy: PolicyReader,
  { bucket, key, newKey, confirmedPublic = false }: Move,
): Promise<void> {
  if (confirmedPublic) return
  const isOpen = (one: string, knownForMs?: number) =>
    isOpenByPolicy(bucket, one, knownForMs).catch(() => false)
  // Somebody may just have made it private: the policy is read now, and is the same for both.
  if (!(await isOpen(newKey, 0)) || (await isOpen(key))) return
  throw failure(
    'safety-refused',
    'Everybody could read it there: the bucket’s policy opens the new key, and not the old one. Nothing was changed.',
    { key: newKey },
  )
}
