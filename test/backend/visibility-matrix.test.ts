import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../src-preload/contract/error-codes.ts'
import { cephServer, hasCeph, playgroundServer } from '../cli/servers.ts'
import { type Combination, blocks, MatrixScene, ownerships, policies } from './matrix-scene.ts'

const cellTimeout = 60_000

const combinations: readonly Combination[] = ownerships.flatMap((ownership) =>
  blocks.flatMap((block) => policies.map((policy) => [ownership, block, policy] as const)),
)

/** What comes of a combination; written down by hand from S3’s documentation. */
interface Expected {
  /** An upload as public. */
  readonly upload: ErrorCode | 'done'
  readonly isShown: boolean
  /** Whether the policy opens the prefix, so that nothing is sent there as private. */
  readonly isOpen: boolean
  /** Whether an object can be made public; private it can be everywhere. */
  readonly canOpen: boolean
}

function opensPrefix(policy: (typeof policies)[number]): boolean {
  return policy === 'prefix public' || policy === 'Pail’s own'
}

function expected([ownership, block, policy]: Combination): Expected {
  const isRestricted = block === 'on'
  const isOpen = opensPrefix(policy) && !isRestricted
  const takesAcls = ownership === 'BucketOwnerPreferred' && block === 'off'
  return {
    // Without an ACL because the policy opens the prefix, or with one.
    upload:
      isOpen || takesAcls
        ? 'done'
        : ownership === 'BucketOwnerEnforced'
          ? 'acls-disabled'
          : 'public-access-blocked',
    isShown: isOpen || (takesAcls && policy !== 'deny'),
    isOpen,
    canOpen: !isRestricted && policy !== 'deny',
  }
}

/** What a Deny keeps private: what else the policy opens, and links that end, go on working; and back, to the very same policy. */
async function openAgain(
  scene: MatrixScene,
  bucket: string,
  policy: string | undefined,
  { takesUploads = true }: { readonly takesUploads?: boolean } = {},
): Promise<void> {
  expect(await scene.asked(bucket, 'media/shown.txt')).toBe('public')
  expect(await scene.linked(bucket, 'media/kept.txt')).toBe(200)
  expect(await scene.policy(bucket)).not.toBe(policy)
  expect(await scene.toggle(bucket, 'media/kept.txt', 'public')).toBe('public')
  expect(await scene.badge(bucket, 'media/kept.txt')).toBe('public')
  expect(await scene.policy(bucket)).toBe(policy)
  if (!takesUploads) return
  // And a folder in it.
  await scene.putByOthers(bucket, 'media/in/a.txt')
  expect(await scene.togglePrefix(bucket, 'media/in/', 'private')).toBe('private')
  expect(await scene.badge(bucket, 'media/in/a.txt')).toBe('private')
  expect(await scene.linked(bucket, 'media/in/a.txt')).toBe(200)
  expect(await scene.asked(bucket, 'media/kept.txt')).toBe('public')
  expect(await scene.togglePrefix(bucket, 'media/in/', 'public')).toBe('public')
  expect(await scene.policy(bucket)).toBe(policy)
}

/** Both ways for the prefix that Pail's own statement opens, with an upload as private in between. */
async function toggleOwn(
  scene: MatrixScene,
  bucket: string,
  canOpen: boolean,
  { takesUploads = true }: { readonly takesUploads?: boolean } = {},
): Promise<void> {
  expect(await scene.togglePrefix(bucket, 'media/', 'private')).toBe('private')
  expect(await scene.badge(bucket, 'media/kept.txt')).toBe('private')
  const keys = ['media/kept.txt']
  if (takesUploads) {
    keys.push('media/after.txt')
    expect(await scene.upload(bucket, 'media/after.txt', 'private')).toBe('done')
    expect(await scene.badge(bucket, 'media/after.txt')).toBe('private')
  }
  expect(await scene.togglePrefix(bucket, 'media/', 'public')).toBe(canOpen ? 'public' : null)
  if (canOpen) for (const key of keys) expect(await scene.badge(bucket, key)).toBe('public')
}

describe('S45 the badge is what an unsigned GET is answered, on the playground', () => {
  let scene: MatrixScene
  beforeAll(async () => {
    scene = await MatrixScene.open(await playgroundServer())
  })
  afterAll(() => scene.close())

  test.each(combinations)(
    'ownership %s, Block Public Access %s, policy %s',
    async (...combination) => {
      const { upload, isShown, isOpen, canOpen } = expected(combination)
      const bucket = await scene.newBucket(combination, true)
      await scene.block(bucket, combination)
      expect(await scene.upload(bucket, 'media/shown.txt', 'public')).toBe(upload)
      if (upload === 'done')
        expect(await scene.badge(bucket, 'media/shown.txt')).toBe(isShown ? 'public' : 'private')
      expect(await scene.upload(bucket, 'media/kept.txt', 'private')).toBe(isOpen ? 'safety-refused' : 'done')
      if (isOpen) {
        await scene.putByOthers(bucket, 'media/kept.txt')
        expect(await scene.asked(bucket, 'media/kept.txt')).toBe('public')
      } else expect(await scene.badge(bucket, 'media/kept.txt')).toBe('private')

      const opened = await scene.toggle(bucket, 'media/kept.txt', 'public')
      expect(opened).toBe(canOpen ? 'public' : null)
      expect(await scene.badge(bucket, 'media/kept.txt')).toBe(canOpen ? 'public' : 'private')
      const open = isOpen ? await scene.policy(bucket) : undefined
      expect(await scene.toggle(bucket, 'media/kept.txt', 'private')).toBe('private')
      expect(await scene.badge(bucket, 'media/kept.txt')).toBe('private')
      if (isOpen) await openAgain(scene, bucket, open)
      if (combination[2] === 'Pail’s own') await toggleOwn(scene, bucket, canOpen)
    },
    cellTimeout,
  )
})

describe.skipIf(!hasCeph)('S45 the badge is what an unsigned GET is answered, on Ceph', () => {
  let scene: MatrixScene
  beforeAll(async () => {
    scene = await MatrixScene.open(await cephServer())
  })
  afterAll(() => scene.close())

  // What it has of the matrix: twelve cells of twenty-four. It has no ownership controls, so that there is no bucket with
  // BucketOwnerEnforced: ACLs always count. While BlockPublicAcls is on it refuses every PUT of an object, a private one,
  // too; so in the eight cells with it the objects are there before, and both uploads are seen to be refused afterwards. It
  // keeps RestrictPublicBuckets and does not enforce it: what a policy opens stays open. Pail has to find that out by asking,
  // and say so in place of a change that would be in vain.
  test.each(combinations.filter(([ownership]) => ownership === 'BucketOwnerPreferred'))(
    'ACLs enabled (%s), Block Public Access %s, policy %s',
    async (...combination) => {
      const [, block, policy] = combination
      const isOpen = opensPrefix(policy)
      const isBlocked = block !== 'off'
      const { canOpen } = expected(combination)
      const bucket = await scene.newBucket(combination, false)
      expect(await scene.upload(bucket, 'media/shown.txt', 'public')).toBe('done')
      expect(await scene.badge(bucket, 'media/shown.txt')).toBe(policy === 'deny' ? 'private' : 'public')
      expect(await scene.upload(bucket, 'media/kept.txt', 'private')).toBe(isOpen ? 'safety-refused' : 'done')
      if (isOpen) {
        await scene.putByOthers(bucket, 'media/kept.txt')
        expect(await scene.asked(bucket, 'media/kept.txt')).toBe('public')
      } else expect(await scene.badge(bucket, 'media/kept.txt')).toBe('private')

      if (isBlocked) {
        await scene.block(bucket, combination)
        expect(await scene.upload(bucket, 'media/late.txt', 'public')).toBe('access-denied')
        // Where everybody could read it, the service is not even asked to take it.
        expect(await scene.upload(bucket, 'media/late-kept.txt', 'private')).toBe(
          isOpen ? 'safety-refused' : 'access-denied',
        )
        // The public ACL of the first is ignored now.
        expect(await scene.asked(bucket, 'media/shown.txt')).toBe(isOpen ? 'public' : 'private')
      }
      const opened = await scene.toggle(bucket, 'media/kept.txt', 'public')
      expect(opened).toBe(canOpen || isOpen ? 'public' : null)
      expect(await scene.badge(bucket, 'media/kept.txt')).toBe(canOpen || isOpen ? 'public' : 'private')
      const open = isOpen ? await scene.policy(bucket) : undefined
      // While BlockPublicPolicy is on no policy is taken that opens anything.
      const canClose = !isOpen || block !== 'on'
      // The condition that AWS and MinIO know is tried first: it has no effect, and is taken back. Then comes Ceph's.
      if (isOpen && canClose) {
        expect(await scene.toggle(bucket, 'media/kept.txt', 'private')).toBe('not-supported')
        expect(await scene.policy(bucket)).toBe(open)
        expect(await scene.asked(bucket, 'media/kept.txt')).toBe('public')
      }
      expect(await scene.toggle(bucket, 'media/kept.txt', 'private')).toBe(canClose ? 'private' : null)
      expect(await scene.badge(bucket, 'media/kept.txt')).toBe(canClose ? 'private' : 'public')
      if (isOpen && canClose) await openAgain(scene, bucket, open, { takesUploads: !isBlocked })
      if (policy === 'Pail’s own') await toggleOwn(scene, bucket, canOpen, { takesUploads: !isBlocked })
      if (policy === 'prefix public' && block === 'on')
        expect(await scene.whyNotPrivate(bucket, 'media/kept.txt')).toContain(
          'RestrictPublicBuckets is on, and this service does not keep to it',
        )
    },
    cellTimeout,
  )
})
