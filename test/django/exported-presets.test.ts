import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { presetHandlers } from '../../src-main/backend/preset-handlers.ts'
import { exportDjango } from '../../src-main/destinations/django/export-django.ts'
import { readDjangoProject } from '../../src-main/destinations/django/read-project.ts'
import { openSettingsFile } from '../../src-main/settings/settings-file.ts'
import { builtInPresets, destinationOfPreset } from '../../src-preload/contract/built-in-presets.ts'
import type { DestinationInput, UnplacedDestination } from '../../src-preload/contract/destination.ts'
import type { PresetInput } from '../../src-preload/contract/destination-preset.ts'
import { type Edge, keyPair, startEdge } from '../cdn/edge.ts'
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

type Saved = { readonly names: readonly string[]; readonly url: string }

const media = { kind: 'media', cleanNames: true, onConflict: 'keep-both', cacheControl: null } as const

/** A person's own presets: a second place for static files, and rules that Django's settings can say, and one that they cannot. */
const ownPresets: readonly PresetInput[] = [
  {
    name: 'Theme',
    kind: 'static',
    prefix: 'theme/',
    visibility: 'public',
    cacheControl: 'max-age=60',
    linkExpirySeconds: 3600,
    exclude: [],
    rules: [{ glob: '*', cacheControl: 'max-age=31536000, immutable' }],
  },
  {
    ...media,
    name: 'Downloads',
    prefix: 'downloads/',
    visibility: 'public',
    linkExpirySeconds: 3600,
    onConflict: 'overwrite',
    rules: [{ glob: '*', contentDisposition: 'attachment', contentType: 'application/x-download' }],
  },
  {
    ...media,
    name: 'Papers',
    prefix: 'papers/',
    visibility: 'private',
    cacheControl: 'private, no-store',
    linkExpirySeconds: 900,
    rules: [{ glob: '*', contentDisposition: 'inline', contentLanguage: 'de' }],
  },
  {
    ...media,
    name: 'Reports',
    prefix: 'reports/',
    visibility: 'private',
    linkExpirySeconds: 900,
    rules: [{ glob: '*.pdf', contentDisposition: 'attachment' }],
  },
  { ...media, name: 'Videos', prefix: 'videos/', visibility: 'private', linkExpirySeconds: 600 },
]

const keyPairId = 'K2JCJMDEHXQW5F'

/** What each storage's file is served with, and how long a link lasts where it is private. */
const wanted: Readonly<
  Record<
    string,
    { cacheControl?: string; disposition?: string; language?: string; type?: string; expires?: string }
  >
> = {
  staticfiles: { cacheControl: 'max-age=86400' },
  theme: { cacheControl: 'max-age=31536000, immutable' },
  default: { disposition: 'attachment', type: 'application/x-download' },
  papers: { cacheControl: 'private, no-store', disposition: 'inline', language: 'de', expires: '900' },
  reports: { expires: '900' },
}

describe.each(djangoRuns)('exported settings of own presets: $title', ({ server, django, here }) => {
  describe.skipIf(!here)('in a real project', () => {
    let fixture: SyncFixture
    let project: string
    let edge: Edge
    beforeEach(async () => {
      project = await mkdtemp(join(tmpdir(), 'pail-django-presets-'))
    })
    afterEach(async () => {
      await edge.close()
      await fixture.close()
      await rm(project, { recursive: true, force: true })
    })

    /** The destinations that are made from the presets, as they are kept: a site's own, and one at a domain of CloudFront. */
    async function destinationsOf(bucket: string): Promise<DestinationInput[]> {
      const presets = presetHandlers(await openSettingsFile(join(project, 'user-data')))
      for (const preset of ownPresets) await presets.createDestinationPreset({ preset })
      const all = [builtInPresets.static, ...(await presets.listDestinationPresets({}))]
      return all.map((preset) => {
        const made: UnplacedDestination = destinationOfPreset(preset, bucket)
        const isVideo = preset.name === 'Videos'
        return { ...made, profileId: 'p', ...(isVideo ? { baseUrl: edge.origin, keyPairId } : {}) }
      })
    }

    test.each(exportWays(django?.version ?? [4, 2]))(
      '$form with $access: public 200, private signed 200, private bare 403, and back again',
      async ({ form, access }) => {
        fixture = await startSyncFixture({ server, access: access === 'acl' ? 'per-object' : 'private' })
        const { bucket, playground, session } = fixture
        const { pem, publicKey } = keyPair('rsa')
        edge = await startEdge(async (Key) => {
          const client = await session.client(bucket)
          const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }))
          return Body === undefined ? null : Buffer.from(await Body.transformToByteArray())
        })
        edge.trust(keyPairId, publicKey)
        const destinations = await destinationsOf(bucket)
        const exported = exportDjango({
          bucket,
          service: { endpoint: playground.endpoint, region: 'us-east-1', addressing: 'path' },
          destinations,
          form,
          access,
          module: 'site_files.storage_backends',
          origins: [],
        })
        expect(exported.notes).toEqual([
          expect.stringMatching(/^“Static” caches fingerprinted files for a year\. Django gives names/),
          'The header rules of “Reports” go by path, which Django’s settings cannot say.',
          `Links of “Videos” are signed for CloudFront, with the private key of ${keyPairId}: the site needs it in AWS_CLOUDFRONT_KEY.`,
        ])
        const policy = exportedText(exported, 'bucket-policy.json')
        if (policy !== null) await applyBucketPolicy(fixture, server, policy)
        const answer = (await runExportedSite({
          django,
          directory: project,
          exported,
          keys: playground,
          script: savingScript,
          environment: { AWS_CLOUDFRONT_KEY: pem.replaceAll('\n', '\\n') },
        })) as Readonly<Record<string, Saved>> & { readonly static: string }

        const sheet = await fetch(answer.static)
        expect([sheet.status, await sheet.text()]).toEqual([200, styleSheet])
        for (const [alias, how] of Object.entries(wanted)) {
          const { names, url } = answer[alias]!
          const link = new URL(url)
          expect([alias, link.searchParams.get('X-Amz-Expires')]).toEqual([alias, how.expires ?? null])
          const answered = await fetch(link)
          expect([alias, answered.status, await answered.text()]).toEqual([alias, 200, alias])
          const header = (name: string) => answered.headers.get(name)
          expect([alias, header('cache-control'), header('content-disposition')]).toEqual([
            alias,
            how.cacheControl ?? null,
            how.disposition ?? null,
          ])
          expect([alias, header('content-language')]).toEqual([alias, how.language ?? null])
          expect([alias, header('content-type')]).toEqual([alias, how.type ?? 'text/plain'])
          const bare = await fetch(`${link.origin}${link.pathname}`)
          await bare.arrayBuffer()
          expect([alias, bare.status]).toEqual([alias, how.expires === undefined ? 200 : 403])
          const replaces = ['staticfiles', 'theme', 'default'].includes(alias)
          expect([alias, names[0] === names[1]]).toEqual([alias, replaces])
        }

        // Signed at the distribution's own address, which has the file; refused there without, and at the bucket's.
        const video = new URL(answer['videos']!.url)
        expect([video.origin, video.searchParams.get('Key-Pair-Id')]).toEqual([edge.origin, keyPairId])
        const seen = await fetch(video)
        expect([seen.status, await seen.text()]).toEqual([200, 'videos'])
        const atBucket = `${playground.endpoint}/${bucket}${video.pathname}`
        for (const address of [`${video.origin}${video.pathname}`, atBucket]) {
          const bare = await fetch(address)
          await bare.arrayBuffer()
          expect([address, bare.status]).toEqual([address, 403])
        }

        // What Django runs with comes back as what it was made from, but for the rules by path.
        // Without what helps a Django to forms of settings that it does not know.
        await writeFile(join(project, 'site_files/settings.py'), 'from .s3_settings import *\n')
        const back = await readDjangoProject(project, 'site', { settings: null, answers: {} })
        expect(back.questions).toEqual([])
        const byPrefix = (a: { prefix: string | null }, b: { prefix: string | null }) =>
          (a.prefix ?? '') < (b.prefix ?? '') ? -1 : 1
        expect(
          back.destinations.map(({ destination }) => ({ ...destination, name: '' })).toSorted(byPrefix),
        ).toEqual(
          destinations
            .map((each) => {
              const { rules, ...rest } = { ...each, longCache: undefined, profileId: undefined }
              const isKept = rules !== undefined && rules[0]?.glob === '*'
              const isTheme = each.prefix === 'theme/'
              return {
                ...rest,
                name: '',
                // Of two that say Cache-Control the rule decides, and Django has one.
                ...(isTheme ? { cacheControl: 'max-age=31536000, immutable' } : isKept ? { rules } : {}),
              }
            })
            .toSorted(byPrefix),
        )
      },
    )
  })
})
