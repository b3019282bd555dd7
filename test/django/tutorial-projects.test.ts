import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  GetBucketOwnershipControlsCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { exportDjango } from '../../src-main/destinations/django/export-django.ts'
import { readDjangoProject } from '../../src-main/destinations/django/read-project.ts'
import { putBucketPolicy } from '../../src-main/s3/bucket-access.ts'
import type { DestinationInput } from '../../src-preload/contract/destination.ts'
import type { DjangoAccess, DjangoForm } from '../../src-preload/contract/django.ts'
import { publicAndPrivate, staticAndMedia, staticOnly } from '../destinations/django/tutorial-projects.ts'
import { startSyncFixture, type SyncFixture } from '../sync/sync-fixture.ts'
import { djangoRuns, runDjango } from './django-project.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

/** Collects static files, saves a file to each storage that is in S3, and says what its address is. */
const script = `
import json, sys, django
django.setup()
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.utils.module_loading import import_string

def storage_of(alias, each):
    if django.VERSION >= (4, 2):
        from django.core.files.storage import storages
        return storages[alias]
    # As Django 4.2 makes them.
    return import_string(each['BACKEND'])(**each.get('OPTIONS', {}))

# The older settings have a name for each, as PRIVATE_MEDIA_STORAGE; those of Django itself are not of this site.
older = {
    {'DEFAULT_FILE_STORAGE': 'default', 'STATICFILES_STORAGE': 'staticfiles'}.get(
        name, name[: -len('_STORAGE')].lower()
    ): {'BACKEND': getattr(settings, name)}
    for name in dir(settings)
    if name.endswith('_STORAGE') and str(getattr(settings, name)).startswith('site_files')
}
call_command('collectstatic', interactive=False, verbosity=0)
urls = {}
for alias, each in getattr(settings, 'STORAGES', older).items():
    if each['BACKEND'].startswith('site_files'):
        storage = storage_of(alias, each)
        urls[alias] = storage.url(storage.save('a file.txt', ContentFile(alias.encode())))
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

/** The forms and the ways of access that a Django is given each project with. */
function waysOf(server: 'playground' | 'ceph', version: readonly [number, number]) {
  const isNew = version[0] * 100 + version[1] >= 402
  const ways: { readonly form: DjangoForm; readonly access: DjangoAccess }[] = [
    { form: 'storages', access: 'acl' },
  ]
  // What Ceph makes of the other two does not depend on the project: exported-settings.test.ts has it.
  if (server === 'playground')
    ways.push(isNew ? { form: 'storages', access: 'policy' } : { form: 'older', access: 'acl' })
  return ways.flatMap((way) => projects.map((project) => ({ ...project, ...way })))
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

  test.skipIf(!here).each(waysOf(server, django?.version ?? [4, 2]))(
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
      const policy = exported.files.find(({ name }) => name === 'bucket-policy.json')
      expect(policy !== undefined).toBe(access === 'policy')
      if (policy) {
        // A bucket of today: without ACLs, and only what a policy opens is open.
        const client = await session.client(bucket)
        const { OwnershipControls } = await client.send(
          new GetBucketOwnershipControlsCommand({ Bucket: bucket }),
        )
        expect(OwnershipControls?.Rules).toEqual([{ ObjectOwnership: 'BucketOwnerEnforced' }])
        await expect(
          client.send(new PutObjectCommand({ Bucket: bucket, Key: 'x', Body: 'x', ACL: 'public-read' })),
        ).rejects.toMatchObject({ name: 'AccessControlListNotSupported' })
        await client.send(
          new PutPublicAccessBlockCommand({
            Bucket: bucket,
            PublicAccessBlockConfiguration: {
              BlockPublicAcls: true,
              IgnorePublicAcls: true,
              BlockPublicPolicy: false,
              RestrictPublicBuckets: false,
            },
          }),
        )
        await putBucketPolicy(session, { bucket, policy: policy.text })
      }
      await write({
        ...Object.fromEntries(exported.files.map(({ name, text }) => [`site_files/${name}`, text])),
        'site_files/__init__.py': '',
        'site_files/settings.py': `
import django
SECRET_KEY = 'of a test'
INSTALLED_APPS = ['django.contrib.staticfiles']
STATICFILES_DIRS = [${JSON.stringify(join(root, 'assets'))}]
from .s3_settings import *
if django.VERSION < (4, 2) and 'STORAGES' in globals():
    STATICFILES_STORAGE = STORAGES['staticfiles']['BACKEND']
`,
        'assets/css/site.css': 'body { margin: 0 }\n',
        'script.py': script,
      })
      const ended = await runDjango(django, ['script.py'], {
        directory: root,
        environment: {
          DJANGO_SETTINGS_MODULE: 'site_files.settings',
          AWS_ACCESS_KEY_ID: playground.accessKeyId,
          AWS_SECRET_ACCESS_KEY: playground.secretAccessKey,
        },
      })
      expect(ended.err).toBe('')
      const answer = JSON.parse(ended.out) as Record<string, string>
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
      expect([sheet.status, await sheet.text()]).toEqual([200, 'body { margin: 0 }\n'])
      expect(sheet.headers.get('cache-control')).toBe('max-age=86400')
    },
  )
})
