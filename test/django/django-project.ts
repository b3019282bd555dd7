import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Ended, runProgram } from '../cli/pail-process.ts'

/** What a Django project publishes its static files with. */
export interface DjangoProjectOptions {
  /** The project's folder; its settings are written there. */
  readonly directory: string
  /** The folder of the site's own static files. */
  readonly source: string
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

const imports = 'import django, storages.backends.s3boto3; print(*django.VERSION[:2])'

/**
 * The Python that has Django and django-storages with boto3: the one that `PAIL_DJANGO_PYTHON` names, that of the system,
 * where packages put them, or the one on the path. Null when none has.
 */
function findPython(): { program: string; version: readonly [number, number] } | null {
  const named = process.env['PAIL_DJANGO_PYTHON'] || null
  const candidates = process.platform === 'win32' ? ['python'] : ['/usr/bin/python3', 'python3']
  for (const program of named === null ? candidates : [named, ...candidates]) {
    const { status, stdout } = spawnSync(program, ['-c', imports], { encoding: 'utf8' })
    const [major = 0, minor = 0] = (stdout ?? '').split(' ').map(Number)
    if (status === 0) return { program, version: [major, minor] }
  }
  return null
}

const found = findPython()

/** Where that Python is; null where there is none. */
export const djangoPython = found?.program ?? null

/** The version of its Django. */
export const djangoVersion = found?.version ?? ([0, 0] as const)

/** Whether Django and django-storages can be run here. */
export const hasDjango = djangoPython !== null

/** Why the proof is skipped where it is. */
export const noDjango = 'needs python3-django and python3-django-storages-boto3'

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
    'django.contrib.admin',
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
    const ended: Ended = await runProgram(djangoPython ?? 'python3', args, {
      directory,
      environment: {
        HOME: directory,
        // Names of files are UTF-8 wherever this runs.
        PYTHONUTF8: '1',
        PYTHONDONTWRITEBYTECODE: '1',
        DJANGO_SETTINGS_MODULE: 'settings',
        STORAGE: storage,
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    })
    if (ended.code !== 0) throw new Error(`python ended with ${ended.code}: ${ended.err}`)
    return ended.out.trim()
  }
  return {
    collectstatic: (storage) => run(storage, ['-m', 'django', 'collectstatic', '--noinput']),
    render: (storage, template) => run(storage, ['-c', renderScript, template]),
  }
}
