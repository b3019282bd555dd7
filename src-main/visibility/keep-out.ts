import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import { headObject } from '../s3/head-object.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { isSamePolicy } from './policy-document.ts'
import { probeVisibility } from './probe.ts'
import { recogniseProvider } from './provider-quirks.ts'
import { type Place, replacePolicy } from './put-policy.ts'
import type { KeepsOut } from './visibility-decision.ts'

/** So many objects are asked for: a condition is kept to for all of them, or for none. */
const mostAsked = 5

/** What is put, and how it is seen whether the service keeps to its condition. */
export interface KeepOutOptions {
  readonly policy: { readonly before: string | null; readonly after: string | null }
  readonly keepsOut: KeepsOut
  /** Objects that are there, of which some are below the prefixes. */
  readonly keys: readonly string[]
  /** Between questions, in milliseconds: settings take a moment to be everywhere. */
  readonly pausesMs?: readonly number[]
}

/**
 * Puts a policy with a Deny for those who do not sign, and looks whether the service does what it says: a signed HEAD has to be
 * answered as before, and an unsigned request has to be refused. Otherwise the policy is put back. Only Amazon S3 itself is
 * given more time for the second. Throws Failures, with the policy as it was: `safety-refused` where the Deny kept the owner
 * out as well, or that could not be seen; `not-supported` where it kept nobody out; `access-denied` where these keys may not
 * read the objects, so that nothing can be seen; and those of {@link replacePolicy}. A retryable one tells that it is not
 * known which policy is there.
 */
export async function putKeepingOut(
  session: S3Session,
  { bucket }: Place,
  { policy, keepsOut, keys, pausesMs = [300, 1000, 2000] }: KeepOutOptions,
): Promise<void> {
  const asked = keepsOut.targets
    .slice(0, mostAsked)
    .map((target) =>
      'key' in target
        ? target.key
        : (keys.find((key) => key.startsWith(target.prefix)) ??
          `${target.prefix}pail-${randomBytes(6).toString('hex')}`),
    )
  // Which host serves the bucket depends on its region.
  await session.bucketRegion(bucket)
  const before = await answersFor(session, bucket, asked, [])
  const signed = asked.filter((key) => before.get(key) === 'answered')
  const [first] = signed
  const unknown = [...before.values()].find((answer) => answer instanceof Failure)
  if (first === undefined && unknown !== undefined) throw unknown
  if (first === undefined)
    throw failure(
      'access-denied',
      'These keys may not read it themselves, so that Pail could not see whether a Deny keeps the owner out as well. Nothing was changed.',
      { key: asked[0] ?? '' },
    )
  await replacePolicy(session, { bucket }, policy.after, (now) => now === policy.before)
  const { stillOpen, shut } = await seen().catch(async (error: unknown) => {
    await takeBack(session, bucket, policy)
    throw error
  })
  if (shut !== undefined) {
    await takeBack(session, bucket, policy)
    throw failure(
      'safety-refused',
      'The service does not look at the condition of the Deny: your own signed requests were refused as well, or their answer could not be had. The policy was put back as it was.',
      { key: shut },
    )
  }
  if (stillOpen === null || recogniseProvider(session.endpoint) === 'aws') return
  await takeBack(session, bucket, policy)
  throw failure(
    'not-supported',
    `The service does not know the condition of the Deny (${keepsOut.key}): it was handed out without a signature all the same. The policy was put back as it was.`,
    { key: stillOpen },
  )

  /** What is handed out without a signature all the same, and what is not with one. */
  async function seen() {
    const open = await lastOpen(session, bucket, asked, pausesMs)
    const after = await answersFor(session, bucket, signed, pausesMs)
    return { stillOpen: open, shut: signed.find((key) => after.get(key) !== 'answered') }
  }
}

/** An object that is handed out without a signature, also after the pauses; null where none is. */
async function lastOpen(
  session: S3Session,
  bucket: string,
  keys: readonly string[],
  pausesMs: readonly number[],
): Promise<string | null> {
  for (const ms of [...pausesMs, null]) {
    const checks = await Promise.all(
      keys.map(async (key) => ({ key, ...(await probeVisibility(session, { bucket, key })) })),
    )
    const open = checks.find(({ visibility }) => visibility === 'public')
    if (open === undefined) return null
    if (ms === null) return open.key
    await pause(ms)
  }
  return null
}

/** How signed HEADs are answered, be it that there is nothing; asked again where the answer does not come. */
async function answersFor(
  session: S3Session,
  bucket: string,
  keys: readonly string[],
  pausesMs: readonly number[],
): Promise<Map<string, 'answered' | 'denied' | Failure>> {
  const answerFor = async (key: string) => {
    for (const ms of [...pausesMs, null]) {
      try {
        await headObject(session, { bucket, key })
        return 'answered'
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        if (error.error.code === 'access-denied') return 'denied'
        if (ms === null) return error
        await pause(ms)
      }
    }
    return 'denied'
  }
  return new Map(await Promise.all(keys.map(async (key) => [key, await answerFor(key)] as const)))
}

async function takeBack(
  session: S3Session,
  bucket: string,
  { before, after }: KeepOutOptions['policy'],
): Promise<void> {
  try {
    await replacePolicy(session, { bucket }, before, (now) => isSamePolicy(now, after))
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const { code, message } = error.error
    throw failure(
      code,
      `The service does not keep to the condition of the Deny that Pail has added to the bucket’s policy, and it could not be taken out again: ${message} Take the change back (undo).`,
      { retryable: true, cause: error },
    )
  }
}
