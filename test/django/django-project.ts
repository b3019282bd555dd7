import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCeph } from '../sync/sync-fixture.ts'
import { runDjango } from './django-process.ts'

/** What a Django project publishes its static files with. */
export interface DjangoProjectOptions {
  readonly django: Django
  /** The project's folder; its settings are written there. */
  readonly directory: string
  /** The folder of the site's own static files. */
  readonly source: string
  /** Whether the site has Django's admin, with its hundred files. */
  readonly hasAdmin: boolean
  /** Where `collectstatic` collects to when the storage is on this computer. */
  readonly staticRoot: string
  readonly bucket: string
  readonly server: {
    readonly endpoint: string
    readonly accessKeyId: string
    readonly secretAccessKey: string
  }
}

/** The dotted names of the storages that the proof is about. */
export const storages = {
  /** The tutorial's own. */
  s3: 'storages.backends.s3boto3.S3Boto3Storage',
  s3Static: 'storages.backends.s3boto3.S3StaticStorage',
  s3Manifest: 'storages.backends.s3boto3.S3ManifestStaticStorage',
  local: 'django.contrib.staticfiles.storage.StaticFilesStorage',
  localManifest: 'django.contrib.staticfiles.storage.ManifestStaticFilesStorage',
} as const

/** A Django project with settings as the tutorial has them. */
export interface DjangoProject {
  /** Runs `collectstatic --noinput`; what it said at its end, or an error with what it complained of. */
  collectstatic(storage: string): Promise<string>
  /** What a template renders to. */
  render(storage: string, template: string): Promise<string>
}

/** A Django with django-storages and boto3 that is on this machine. */
export interface Django {
  /** For the titles of tests. */
  readonly name: string
  readonly program: string
  readonly version: readonly [number, number]
  /** The environment that it needs. */
  readonly environment: Readonly<Record<string, string>>
}

const imports =
  'import django, storages, storages.backends.s3boto3; print(*django.VERSION[:2], *storages.__version__.split(".")[:2])'

/**
 * A Python that has Django and django-storages with boto3: the one that `PAIL_DJANGO_PYTHON` names, that of the system,
 * where packages put them, or the one on the path; each with a folder before its own packages. Null when none has, or
 * when its Django does not know `STORAGES`, or its django-storages no `OPTIONS`, where that is wanted.
 */
function findDjango(folder: string | null, needsStorages: boolean): Django | null {
  const named = process.env['PAIL_DJANGO_PYTHON'] || null
  const candidates = process.platform === 'win32' ? ['python'] : ['/usr/bin/python3', 'python3']
  const environment: Record<string, string> = folder === null ? {} : { PYTHONPATH: folder }
  for (const program of named === null ? candidates : [named, ...candidates]) {
    const { status, stdout } = spawnSync(program, ['-c', imports], {
      encoding: 'utf8',
      env: { ...process.env, ...environment },
    })
    const [major = 0, minor = 0, storagesMajor = 0, storagesMinor = 0] = (stdout ?? '').split(' ').map(Number)
    if (status !== 0) continue
    if (needsStorages && (major * 100 + minor < 402 || storagesMajor * 100 + storagesMinor < 114)) continue
    return { name: `Django ${major}.${minor}`, program, version: [major, minor], environment }
  }
  return null
}

const imported = new Map<string, boolean>()

/** Whether a Django has these modules beside it. */
export function hasModules({ program, environment }: Django, names: readonly string[]): boolean {
  return names.every((name) => {
    const id = `${program} ${environment['PYTHONPATH'] ?? ''} ${name}`
    if (!imported.has(id)) {
      const env = { ...process.env, ...environment }
      imported.set(id, spawnSync(program, ['-c', `import ${name}`], { env }).status === 0)
    }
    return imported.get(id)!
  })
}

/** The Django of this machine; null where there is none. */
export const installedDjango = findDjango(null, false)

/**
 * A Django that knows `STORAGES` (4.2) with a django-storages that takes its `OPTIONS` (1.14): the one in the folder that
 * `PAIL_DJANGO_NEW` names (newer-django.sh puts one there), or the machine's own where that is new enough.
 */
export const newerDjango = findDjango(process.env['PAIL_DJANGO_NEW'] || null, true)

/** Each Django with each server, to be skipped where either is not here. */
export const djangoRuns = (['playground', 'ceph'] as const).flatMap((server) => {
  const where = server === 'ceph' ? 'Ceph RADOS Gateway' : 'the playground'
  const hasServer = server === 'playground' || hasCeph
  const installed = installedDjango?.name ?? 'Django (needs python3-django and python3-django-storages-boto3)'
  const newer =
    newerDjango?.name ?? 'Django 4.2 (needs PAIL_DJANGO_NEW, which test/django/newer-django.sh makes)'
  return [
    {
      title: `${installed} and ${where}`,
      server,
      django: installedDjango!,
      here: hasServer && installedDjango !== null,
    },
    { title: `${newer} and ${where}`, server, django: newerDjango!, here: hasServer && newerDjango !== null },
  ]
})

const renderScript = `
import sys, django
django.setup()
from django.template import Context, Template
sys.stdout.write(Template(sys.argv[1]).render(Context()))
`

/** Writes the settings. Values are quoted by JSON, which Python reads alike. */
export async function writeDjangoProject(options: DjangoProjectOptions): Promise<DjangoProject> {
  const { directory, server } = options
  const quoted = (value: unknown) => JSON.stringify(value)
  await writeFile(
    join(directory, 'settings.py'),
    `import os
import django

SECRET_KEY = 'of a test'
USE_TZ = True
INSTALLED_APPS = [
    ${options.hasAdmin ? "'django.contrib.admin'," : ''}
    'django.contrib.auth',
    'django.contrib.contenttypes',
    'django.contrib.messages',
    'django.contrib.sessions',
    'django.contrib.staticfiles',
]
TEMPLATES = [{'BACKEND': 'django.template.backends.django.DjangoTemplates', 'APP_DIRS': True}]

STATICFILES_DIRS = [${quoted(options.source)}]
if django.VERSION < (4, 2):
    STATICFILES_STORAGE = os.environ['STORAGE']
else:
    STORAGES = {
        'default': {'BACKEND': 'django.core.files.storage.FileSystemStorage'},
        'staticfiles': {'BACKEND': os.environ['STORAGE']},
    }
STATIC_ROOT = ${quoted(options.staticRoot)}
STATIC_URL = '/static/'

AWS_ACCESS_KEY_ID = ${quoted(server.accessKeyId)}
AWS_SECRET_ACCESS_KEY = ${quoted(server.secretAccessKey)}
AWS_STORAGE_BUCKET_NAME = ${quoted(options.bucket)}
AWS_S3_ENDPOINT_URL = ${quoted(server.endpoint)}
AWS_S3_REGION_NAME = 'us-east-1'
AWS_S3_ADDRESSING_STYLE = 'path'
AWS_S3_OBJECT_PARAMETERS = {'CacheControl': 'max-age=86400'}
AWS_LOCATION = 'static'
`,
  )
  const run = async (storage: string, args: readonly string[]): Promise<string> => {
    const ended = await runDjango(options.django, args, {
      directory,
      environment: { DJANGO_SETTINGS_MODULE: 'settings', STORAGE: storage },
    })
    if (ended.code !== 0) throw new Error(`python ended with ${ended.code}: ${ended.err}`)
    return ended.out.trim()
  }
  return {
    collectstatic: (storage) => run(storage, ['-m', 'django', 'collectstatic', '--noinput']),
    render: (storage, template) => run(storage, ['-c', renderScript, template]),
  }
}
