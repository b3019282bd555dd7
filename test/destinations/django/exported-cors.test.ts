import { PutBucketCorsCommand } from '@aws-sdk/client-s3'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { exportDjango } from '../../../src-main/destinations/django/export-django.ts'
import type { DestinationInput } from '../../../src-preload/contract/destination.ts'
import { hasCeph, startSyncFixture, type SyncFixture } from '../../sync/sync-fixture.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const site = 'https://www.example.org'
const stranger = 'https://elsewhere.example.net'

let fixture: SyncFixture | null = null
afterEach(async () => {
  await fixture?.close()
  fixture = null
})

/** A bucket that has the CORS rules of an export for these origins, with a font and a script that everybody can read. */
async function bucketFor(server: 'playground' | 'ceph', origins: readonly string[]): Promise<string> {
  fixture = await startSyncFixture({ server, access: 'per-object' })
  const { bucket, session, playground } = fixture
  const destination: DestinationInput = {
    profileId: 'p',
    bucket,
    name: 'Static',
    kind: 'static',
    prefix: 'static/',
    visibility: 'public',
    cacheControl: null,
    baseUrl: null,
    linkExpirySeconds: 3600,
    folderId: null,
    exclude: [],
  }
  const { files } = exportDjango({
    bucket,
    service: { endpoint: playground.endpoint, region: 'us-east-1', addressing: 'path' },
    destinations: [destination],
    form: 'storages',
    access: 'acl',
    module: 'site.storage_backends',
    origins,
  })
  const { text = '' } = files.find(({ name }) => name === 'cors.json') ?? {}
  const client = await session.client(bucket)
  // The file as it is, in the form that `aws s3api put-bucket-cors` reads.
  await client.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: JSON.parse(text) }))
  await fixture.put('static/sans.woff2', 'wOF2', { ACL: 'public-read', ContentType: 'font/woff2' })
  await fixture.put('static/site.mjs', 'export {}', { ACL: 'public-read', ContentType: 'text/javascript' })
  return `${playground.endpoint}/${bucket}/static`
}

/** What a browser is told that asks for a page of an origin. */
async function asked(url: string, method: string, headers: Record<string, string>) {
  const response = await fetch(url, { method, headers })
  const text = await response.text()
  const told = (name: string) => response.headers.get(`access-control-${name}`)
  return { status: response.status, text, told }
}

describe.each(['playground', 'ceph'] as const)('exported CORS rules, enforced by %s', (server) => {
  describe.skipIf(server === 'ceph' && !hasCeph)('for pages', () => {
    test('of the site’s origin fonts and scripts are for use, for those of another not', async () => {
      const base = await bucketFor(server, [site])
      for (const name of ['sans.woff2', 'site.mjs']) {
        const own = await asked(`${base}/${name}`, 'GET', { origin: site })
        expect([name, own.status, own.told('allow-origin')]).toEqual([name, 200, site])
        expect(own.told('expose-headers')).toContain('ETag')
        const other = await asked(`${base}/${name}`, 'GET', { origin: stranger })
        expect([name, other.status, other.told('allow-origin')]).toEqual([name, 200, null])
      }
      const without = await asked(`${base}/site.mjs`, 'GET', {})
      expect([without.text, without.told('allow-origin')]).toEqual(['export {}', null])
    })

    test('is asked first where a browser does that: reading is allowed, writing and strangers are not', async () => {
      const base = await bucketFor(server, [site])
      const preflight = (origin: string, method: string) =>
        asked(`${base}/sans.woff2`, 'OPTIONS', {
          origin,
          'access-control-request-method': method,
          'access-control-request-headers': 'range,x-requested-with',
        })
      for (const method of ['GET', 'HEAD']) {
        const allowed = await preflight(site, method)
        expect([method, allowed.status, allowed.told('allow-origin')]).toEqual([method, 200, site])
        expect(allowed.told('allow-headers')?.toLowerCase()).toMatch(/range,\s*x-requested-with/)
        expect(allowed.told('max-age')).toBe('3600')
      }
      for (const [origin, method] of [
        [site, 'PUT'],
        [site, 'DELETE'],
        [stranger, 'GET'],
      ] as const) {
        const refused = await preflight(origin, method)
        expect([origin, method, refused.status, refused.told('allow-origin')]).toEqual([
          origin,
          method,
          403,
          null,
        ])
      }
    })

    test('of any origin when none is named', async () => {
      const base = await bucketFor(server, [])
      const given = await asked(`${base}/sans.woff2`, 'GET', { origin: stranger })
      expect([given.status, given.text]).toEqual([200, 'wOF2'])
      expect(['*', stranger]).toContain(given.told('allow-origin'))
      const preflight = { origin: stranger, 'access-control-request-method': 'PUT' }
      expect((await asked(`${base}/sans.woff2`, 'OPTIONS', preflight)).status).toBe(403)
    })
  })
})
