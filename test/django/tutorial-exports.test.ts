import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DeletePublicAccessBlockCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { exportDjango } from '../../src-main/destinations/django/export-django.ts'
import { readDjangoProject } from '../../src-main/destinations/django/read-project.ts'
import { putBucketPolicy } from '../../src-main/s3/bucket-access.ts'
import type { DestinationInput } from '../../src-preload/contract/destination.ts'
import { runProgram } from '../cli/pail-process.ts'
import { publicAndPrivate, staticAndMedia, staticOnly } from '../destinations/django/tutorial-projects.ts'
import { type SyncFixture, startSyncFixture } from '../sync/sync-fixture.ts'
import { djangoPython, hasDjango, noDjango } from './django-project.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

/** Collects static files, saves a file to each storage in S3, and says what its address is. */
const script = `
import json, sys, django
django.setup()
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.utils.module_loading import import_string

call_command('collectstatic', interactive=False, verbosity=0)
answer = {}
for alias, each in settings.PAIL_STORAGES.items():
    if each['BACKEND'].startswith('django.'):
        continue
    storage = import_string(each['BACKEND'])()
    answer[alias] = storage.url(storage.save('a file.txt', ContentFile(alias.encode())))
json.dump(answer, sys.stdout)
`

describe.skipIf(!hasDjango)(`the tutorial’s projects${hasDjango ? '' : ` (${noDjango})`}`, () => {
  let fixture: SyncFixture
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pail-tutorial-'))
    fixture = await startSyncFixture({ server: 'playground', access: 'private' })
  })
  afterEach(async () => {
    await fixture.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), text)
    }
  }

  test.each([
    ['static files', staticOnly, { staticfiles: 'public' }],
    ['static files and media', staticAndMedia, { staticfiles: 'public', default: 'public' }],
    [
      'static files, public media and private media',
      publicAndPrivate,
      { staticfiles: 'public', default: 'public', private_media: 'private' },
    ],
  ] as const)('%s: imported, exported and run', async (_, files, wanted) => {
    const { bucket, session, playground } = fixture
    // The tutorial's own, in the bucket of this test and without a domain that is not there.
    const project: Record<string, string> = { ...files }
    project['mysite/settings.py'] = project['mysite/settings.py']!.replace(/sibtc-(static|assets)/, bucket)
    project['mysite/settings.py'] += '\nAWS_S3_CUSTOM_DOMAIN = None\nAWS_QUERYSTRING_AUTH = False\n'
    if (files === publicAndPrivate) project['mysite/storage_backends.py'] += '    querystring_auth = True\n'
    await write(Object.fromEntries(Object.entries(project).map(([name, text]) => [`project/${name}`, text])))
    const read = await readDjangoProject(join(folder, 'project'), 'sibtc', { settings: null, answers: {} })
    expect([read.questions, read.profiles.length]).toEqual([[], 1])

    const exported = exportDjango({
      bucket,
      service: { endpoint: playground.endpoint, region: 'us-east-1', addressing: 'path' },
      destinations: read.destinations.map(
        ({ destination }) => ({ ...destination, profileId: 'p' }) as DestinationInput,
      ),
      form: 'storages',
      access: 'policy',
      module: 'storage_backends',
      origins: [],
    })
    const client = await session.client(bucket)
    await client.send(new DeletePublicAccessBlockCommand({ Bucket: bucket }))
    const { text: policy } = exported.files.find(({ name }) => name === 'bucket-policy.json')!
    await putBucketPolicy(session, { bucket, policy })
    await write({
      ...Object.fromEntries(exported.files.map(({ name, text }) => [`site/${name}`, text])),
      'site/settings.py': `
import django
SECRET_KEY = 'of a test'
INSTALLED_APPS = ['django.contrib.staticfiles']
STATICFILES_DIRS = [${JSON.stringify(join(folder, 'assets'))}]
from s3_settings import *
PAIL_STORAGES = STORAGES
if django.VERSION < (4, 2):
    STATICFILES_STORAGE = STORAGES['staticfiles']['BACKEND']
`,
      'site/script.py': script,
      'assets/css/site.css': 'body { margin: 0 }\n',
    })
    const ended = await runProgram(djangoPython ?? 'python3', ['script.py'], {
      directory: join(folder, 'site'),
      environment: {
        HOME: folder,
        PYTHONUTF8: '1',
        PYTHONDONTWRITEBYTECODE: '1',
        DJANGO_SETTINGS_MODULE: 'settings',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_ACCESS_KEY_ID: playground.accessKeyId,
        AWS_SECRET_ACCESS_KEY: playground.secretAccessKey,
      },
    })
    expect(ended.err).toBe('')
    const urls = JSON.parse(ended.out) as Record<string, string>
    expect(Object.keys(urls).toSorted()).toEqual(Object.keys(wanted).toSorted())
    for (const [alias, visibility] of Object.entries(wanted)) {
      const answer = await fetch(urls[alias]!)
      expect([alias, answer.status, await answer.text()]).toEqual([alias, 200, alias])
      const bare = await fetch(urls[alias]!.split('?')[0]!)
      expect([alias, bare.status]).toEqual([alias, visibility === 'public' ? 200 : 403])
      expect([alias, urls[alias]!.includes('Signature')]).toEqual([alias, visibility === 'private'])
    }
    expect(await fixture.keys()).toContain('static/css/site.css')
  })
})
