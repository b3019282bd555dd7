import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { GetBucketOwnershipControlsCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { exportDjango } from '../../src-main/destinations/django/export-django.ts'
import { readDjangoProject } from '../../src-main/destinations/django/read-project.ts'
import type { S3Session } from '../../src-main/s3/s3-session.ts'
import type { DestinationInput } from '../../src-preload/contract/destination.ts'
import { publicAndPrivate, staticAndMedia, staticOnly } from '../destinations/django/tutorial-projects.ts'
import { startSyncFixture, type SyncFixture } from '../sync/sync-fixture.ts'
import { djangoRuns } from './django-project.ts'
import { applyBucketPolicy, exportedText, exportWays, runExportedSite, styleSheet } from './exported-site.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

/** Collects static files, saves a file to each storage that is in S3, and says what its address is. */
const script = `
call_command('collectstatic', interactive=False, verbosity=0)
urls = {
    alias: storage.url(storage.save('a file.txt', ContentFile(alias.encode())))
    for alias, storage in by_alias.items()
}
json.dump(urls, sys.stdout)
`

const projects = [
  { name: 'static files', files: staticOnly, urls: { staticfiles: ['static/', 'public'] } },
  {
    name: 'static files and media',
    files: staticAndMedia,
    urls: { staticfiles: ['static/', 'public'], default: ['media/', 'public'] },
  },
  {
    name: 'static files, public and private media',
    files: publicAndPrivate,
    urls: {
      staticfiles: ['static/', 'public'],
      default: ['media/public/', 'public'],
      private_media: ['media/private/', 'private'],
    },
  },
] as const

/** That a bucket is of today's kind. */
async function expectNoAcls(session: S3Session, bucket: string): Promise<void> {
  const client = await session.client(bucket)
  const { OwnershipControls } = await client.send(new GetBucketOwnershipControlsCommand({ Bucket: bucket }))
  expect(OwnershipControls?.Rules).toEqual([{ ObjectOwnership: 'BucketOwnerEnforced' }])
  await expect(
    client.send(new PutObjectCommand({ Bucket: bucket, Key: 'x', Body: 'x', ACL: 'public-read' })),
  ).rejects.toMatchObject({ name: 'AccessControlListNotSupported' })
}

/** Each project in each form with each way of access that this Django can run. */
function cellsOf(version: readonly [number, number]) {
  return exportWays(version).flatMap((way) => projects.map((project) => ({ ...project, ...way })))
}

describe.each(djangoRuns)('the tutorial’s projects: $title', ({ server, django, here }) => {
  let fixture: SyncFixture
  let root: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'pail-django-tutorial-'))
  })
  afterEach(async () => {
    await fixture.close()
    await rm(root, { recursive: true, force: true })
  })
  const write = async (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, name)), { recursive: true })
      await writeFile(join(root, name), text)
    }
  }

  test.skipIf(!here).each(cellsOf(django?.version ?? [4, 2]))(
    '$name: imported, exported ($form with $access), and run by Django',
    async ({ files, urls, form, access }) => {
      fixture = await startSyncFixture({ server, access: access === 'acl' ? 'per-object' : 'private' })
      const { bucket, playground, session } = fixture
      const { endpoint } = playground
      // The tutorial's own, at the server of this test.
      const settings = files['mysite/settings.py']!.replace(/'sibtc-\w+'/, `'${bucket}'`).replace(
        "'%s.s3.amazonaws.com'",
        `'${new URL(endpoint).host}/%s'`,
      )
      await write({
        ...files,
        'mysite/settings.py': `${settings}\nAWS_S3_ENDPOINT_URL = '${endpoint}'\nAWS_S3_URL_PROTOCOL = 'http:'\n`,
      })
      const project = await readDjangoProject(root, 'sibtc', { settings: null, answers: {} })
      expect(project.questions).toEqual([])
      const exported = exportDjango({
        bucket,
        service: { endpoint, region: 'us-east-1', addressing: 'path' },
        destinations: project.destinations.map(
          ({ destination }) => ({ ...destination, profileId: 'p' }) as DestinationInput,
        ),
        form,
        access,
        module: 'site_files.storage_backends',
        origins: [],
      })
      const policy = exportedText(exported, 'bucket-policy.json')
      expect(policy !== null).toBe(access === 'policy')
      if (policy !== null) {
        // A bucket of today: without ACLs, and only what a policy opens is open. Ceph has ACLs in every bucket.
        if (server === 'playground') await expectNoAcls(session, bucket)
        await applyBucketPolicy(fixture, server, policy)
      }
      const answer = (await runExportedSite({
        django,
        directory: root,
        exported,
        keys: playground,
        script,
      })) as Record<string, string>
      expect(Object.keys(answer).toSorted()).toEqual(Object.keys(urls).toSorted())
      for (const [alias, [prefix, visibility]] of Object.entries(urls)) {
        const url = new URL(answer[alias]!)
        expect(url.pathname).toMatch(new RegExp(`/${bucket}/${prefix}a(%20|_)file\\.txt$`))
        expect([alias, url.search === '']).toEqual([alias, visibility === 'public'])
        const given = await fetch(url)
        expect([alias, given.status, await given.text()]).toEqual([alias, 200, alias])
        const bare = await fetch(`${url.origin}${url.pathname}`)
        await bare.arrayBuffer()
        expect([alias, bare.status]).toEqual([alias, visibility === 'public' ? 200 : 403])
      }
      const sheet = await fetch(`${endpoint}/${bucket}/static/css/site.css`)
      expect([sheet.status, await sheet.text()]).toEqual([200, styleSheet])
      expect(sheet.headers.get('cache-control')).toBe('max-age=86400')
    },
  )
})
