import { GetObjectCommand, PutPublicAccessBlockCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { describe, expect, test } from 'vitest'
import { environmentProfileId } from '../../src-main/backend/backend-parts.ts'
import { value } from '../backend/running-backend.ts'
import { Bucket, theirs, visibilityScene } from './visibility-scene.ts'

const scene = visibilityScene()
const { get, put, read, set } = scene

/** Somebody's policy that opens a folder. */
const opening = theirs.replace('"Deny"', '"Allow"')
const at = (key: string) => `s3://${Bucket}/${key}`

/** The status with which a link that ends is answered: it is signed by the owner. */
async function linked(Key: string): Promise<number> {
  const url = await getSignedUrl(scene.client, new GetObjectCommand({ Bucket, Key }), { expiresIn: 60 })
  return (await fetch(url)).status
}

/** The last statement of the bucket's policy. */
async function lastStatement(): Promise<unknown> {
  return (JSON.parse((await read())!) as { Statement: object[] }).Statement.at(-1)
}

const denyOf = (...keys: string[]) => ({
  Sid: 'PailKeepPrivate',
  Effect: 'Deny',
  Principal: '*',
  Action: ['s3:GetObject', 's3:GetObjectVersion'],
  Resource:
    keys.length === 1
      ? `arn:aws:s3:::${Bucket}/${keys[0]}`
      : keys.map((key) => `arn:aws:s3:::${Bucket}/${key}`),
  Condition: { StringEquals: { 'aws:principaltype': 'Anonymous' } },
})

describe('S44 what is private in a prefix that the policy opens', () => {
  test('an object, by a Deny for those who do not sign; signed requests and links go on, and public takes it away again', async () => {
    await set('public', at('media/'), '--yes')
    const before = await read()
    const dry = await set('private', at('media/a.txt'), '--dry-run')
    expect(dry.code).toBe(0)
    expect(dry.err).toContain('"Sid": "PailKeepPrivate"')
    expect(dry.err).toContain('Your keys and links that end go on working')
    expect(await read()).toBe(before)
    // A change of the policy is asked for.
    expect((await set('private', at('media/a.txt'))).code).toBe(3)
    expect(await get('media/a.txt')).toBe(200)

    const closed = await set('private', at('media/a.txt'), '--yes')
    expect(closed).toMatchObject({ code: 0, out: `private  ${at('media/a.txt')}\n` })
    expect([await get('media/a.txt'), await get('media/b.txt'), await linked('media/a.txt')]).toEqual([
      403, 200, 200,
    ])
    expect(await lastStatement()).toEqual(denyOf('media/a.txt'))
    expect((await scene.line.run(['access', `s3://${Bucket}`])).out).toContain(
      'Nobody unsigned may read media/a.txt (Pail’s statement)',
    )
    expect((await set('private', at('media/a.txt'), '--yes')).err).toContain('Nothing has to be changed.')

    await set('private', at('media/b.txt'), '--yes')
    expect(await lastStatement()).toEqual(denyOf('media/a.txt', 'media/b.txt'))
    const opened = await set('public', at('media/a.txt'), '--yes')
    expect(opened).toMatchObject({ code: 0, out: `public   ${at('media/a.txt')}\n` })
    expect([await get('media/a.txt'), await get('media/b.txt')]).toEqual([200, 403])
    expect((await set('public', at('media/b.txt'), '--yes')).code).toBe(0)
    expect(await read()).toBe(before)
  })

  test('a folder in it, which is public again only as a whole', async () => {
    await set('public', at(''), '--yes')
    const before = await read()
    expect((await set('private', at('media/a.txt'), at('media/'), '--yes')).code).toBe(0)
    expect(await lastStatement()).toEqual(denyOf('media/*'))
    expect([await get('media/a.txt'), await get('media-2/a.txt'), await linked('media/a.txt')]).toEqual([
      403, 200, 200,
    ])
    const refused = await set('public', at('media/a.txt'), '--yes')
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('Pail’s own Deny keeps all of media/* private, and media/a.txt is in it')
    expect((await set('public', at('media/'), '--yes')).code).toBe(0)
    expect(await read()).toBe(before)
    expect(await get('media/a.txt')).toBe(200)
  })

  test('in what somebody else opens, and their statement stays byte for byte; undo gives back the very same policy', async () => {
    await put(opening)
    expect(await get('secret/a.txt')).toBe(200)
    const closed = await set('private', at('secret/a.txt'), '--yes')
    expect(closed.code).toBe(0)
    expect(closed.err).toContain('statement “Theirs”')
    expect((await read())!.startsWith(opening.slice(0, -3))).toBe(true)
    expect([await get('secret/a.txt'), await get('secret/b.txt')]).toEqual([403, 200])
    const undone = await set('undo', `s3://${Bucket}`, '--yes', '--json')
    expect(undone.err).toContain('1 object')
    expect(undone.err).toContain('public again')
    expect(undone.err).toContain(at('secret/a.txt'))
    expect(undone.code).toBe(0)
    expect(await read()).toBe(opening)
    expect(await get('secret/a.txt')).toBe(200)
  })

  test('an object that was just made private by itself is not renamed to where everybody could read it', async () => {
    await put(opening)
    const { api } = scene.line.backend
    const rename = (key: string, newKey: string) =>
      api.renameObject({ profileId: environmentProfileId, bucket: Bucket, key, newKey })
    // What is read of the policy for it holds for a while.
    expect((await rename('secret/b.txt', 'secret/c.txt')).ok).toBe(true)
    await set('private', at('secret/a.txt'), '--yes')
    expect(await rename('secret/a.txt', 'secret/d.txt')).toMatchObject({
      ok: false,
      error: { code: 'safety-refused' },
    })
    expect([await get('secret/a.txt'), await get('secret/c.txt')]).toEqual([403, 200])
    expect((await rename('secret/c.txt', 'secret/b.txt')).ok).toBe(true)
  })

  test('what would be kept beside an object that is private by itself is refused, as that would be public', async () => {
    await put(opening)
    await set('private', at('secret/a.txt'), '--yes')
    const upload = (rule: string) =>
      scene.line.run(['put', `${scene.line.folder}/a.txt`, at('secret/'), '--private', '--on-conflict', rule])
    const before = await scene.line.run(['ls', at('secret/')])
    const refused = await upload('keep-both')
    expect(refused.code).toBe(3)
    expect(refused.err).toMatch(/Everybody could read secret\/a_[A-Za-z0-9]{7}\.txt, which should be private/)
    expect((await scene.line.run(['ls', at('secret/')])).out).toBe(before.out)
    expect((await upload('overwrite')).code).toBe(0)
    expect(await get('secret/a.txt')).toBe(403)
  })

  test('a sync keeps no copy of it where the policy opens the whole bucket, and says where copies are', async () => {
    const { line } = scene
    await set('public', at(''), '--yes')
    await set('private', at('kept/secret.txt'), '--yes')
    const folder = `${line.folder}/kept`
    const sync = async (text: string) => {
      await line.write({ 'kept/open.txt': text, 'kept/secret.txt': text })
      return line.run(['sync', folder, at('kept/'), '--keep-previous', '--yes'])
    }
    const first = await sync('first')
    expect([first.code, first.err]).toEqual([0, expect.not.stringContaining('.pail-releases/')])
    const second = await sync('second')
    expect(second.code).toBe(1)
    expect(second.err).toContain('Copies of what is replaced or removed are kept in .pail-releases/')
    expect(second.err).toContain('kept/secret.txt: A copy of what is there would be public, and it is not')
    const { out } = await line.run(['ls', '--recursive', at('.pail-releases/')])
    expect(out).toContain('open.txt')
    expect(out).not.toContain('secret.txt')
  })

  test('closing the prefix as a whole takes the Deny below it away, and its undo names what is open again', async () => {
    await set('public', at('media/'), '--yes')
    await set('private', at('media/a.txt'), '--yes')
    const before = await read()
    expect((await set('private', at('media/'), '--yes')).code).toBe(0)
    await expect(read()).rejects.toMatchObject({ name: 'NoSuchBucketPolicy' })
    const undone = await set('undo', `s3://${Bucket}`, '--yes')
    expect(undone.err).toContain(at('media/b.txt'))
    expect(undone.err).not.toContain(at('media/a.txt'))
    expect(await read()).toBe(before)
    expect([await get('media/a.txt'), await get('media/b.txt')]).toEqual([403, 200])
  })

  test('opening the prefix as a whole opens what a Deny kept private in it, too', async () => {
    await set('public', at('media/'), '--yes')
    const before = await read()
    await set('private', at('media/a.txt'), '--yes')
    expect((await set('public', at('media/'), '--yes')).code).toBe(0)
    expect(await read()).toBe(before)
    expect(await get('media/a.txt')).toBe(200)
  })

  test('a name that is a pattern is refused, and a policy that would be too long; both say where the object can go', async () => {
    const { api } = scene.line.backend
    const ids: string[] = []
    for (const [name, prefix] of [
      ['Open', 'media/private/'],
      ['Contracts', 'contracts/'],
    ] as const) {
      const destination = {
        profileId: environmentProfileId,
        name,
        bucket: Bucket,
        kind: 'media' as const,
        prefix,
        visibility: 'private' as const,
        cacheControl: null,
        onConflict: 'keep-both' as const,
        baseUrl: null,
        linkExpirySeconds: 3600,
      }
      ids.push((await value(api.createDestination({ destination }))).id)
    }
    await put(
      JSON.stringify({ Version: '2012-10-17', Statement: [JSON.parse(opening).Statement[0]] }).replace(
        'secret/*',
        'media/*',
      ),
    )
    const before = await read()
    const pattern = await set('private', at('media/d*.txt'), '--yes')
    expect(pattern.code).toBe(1)
    const long = await set(
      'private',
      ...Array.from({ length: 300 }, (_, index) => at(`media/${'x'.repeat(60)}${index}`)),
      '--yes',
    )
    expect(long.code).toBe(1)
    expect(long.err).toContain('20 KB')
    for (const { err } of [pattern, long])
      expect(err).toContain('move the object to the private destination “Contracts” (contracts/)')
    expect(await read()).toBe(before)
    for (const destinationId of ids) await value(api.deleteDestination({ destinationId }))
  })

  test('where Block Public Access takes no policy that opens anything the setting is named', async () => {
    await put(opening)
    const block = (BlockPublicPolicy: boolean, RestrictPublicBuckets: boolean) =>
      scene.client.send(
        new PutPublicAccessBlockCommand({
          Bucket,
          PublicAccessBlockConfiguration: { BlockPublicPolicy, RestrictPublicBuckets },
        }),
      )
    await block(true, false)
    const refused = await set('private', at('secret/a.txt'), '--yes')
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('BlockPublicPolicy of the bucket')
    expect(await get('secret/a.txt')).toBe(200)
    // With the other one it is private already.
    await block(true, true)
    const closed = await set('private', at('secret/a.txt'), '--yes')
    expect(closed).toMatchObject({ code: 0, out: `private  ${at('secret/a.txt')}\n` })
    expect(closed.err).toContain('RestrictPublicBuckets of the bucket keeps secret/a.txt private already')
    expect(closed.err).toContain('Nothing has to be changed.')
  })

  test('nothing is uploaded as private to an open place, and the way is named; to what is closed by a Deny it is', async () => {
    await put(opening)
    const file = `${scene.line.folder}/a.txt`
    const upload = () => scene.line.run(['put', file, at('secret/deep/'), '--private'])
    const refused = await upload()
    expect(refused.code).toBe(3)
    expect(refused.err).toContain('Make the folder or the object private first (pail set-visibility private)')
    expect((await set('private', at('secret/deep/'), '--yes')).code).toBe(0)
    expect((await upload()).code).toBe(0)
    expect([await get('secret/deep/a.txt'), await linked('secret/deep/a.txt')]).toEqual([403, 200])
  })
})
