import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PutPublicAccessBlockCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { exportDjango } from '../../src-main/destinations/django/export-django.ts'
import { putBucketPolicy } from '../../src-main/s3/bucket-access.ts'
import type { DestinationInput } from '../../src-preload/contract/destination.ts'
import type { DjangoAccess, DjangoForm } from '../../src-preload/contract/django.ts'
import { type SyncFixture, startSyncFixture } from '../sync/sync-fixture.ts'
import { djangoRuns, runDjango } from './django-project.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

/** Collects static files, saves a file to each storage twice, and says what its address is. */
const script = `
import json, sys, django
django.setup()
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.templatetags.static import static
from django.utils.module_loading import import_string

call_command('collectstatic', interactive=False, verbosity=0)
if django.VERSION >= (4, 2) and not hasattr(settings, 'PRIVATE_MEDIA_STORAGE'):
    from django.core.files.storage import storages
    by_alias = {alias: storages[alias] for alias in settings.STORAGES}
elif hasattr(settings, 'PAIL_STORAGES'):
    # As Django 4.2 makes them.
    by_alias = {
        alias: import_string(each['BACKEND'])(**each.get('OPTIONS', {}))
        for alias, each in settings.PAIL_STORAGES.items()
    }
else:
    by_alias = {
        'default': import_string(settings.DEFAULT_FILE_STORAGE)(),
        'staticfiles': import_string(settings.STATICFILES_STORAGE)(),
        'private_media': import_string(settings.PRIVATE_MEDIA_STORAGE)(),
    }
answer = {'static': static('css/site.css')}
for alias, storage in by_alias.items():
    names = [storage.save('2026/A file (1).txt', ContentFile(alias.encode())) for _ in range(2)]
    answer[alias] = {'names': names, 'url': storage.url(names[0])}
json.dump(answer, sys.stdout)
`

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
    folderId: null,
    exclude: [],
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
      onConflict: 'overwrite',
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

    const ways: readonly { form: DjangoForm; access: DjangoAccess }[] = [
      { form: 'storages', access: 'policy' },
      // Django 5.1 knows the older settings no more.
      ...((django?.version ?? [5, 1]).join('.') < '5.1' ? [{ form: 'older', access: 'acl' } as const] : []),
    ]
    test.each(ways)('$form with $access: public 200, private signed 200, private bare 403', async (way) => {
      const { form, access } = way
      // A bucket of today has no ACLs; a policy is what opens its prefixes.
      fixture = await startSyncFixture({ server, access: access === 'acl' ? 'per-object' : 'private' })
      const { bucket, session, playground } = fixture
      const exported = exportDjango({
        bucket,
        service: { endpoint: playground.endpoint, region: 'us-east-1', addressing: 'path' },
        destinations: destinationsOf(bucket),
        form,
        access,
        module: 'site_files.storage_backends',
        origins: [],
      })
      const policy = exported.files.find(({ name }) => name === 'bucket-policy.json')
      expect(policy === undefined).toBe(access === 'acl')
      if (policy) {
        const client = await session.client(bucket)
        // Ceph blocks nothing unasked, and with BlockPublicAcls it has refused every upload.
        if (server === 'playground')
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
      const files: Record<string, string> = {
        'site_files/__init__.py': '',
        'site_files/settings.py': `
import django
SECRET_KEY = 'of a test'
INSTALLED_APPS = ['django.contrib.staticfiles']
STATICFILES_DIRS = [${JSON.stringify(join(project, 'assets'))}]
from .s3_settings import *
if django.VERSION < (4, 2) and 'STORAGES' in globals():
    PAIL_STORAGES = STORAGES
    STATICFILES_STORAGE = STORAGES['staticfiles']['BACKEND']
`,
        'assets/css/site.css': 'body { margin: 0 }\n',
        'script.py': script,
      }
      for (const file of exported.files) files[`site_files/${file.name}`] = file.text
      for (const [name, text] of Object.entries(files)) {
        await mkdir(dirname(join(project, name)), { recursive: true })
        await writeFile(join(project, name), text)
      }
      const ended = await runDjango(django, ['script.py'], {
        directory: project,
        environment: {
          DJANGO_SETTINGS_MODULE: 'site_files.settings',
          AWS_ACCESS_KEY_ID: playground.accessKeyId,
          AWS_SECRET_ACCESS_KEY: playground.secretAccessKey,
        },
      })
      expect(ended.err).toBe('')
      const answer: Answer = JSON.parse(ended.out)

      const sheet = await fetch(answer.static)
      expect([sheet.status, await sheet.text()]).toEqual([200, 'body { margin: 0 }\n'])
      expect(sheet.headers.get('cache-control')).toBe('max-age=86400, "x\\y"')
      expect(answer.static).not.toContain('Signature')

      for (const alias of ['default', 'staticfiles', 'private_media']) {
        const saved = answer[alias]
        if (typeof saved !== 'object') throw new Error(`${alias} was not saved to.`)
        const isPrivate = alias === 'private_media'
        const link = new URL(saved.url)
        expect([alias, link.searchParams.get('X-Amz-Expires')]).toEqual([alias, isPrivate ? '900' : null])
        const answered = await fetch(link)
        expect([alias, answered.status, await answered.text()]).toEqual([alias, 200, alias])
        expect(answered.headers.get('cache-control')).toBe(
          { default: null, staticfiles: 'max-age=86400, "x\\y"', private_media: 'private, no-store' }[alias],
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
    })
  })
})
