import { failure } from '../../src-preload/contract/failure.ts'
import type { LinkRecord, LinkTest } from '../../src-preload/contract/presigned-url.ts'
import type { RevocationPlan } from '../../src-preload/contract/revocation.ts'
import type { VisibilityCheck } from '../../src-preload/contract/visibility.ts'
import { djangoAlternativeName } from '../destinations/django-names.ts'
import { bucketVersioning } from '../s3/buckets.ts'
import { headObject } from '../s3/head-object.ts'
import { toFailure } from '../s3/map-error.ts'
import { moveObject, type MoveObjectOptions } from '../s3/move-object.ts'
import { keyProblem } from '../s3/object-key.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { checkVisibility, type HandedOutThrough } from '../visibility/handed-out.ts'
import { createLink, type CreateLinkOptions } from './create-link.ts'
import { testLink } from './test-link.ts'
import { triedLink } from './tried-link.ts'

/** Whose links are to die. */
export interface RevocationTarget {
  readonly bucket: string
  readonly key: string
  /** The address by which it is handed out, where that is not the bucket's own. */
  readonly through: HandedOutThrough | null
}

/** A {@link RevocationPlan} with what the object was then. */
export interface PlannedRevocation {
  readonly plan: Omit<RevocationPlan, 'planId'>
  readonly eTag: string | null
}

/**
 * What moving an object to another key would do to the links to it; `links` are the live ones that the ledger knows.
 * Reads only. Throws `no-such-key`.
 */
export async function planRevocation(
  session: S3Session,
  { bucket, key, through }: RevocationTarget,
  links: readonly LinkRecord[],
): Promise<PlannedRevocation> {
  const head = await headObject(session, { bucket, key })
  if (head === null)
    throw failure('no-such-key', 'The object is not there any more, and its links lead nowhere already.', {
      key,
    })
  const [versioned, visibility] = await Promise.all([
    bucketVersioning(session, { bucket }),
    checkVisibility(session, { bucket, key, through }),
  ])
  const dying = links.filter(({ kind }) => kind !== 'upload')
  const ends = dying.flatMap(({ endsAt }) => endsAt ?? []).toSorted()
  const facts = {
    bucket,
    key,
    newKey: djangoAlternativeName(key),
    sizeBytes: head.sizeBytes,
    links: dying.length,
    lastEndsAt: ends.at(-1) ?? null,
    uploadLinks: links.length - dying.length,
    versioned,
    visibility,
  }
  return { plan: { ...facts, consequences: consequencesOf(facts, through !== null) }, eTag: head.eTag }
}

/** In the order of what hurts most. Pure. */
export function consequencesOf(
  facts: Pick<RevocationPlan, 'uploadLinks' | 'versioned' | 'visibility'>,
  isBehindDomain: boolean,
): string[] {
  const { uploadLinks, versioned, visibility } = facts
  return [
    'Every link to this key ends at once, whoever made it and wherever: one link alone cannot be ended.',
    visibility.visibility === 'private'
      ? 'Pages, databases and programs that know the object by its key do not find it any more.'
      : 'Its public URL ends, too: pages that show it have a gap, and databases and programs do not find it any more. What its ACL opens stays open at the new key, unless these keys may not read the ACL; what the bucket’s policy opens depends on that key.',
    ...(isBehindDomain
      ? ['What a CDN or a cache before the bucket has kept, it may go on serving at the old URL for a while.']
      : []),
    'Until they would have ended, which links of S3 do within seven days, nothing may come to the old key again, as by a sync or an upload: the links would open that.',
    ...(uploadLinks > 0
      ? [
          `${uploadLinks === 1 ? 'A link' : `${uploadLinks} links`} to upload to this key ${uploadLinks === 1 ? 'goes' : 'go'} on working, and can put a new object there.`,
        ]
      : []),
    ...(versioned === 'no'
      ? []
      : [
          versioned === 'yes'
            ? 'The bucket keeps versions: the old one stays, and only keys of the bucket reach it, as no link that is given out names a version. Whoever restores it revives the links.'
            : 'Whether the bucket keeps versions cannot be read: restored, an old one would revive the links.',
        ]),
    'What was downloaded already stays where it is.',
  ]
}

/** What came of a revocation. */
export interface Revoked {
  readonly oldLink: LinkTest
  readonly oldUrl: VisibilityCheck
}

/** How the object that was planned for is moved. */
export interface RevokeOptions extends Pick<
  MoveObjectOptions,
  'newKey' | 'signal' | 'onProgress' | 'byPartsFromBytes' | 'partSizeBytes' | 'singleCopyBytes' | 'pausesMs'
> {
  /** That of the plan; another object is not moved. */
  readonly eTag: string | null
  /** Moves; it may write that down. */
  readonly move?: typeof moveObject
}

/**
 * Moves the object that was planned for, and asks for it at its old key as a stranger would: with a link such as those
 * that were handed out, and without. `onMoved` is told as soon as the links are dead. Throws the failures of moving, after
 * which everything is as it was but for what they name, and of `onMoved`; once the object is moved, what cannot be asked is
 * answered as not asked.
 */
export async function revokeByMoving(
  session: S3Session,
  { bucket, key, through }: RevocationTarget,
  { eTag, move = moveObject, ...how }: RevokeOptions,
  onMoved: () => Promise<void>,
): Promise<Revoked> {
  const { newKey } = how
  const problem = newKey === key ? 'The new key has to be another one than the old.' : keyProblem(newKey)
  if (problem !== null) throw failure('invalid-argument', problem, { key: newKey })
  await move(session, { bucket, key, ...how, ...(eTag === null ? {} : { expectedETag: eTag }) })
  await onMoved()
  const [oldLink, oldUrl] = await Promise.all([
    tryOldLink(session, { bucket, key }),
    checkVisibility(session, { bucket, key, through, timeoutMs: 4000 }),
  ])
  return { oldLink, oldUrl }
}

/** Temporary keys may have ended meanwhile, and a certificate that nobody takes says nothing of the object. Never rejects. */
async function tryOldLink(
  session: S3Session,
  { bucket, key }: Pick<RevocationTarget, 'bucket' | 'key'>,
): Promise<LinkTest> {
  try {
    const options: CreateLinkOptions = {
      bucket,
      key,
      kind: 'presigned',
      expiresInSeconds: 60,
      downloadAs: null,
      baseUrl: null,
    }
    const old = await triedLink(session, options, await createLink(session, options))
    const test = await testLink(session, old)
    return test.outcome === 'failed' && test.status === null ? { ...test, outcome: 'not-tested' } : test
  } catch (error) {
    const { code, message } = toFailure(error, { key }).error
    return { outcome: 'not-tested', status: null, problem: { code, message: message.slice(0, 1000) } }
  }
}
