import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PutPublicAccessBlockCommand } from '@aws-sdk/client-s3'
import { expect } from 'vitest'
import { putBucketPolicy } from '../../src-main/s3/bucket-access.ts'
import type { DjangoAccess, DjangoExport, DjangoForm } from '../../src-preload/contract/django.ts'
import type { SyncFixture } from '../sync/sync-fixture.ts'
import { runDjango } from './django-process.ts'
import type { Django } from './django-project.ts'

/** The style sheet of the site whose settings were exported. */
export const styleSheet = 'body { margin: 0 }\n'

/** Collects static files, saves a file to each storage twice, and says what its address is. */
export const savingScript = `
call_command('collectstatic', interactive=False, verbosity=0)
answer = {'static': static('css/site.css')}
for alias, storage in by_alias.items():
    names = [storage.save('2026/A file (1).txt', ContentFile(alias.encode())) for _ in range(2)]
    answer[alias] = {'names': names, 'url': storage.url(names[0])}
json.dump(answer, sys.stdout)
`

/**
 * What the scripts of tests begin with: `by_alias` has each storage of the exported settings, by its alias in `STORAGES`,
 * made as Django makes it; a Django before 4.2 makes them of `STORAGES` all the same.
 */
const prelude = `
import json, sys, django
django.setup()
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.templatetags.static import static
from django.utils.module_loading import import_string

def of_site(dotted):
    return str(dotted).startswith('site_files')

# The older settings have a name for each, as PRIVATE_MEDIA_STORAGE; those of Django itself are not of this site.
older = {
    {'DEFAULT_FILE_STORAGE': 'default', 'STATICFILES_STORAGE': 'staticfiles'}.get(
        name, name[: -len('_STORAGE')].lower()
    ): import_string(getattr(settings, name))
    for name in dir(settings)
    if name.endswith('_STORAGE') and of_site(getattr(settings, name))
}
newer = getattr(settings, 'PAIL_STORAGES', settings.STORAGES if django.VERSION >= (4, 2) else {})
by_alias = {}
for alias, each in newer.items():
    if of_site(each['BACKEND']):
        if django.VERSION >= (4, 2):
            from django.core.files.storage import storages
            by_alias[alias] = storages[alias]
        else:
            by_alias[alias] = import_string(each['BACKEND'])(**each.get('OPTIONS', {}))
for alias, backend in older.items():
    by_alias.setdefault(alias, backend())
`

/** Runs a script in a project that has the files of an export; what it printed as JSON. */
export async function runExportedSite(options: {
  readonly django: Django
  readonly directory: string
  readonly exported: DjangoExport
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** Python that goes on from {@link prelude}. */
  readonly script: string
  /** Variables of the site beside its keys. */
  readonly environment?: Readonly<Record<string, string>>
}): Promise<unknown> {
  const { django, directory, exported, keys, script, environment = {} } = options
  const files: Record<string, string> = {
    ...Object.fromEntries(exported.files.map(({ name, text }) => [`site_files/${name}`, text])),
    'site_files/__init__.py': '',
    'site_files/settings.py': `
import django
SECRET_KEY = 'of a test'
INSTALLED_APPS = ['django.contrib.staticfiles']
STATICFILES_DIRS = [${JSON.stringify(join(directory, 'assets'))}]
from .s3_settings import *
if django.VERSION < (4, 2) and 'STORAGES' in globals():
    PAIL_STORAGES = STORAGES
    STATICFILES_STORAGE = STORAGES['staticfiles']['BACKEND']
`,
    'assets/css/site.css': styleSheet,
    'script.py': `${prelude}${script}`,
  }
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true })
    await writeFile(join(directory, name), text)
  }
  const ended = await runDjango(django, ['script.py'], {
    directory,
    environment: {
      DJANGO_SETTINGS_MODULE: 'site_files.settings',
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      ...environment,
    },
  })
  expect(ended.err).toBe('')
  return JSON.parse(ended.out)
}

/** The text of one of an export's files; null when it has none of that name. */
export function exportedText(exported: DjangoExport, name: DjangoExport['files'][number]['name']) {
  return exported.files.find((file) => file.name === name)?.text ?? null
}

/** Opens what the export opens by a policy, in a bucket of today: no ACL is taken, and only a policy may open something. */
export async function applyBucketPolicy(
  { bucket, session }: SyncFixture,
  server: 'playground' | 'ceph',
  policy: string,
): Promise<void> {
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
  await putBucketPolicy(session, { bucket, policy })
}

/** A form of the settings, with a way by which public files become readable. */
export interface ExportWay {
  readonly form: DjangoForm
  readonly access: DjangoAccess
}

/** Every form with every way that a Django can run: 5.1 knows the older settings no more. */
export function exportWays(version: readonly [number, number]): readonly ExportWay[] {
  const isOlderKnown = version[0] * 100 + version[1] < 501
  const forms: readonly DjangoForm[] = isOlderKnown ? ['storages', 'older'] : ['storages']
  return forms.flatMap((form) => (['policy', 'acl'] as const).map((access) => ({ form, access })))
}
