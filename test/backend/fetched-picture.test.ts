import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { placedPng, strippedPng } from '../pictures/made-pictures.ts'
import { codeOf, type RunningBackend, runBackend, value } from './running-backend.ts'

const site = createServer((_, response) => void response.end(placedPng()))
let backend: RunningBackend
let address: string

beforeEach(async () => {
  await new Promise<void>((up) => site.listen(0, '127.0.0.1', up))
  address = `http://127.0.0.1:${(site.address() as AddressInfo).port}/img/map.png?token=secret`
  // This computer stands in for the public internet.
  backend = await runBackend({ pictureFetch: { allows: () => true } })
})
afterEach(async () => {
  await backend.close()
  await new Promise((done) => site.close(done).closeAllConnections())
})

it('a picture of which the address was dropped goes the way of every file: planned, stripped and sent', async () => {
  const { api } = backend
  const { profile } = await value(api.startPlayground({}))
  const where = { profileId: profile.id, bucket: 'media' }
  await value(api.createBucket({ ...where, region: 'us-east-1', access: 'per-object' }))
  const { from, ...selection } = await value(api.fetchPicture({ address }))
  expect(from).toBe(address.replace('?token=secret', ''))
  expect(selection).toMatchObject({ names: ['map.png'], files: 1, sizeBytes: placedPng().byteLength })
  const { selectionId } = selection
  const place = { ...where, prefix: 'web/', selectionId }
  const naming = { template: null, clean: 'as-is' } as const
  const plan = await value(
    api.planUpload({ ...place, naming, leaveOutEmpty: false, lookForExisting: true, stripMetadata: true }),
  )
  expect(plan).toMatchObject({ files: 1, stripped: 1, rows: [{ key: 'web/map.png' }] })
  await value(
    api.startUpload({
      ...place,
      visibility: 'public',
      onConflict: 'keep-both',
      cacheControl: null,
      baseUrl: null,
      linkExpirySeconds: 600,
      stripMetadata: 'always',
    }),
  )
  expect(await backend.uploadReport()).toMatchObject({ uploaded: 1, link: { kind: 'public' } })
  const sent = await fetch(backend.copied[0]!)
  expect(Buffer.from(await sent.arrayBuffer())).toEqual(strippedPng())
  expect(backend.logged.join('\n')).not.toContain('secret')
})

it('S29 without the test’s own say, this computer is not asked for pictures', async () => {
  await backend.close()
  backend = await runBackend()
  let asked = 0
  site.on('connection', () => (asked += 1))
  expect(await codeOf(backend.api.fetchPicture({ address }))).toBe('picture-not-fetched')
  expect(await codeOf(backend.api.fetchPicture({ address: 'file:///etc/passwd' }))).toBe(
    'picture-not-fetched',
  )
  expect(asked).toBe(0)
})
