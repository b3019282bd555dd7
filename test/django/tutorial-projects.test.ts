import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { exportDjango } from '../../src-main/destinations/django/export-django.ts'
import { readDjangoProject } from '../../src-main/destinations/django/read-project.ts'
import type { DestinationInput } from '../../src-preload/contract/destination.ts'
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

call_command('collectstatic', interactive=False, verbosity=0)
urls = {}
for alias, each in settings.STORAGES.items():
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

  test.skipIf(!here).each(projects)(
    '$name: imported, exported, and run by Django',
    async ({ files, urls }) => {
      fixture = await startSyncFixture({ server, access: 'per-object' })
      const { bucket, playground } = fixture
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
        form: 'storages',
        access: 'acl',
        module: 'site_files.storage_backends',
        origins: [],
      })
      await write({
        ...Object.fromEntries(exported.files.map(({ name, text }) => [`site_files/${name}`, text])),
        'site_files/__init__.py': '',
        'site_files/settings.py': `
import django
SECRET_KEY = 'of a test'
INSTALLED_APPS = ['django.contrib.staticfiles']
STATICFILES_DIRS = [${JSON.stringify(join(root, 'assets'))}]
from .s3_settings import *
if django.VERSION < (4, 2):
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
