import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { exportDjango } from '../../src-main/destinations/django/export-django.ts'
import type { DestinationInput } from '../../src-preload/contract/destination.ts'
import { type SyncFixture, startSyncFixture } from '../sync/sync-fixture.ts'
import { djangoRuns } from './django-project.ts'
import {
  applyBucketPolicy,
  exportedText,
  exportWays,
  runExportedSite,
  savingScript,
  styleSheet,
} from './exported-site.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

interface Answer {
  readonly static: string
  readonly [alias: string]: { readonly names: string[]; readonly url: string } | string
}

/** What is awkward in a settings file is in these. */
function destinationsOf(bucket: string): DestinationInput[] {
  const shared = {
    profileId: 'p',
    bucket,
    baseUrl: null,
    linkExpirySeconds: 900,
  }
  return [
    {
      ...shared,
      name: 'Static "\\\nimport os',
      kind: 'static',
      prefix: 'site/static/',
      visibility: 'public',
      cacheControl: 'max-age=86400, "x\\y"',
      folderId: null,
      exclude: [],
    },
    {
      ...shared,
      name: 'Drafts',
      kind: 'static',
      prefix: 'drafts/',
      visibility: 'private',
      cacheControl: null,
      linkExpirySeconds: 77,
      folderId: null,
      exclude: [],
    },
    {
      ...shared,
      name: 'Öffentliches',
      kind: 'media',
      prefix: `me'd"ia/\\{für} alle #1/`,
      visibility: 'public',
      cacheControl: null,
      onConflict: 'keep-both',
    },
    {
      ...shared,
      name: 'Private media',
      kind: 'media',
      prefix: 'private/',
      visibility: 'private',
      cacheControl: 'private, no-store',
      onConflict: 'overwrite',
    },
  ]
}

describe.each(djangoRuns)('exported settings: $title', ({ server, django, here }) => {
  describe.skipIf(!here)('in a real project', () => {
    let fixture: SyncFixture
    let project: string
    beforeEach(async () => {
      project = await mkdtemp(join(tmpdir(), 'pail-django-export-'))
    })
    afterEach(async () => {
      await fixture.close()
      await rm(project, { recursive: true, force: true })
    })

    test.each(exportWays(django?.version ?? [4, 2]))(
      '$form with $access: public 200, private signed 200, private bare 403',
      async (way) => {
        const { form, access } = way
        // A bucket of today has no ACLs; a policy is what opens its prefixes.
        fixture = await startSyncFixture({ server, access: access === 'acl' ? 'per-object' : 'private' })
        const { bucket, playground } = fixture
        const exported = exportDjango({
          bucket,
          service: { endpoint: playground.endpoint, region: 'us-east-1', addressing: 'path' },
          destinations: destinationsOf(bucket),
          form,
          access,
          module: 'site_files.storage_backends',
          origins: [],
        })
        const policy = exportedText(exported, 'bucket-policy.json')
        expect(policy === null).toBe(access === 'acl')
        if (policy !== null) await applyBucketPolicy(fixture, server, policy)
        const answer = (await runExportedSite({
          django,
          directory: project,
          exported,
          keys: playground,
          script: savingScript,
        })) as Answer

        const sheet = await fetch(answer.static)
        expect([sheet.status, await sheet.text()]).toEqual([200, styleSheet])
        expect(sheet.headers.get('cache-control')).toBe('max-age=86400, "x\\y"')
        expect(answer.static).not.toContain('Signature')

        for (const alias of ['default', 'staticfiles', 'private_media', 'drafts']) {
          const saved = answer[alias]
          if (typeof saved !== 'object') throw new Error(`${alias} was not saved to.`)
          const expires = { private_media: '900', drafts: '77' }[alias] ?? null
          const isPrivate = expires !== null
          const link = new URL(saved.url)
          expect([alias, link.searchParams.get('X-Amz-Expires')]).toEqual([alias, expires])
          const answered = await fetch(link)
          expect([alias, answered.status, await answered.text()]).toEqual([alias, 200, alias])
          expect(answered.headers.get('cache-control')).toBe(
            { staticfiles: 'max-age=86400, "x\\y"', private_media: 'private, no-store' }[alias] ?? null,
          )
          const bare = await fetch(`${link.origin}${link.pathname}`)
          await bare.arrayBuffer()
          expect([alias, bare.status]).toEqual([alias, isPrivate ? 403 : 200])
          // An existing name is kept where the destination keeps both.
          expect(saved.names[0] === saved.names[1]).toBe(alias !== 'default')
        }
        expect((await fixture.keys()).filter((key) => !key.includes('/2026/'))).toEqual([
          'site/static/css/site.css',
        ])
        expect((await fixture.keys(`me'd"ia/\\{für} alle #1/`)).length).toBe(2)
      },
    )
  })
})
