import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMemoryKeychain } from '../../src-main/keychain/memory-keychain.ts'
import type { DestinationInput } from '../../src-preload/contract/destination.ts'
import { type Edge, keyPair, startEdge } from '../cdn/edge.ts'
import { codeOf, type RunningBackend, runBackend, value } from './running-backend.ts'

const keyPairId = 'K2JCJMDEHXQW5F'
const { pem, publicKey } = keyPair('rsa')
const bucket = 'signed-media'
const keychain = createMemoryKeychain()

let edge: Edge
let backend: RunningBackend
let destination: DestinationInput
let destinationId = ''

beforeAll(async () => {
  edge = await startEdge()
  edge.trust(keyPairId, publicKey)
  backend = await runBackend({ keychain })
  const { profile } = await value(backend.api.startPlayground({}))
  await value(
    backend.api.createBucket({ profileId: profile.id, bucket, region: 'us-east-1', access: 'private' }),
  )
  destination = {
    profileId: profile.id,
    bucket,
    name: 'Private media',
    kind: 'media',
    prefix: 'media/private/',
    visibility: 'private',
    cacheControl: null,
    onConflict: 'keep-both',
    baseUrl: edge.origin,
    keyPairId,
    stripPrefix: true,
    linkExpirySeconds: 3600,
  }
})
afterAll(async () => {
  await backend.close()
  await edge.close()
})

const link = (
  more: { downloadAs?: string | null; keyPairId?: string | null; expiresInSeconds?: number } = {},
) =>
  backend.api.createLink({
    profileId: destination.profileId,
    bucket,
    key: 'media/private/a b+c.pdf',
    kind: 'presigned',
    expiresInSeconds: 300,
    downloadAs: null,
    baseUrl: edge.origin,
    servedPrefix: 'media/private/',
    keyPairId,
    copy: true,
    ...more,
  })

async function everyFile(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return (await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), 'latin1')))).join(
    '\n',
  )
}

test('a key pair needs the address of its distribution, and a link its private key', async () => {
  expect(
    await codeOf(backend.api.createDestination({ destination: { ...destination, baseUrl: null } })),
  ).toBe('invalid-argument')
  destinationId = (await value(backend.api.createDestination({ destination }))).id
  expect(await value(backend.api.getCloudFrontKey({ keyPairId }))).toEqual({ state: 'missing' })
  expect(await codeOf(link())).toBe('no-credentials')
  const kept = backend.api.setCloudFrontKey({ keyPairId, privateKey: pem, keepForSession: false })
  expect(await value(kept)).toEqual({ state: 'session' })
  expect(await keychain.list()).toContain(`cloudfront-${keyPairId}`)
})

test('a link to a private object is signed for CloudFront, opens there, and ends when it says', async () => {
  const made = await value(link())
  expect(made).toMatchObject({ kind: 'cloudfront', limitedBy: null, signingKey: { hint: keyPairId } })
  expect(backend.copied.at(-1)).toBe(made.url)
  expect(await (await fetch(made.url)).text()).toBe('/a b+c.pdf')
  expect((await fetch(made.url.replace('a%20b', 'other'))).status).toBe(403)
  expect((await fetch(made.url.split('?')[0] ?? '')).status).toBe(403)
  for (const tampered of [
    made.url.replace(/Expires=(\d+)/, (_, at: string) => `Expires=${Number(at) + 1}`),
    made.url.replace(/Signature=./, (start) => (start.endsWith('A') ? 'Signature=B' : 'Signature=A')),
  ]) {
    expect(tampered).not.toBe(made.url)
    expect((await fetch(tampered)).status).toBe(403)
  }
  const end = Date.parse(made.endsAt ?? '')
  expect(Math.abs(end - Date.now() - 300_000)).toBeLessThan(3000)
  // Until the second before, and not from the one after.
  edge.offsetMs = end - Date.now() - 2000
  expect((await fetch(made.url)).status).toBe(200)
  edge.offsetMs = end - Date.now() + 1000
  expect((await fetch(made.url)).status).toBe(403)
  edge.offsetMs = 0
  // Neither S3's seven days nor the end of its keys are CloudFront's.
  const month = await value(link({ expiresInSeconds: 30 * 86_400 }))
  expect(Math.abs(Date.parse(month.endsAt ?? '') - Date.now() - 30 * 86_400_000)).toBeLessThan(3000)
})

test('without the pair, or with a name to save under, S3 signs', async () => {
  expect((await value(link({ keyPairId: null }))).kind).toBe('presigned')
  const named = await value(link({ downloadAs: 'a.pdf' }))
  expect(named.kind).toBe('presigned')
  expect(named.url).toContain('response-content-disposition')
})

test('what is uploaded privately has such a link on the clipboard', async () => {
  await mkdir(join(backend.folder, 'drop'), { recursive: true })
  await writeFile(join(backend.folder, 'drop/new.pdf'), 'pdf')
  const { selectionId } = await value(
    backend.api.registerDrop({ sources: [{ path: join(backend.folder, 'drop/new.pdf') }] }),
  )
  const { profileId, prefix, baseUrl, linkExpirySeconds } = destination
  await value(
    backend.api.startUpload({
      profileId,
      bucket,
      prefix,
      selectionId,
      visibility: 'private',
      onConflict: 'fail',
      cacheControl: null,
      baseUrl,
      linkExpirySeconds,
    }),
  )
  expect(await backend.uploadReport()).toMatchObject({
    link: { kind: 'presigned', count: 1 },
    linkError: null,
  })
  expect(await (await fetch(backend.copied.at(-1) ?? '')).text()).toBe('/new.pdf')
})

test('S16 S41 no file has the key or a signature, and the list of links says with which key each dies', async () => {
  const { links, signingKeys } = await value(
    backend.api.listLinks({ bucket, search: 'new.pdf', signingKeyId: null, includeEnded: true }),
  )
  expect(links).toMatchObject([{ kind: 'cloudfront', signingKey: { hint: keyPairId, isTemporary: false } }])
  expect(signingKeys.map(({ key }) => key.hint)).toContain(keyPairId)
  await backend.restart()
  const files = await everyFile(join(backend.folder, 'user-data'))
  expect(files).toContain(keyPairId)
  const lines = pem.trim().split('\n').slice(1, -1)
  for (const text of ['PRIVATE KEY', ...lines, lines.join(''), 'Signature='])
    expect(files.includes(text), text.slice(0, 12)).toBe(false)
  // The key outlives the restart in the keychain.
  expect((await value(link())).kind).toBe('cloudfront')
})

test('S21 the key goes from the keychain with the last destination that has the pair', async () => {
  const second = await value(
    backend.api.createDestination({ destination: { ...destination, name: 'Other', prefix: 'other/' } }),
  )
  await value(backend.api.deleteDestination({ destinationId }))
  expect(await keychain.list()).toContain(`cloudfront-${keyPairId}`)
  const { id, ...input } = second
  await value(
    backend.api.updateDestination({ destinationId: id, destination: { ...input, keyPairId: null } }),
  )
  expect(await keychain.list()).not.toContain(`cloudfront-${keyPairId}`)
  expect(await value(backend.api.getCloudFrontKey({ keyPairId }))).toEqual({ state: 'missing' })
})
