import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WantedSize } from '../../src-preload/contract/upload-size.ts'
import { type RunningBackend, runBackend, value } from './running-backend.ts'

const bucket = 'arrivals'
let backend: RunningBackend
let profileId = ''
beforeAll(async () => {
  backend = await runBackend()
  profileId = (await value(backend.api.startPlayground({}))).profile.id
  await value(backend.api.createBucket({ profileId, bucket, region: 'us-east-1', access: 'private' }))
})
afterAll(() => backend.close())

async function request(name: string, size: WantedSize | null) {
  const made = await value(
    backend.api.createUploadRequest({
      profileId,
      bucket,
      prefix: 'in/',
      name,
      type: 'text/plain',
      mustNotReplace: false,
      size,
      expiresInSeconds: 600,
    }),
  )
  const upload = async (bytes: number) => {
    const headers = Object.fromEntries(made.headers.map((each) => [each.name, each.value]))
    const answer = await fetch(made.url, { method: 'PUT', headers, body: 'x'.repeat(bytes) })
    return answer.status
  }
  return { id: made.recordId ?? '', upload }
}
const arrivals = () => value(backend.api.listArrivals({ profileId }))

test('what came with an upload request is compared with the size that was asked for, also after a restart', async () => {
  const most = { kind: 'at-most', bytes: 10 } as const
  const [large, fits, exact, never, any] = [
    await request('large.txt', most),
    await request('fits.txt', most),
    await request('exact.txt', { kind: 'exactly', bytes: 3 }),
    await request('never.txt', most),
    await request('any.txt', null),
  ]
  expect(await arrivals()).toEqual([])
  // S3 takes it all the same, which is why it is looked at.
  expect(await large.upload(11)).toBe(200)
  expect(await fits.upload(10)).toBe(200)
  expect(await exact.upload(4)).toBe(403)
  expect(await exact.upload(3)).toBe(200)
  expect(await any.upload(99)).toBe(200)
  await backend.restart()
  const found = await arrivals()
  expect(found).toEqual([
    { linkId: exact.id, sizeBytes: 3, isOtherSize: false },
    { linkId: fits.id, sizeBytes: 10, isOtherSize: false },
    { linkId: large.id, sizeBytes: 11, isOtherSize: true },
  ])
  expect(found.map(({ linkId }) => linkId)).not.toContain(never.id)
  const { links } = await value(
    backend.api.listLinks({ bucket, search: '', signingKeyId: null, includeEnded: true }),
  )
  expect(links.find(({ id }) => id === large.id)).toMatchObject({ kind: 'upload', size: most })
  expect(links.find(({ id }) => id === any.id)).toMatchObject({ size: null })
})

test('what was at the key before the link is no arrival', async () => {
  const first = await request('again.txt', null)
  expect(await first.upload(20)).toBe(200)
  // Dates of objects are told to the second.
  await new Promise((resolve) => setTimeout(resolve, 1100))
  const second = await request('again.txt', { kind: 'at-most', bytes: 10 })
  expect((await arrivals()).map(({ linkId }) => linkId)).not.toContain(second.id)
  expect(await second.upload(12)).toBe(200)
  expect(await arrivals()).toContainEqual({ linkId: second.id, sizeBytes: 12, isOtherSize: true })
})
