import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  readDjangoProject,
  type ReadProjectOptions,
} from '../../../src-main/destinations/django/read-project.ts'
import { type DjangoProject, djangoProjectSchema } from '../../../src-preload/contract/django.ts'
import { canarySecret, publicAndPrivate, staticAndMedia, staticOnly } from './tutorial-projects.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pail-django-read-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function read(files: Readonly<Record<string, string>>, options: Partial<ReadProjectOptions> = {}) {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), text)
  }
  const project = await readDjangoProject(root, 'sibtc', { settings: null, answers: {}, ...options })
  // S13 what crosses the bridge has its shape, and S16 no secret is in it, nor a key.
  expect(djangoProjectSchema.parse(project)).toEqual(project)
  expect(JSON.stringify(project)).not.toMatch(/CANARY|qR\+vj/)
  return project
}

const aws = {
  name: 'sibtc',
  colour: 'green',
  provider: 'aws',
  endpoint: null,
  region: 'us-east-1',
  addressing: 'virtual',
  checksums: 'when-supported',
  insecureConsent: null,
}
const place = {
  folderId: null,
  exclude: [],
  linkExpirySeconds: 3600,
  cacheControl: 'max-age=86400',
}

const withoutSources = (found: DjangoProject['destinations'][number]) => {
  const { sources, ...rest } = found
  expect(sources).toHaveLength(9)
  return rest
}

/** Where each fact of a destination is told, as `file:line` with the text of that line. */
function places(project: DjangoProject, files: Readonly<Record<string, string>>, index: number) {
  const { sources } = project.destinations[index]!
  return Object.fromEntries(
    sources.map(({ fact, setting, file, line, isOpen }) => [
      fact,
      file === null
        ? [setting, isOpen ? 'open' : 'default']
        : [setting, file, files[file]!.split('\n')[line - 1]!.trim(), ...(isOpen ? ['open'] : [])],
    ]),
  )
}

describe('where each fact is told', () => {
  test('the classes and settings of the tutorial, by their lines', async () => {
    const project = await read(publicAndPrivate)
    const settings = 'mysite/settings.py'
    const storages = 'mysite/storage_backends.py'
    expect(places(project, publicAndPrivate, 2)).toEqual({
      bucket: ['AWS_STORAGE_BUCKET_NAME', settings, "AWS_STORAGE_BUCKET_NAME = 'sibtc-assets'"],
      region: ['AWS_S3_REGION_NAME', 'default'],
      endpoint: ['AWS_S3_ENDPOINT_URL', 'default'],
      prefix: ['PrivateMediaStorage.location', storages, 'location = settings.AWS_PRIVATE_MEDIA_LOCATION'],
      visibility: ['PrivateMediaStorage.default_acl', storages, "default_acl = 'private'"],
      baseUrl: ['PrivateMediaStorage.custom_domain', storages, 'custom_domain = False'],
      onConflict: ['PrivateMediaStorage.file_overwrite', storages, 'file_overwrite = False'],
      linkExpirySeconds: ['AWS_QUERYSTRING_EXPIRE', 'default'],
      cacheControl: ['AWS_S3_OBJECT_PARAMETERS', settings, 'AWS_S3_OBJECT_PARAMETERS = {'],
    })
    expect(places(project, publicAndPrivate, 0)['visibility']?.[0]).toBe('AWS_S3_CUSTOM_DOMAIN')
  })

  test('options of STORAGES, also those that are set later, and what nobody knows', async () => {
    const files = {
      'mysite/settings.py': `
import os
AWS_S3_REGION_NAME = os.environ['REGION']
STORAGES = {
    "default": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": "assets",
            "location": os.environ["WHERE"],
        },
    },
}
STORAGES["default"]["OPTIONS"]["querystring_expire"] = 600
`,
    }
    const project = await read(files)
    expect(places(project, files, 0)).toMatchObject({
      bucket: ['S3Storage.bucket_name', 'mysite/settings.py', '"bucket_name": "assets",'],
      region: [
        'AWS_S3_REGION_NAME',
        'mysite/settings.py',
        "AWS_S3_REGION_NAME = os.environ['REGION']",
        'open',
      ],
      prefix: ['S3Storage.location', 'mysite/settings.py', '"location": os.environ["WHERE"],', 'open'],
      linkExpirySeconds: [
        'S3Storage.querystring_expire',
        'mysite/settings.py',
        'STORAGES["default"]["OPTIONS"]["querystring_expire"] = 600',
      ],
    })
    expect(project.destinations[0]!.sources.find(({ fact }) => fact === 'prefix')?.variable).toBe('WHERE')
  })
})

describe('the projects of the tutorial', () => {
  test('static files only', async () => {
    const project = await read(staticOnly)
    expect(project).toMatchObject({
      settingsFile: 'mysite/settings.py',
      profiles: [{ ...aws, bucketNames: ['sibtc-static'] }],
      questions: [],
      notes: [],
    })
    expect(project.destinations.map(withoutSources)).toEqual([
      {
        profile: 0,
        storage: 'storages.backends.s3boto3.S3Boto3Storage',
        aliases: ['staticfiles'],
        destination: {
          ...place,
          name: 'Static',
          bucket: 'sibtc-static',
          kind: 'static',
          prefix: 'static/',
          visibility: 'public',
          onConflict: 'overwrite',
          baseUrl: 'https://sibtc-static.s3.amazonaws.com',
        },
      },
    ])
  })

  test('static files and media', async () => {
    const project = await read(staticAndMedia)
    expect(project.questions).toEqual([])
    const shared = { ...place, bucket: 'sibtc-assets', baseUrl: 'https://sibtc-assets.s3.amazonaws.com' }
    expect(project.destinations.map(({ aliases, destination }) => [aliases, destination])).toEqual([
      [
        ['default'],
        {
          ...shared,
          name: 'Public media',
          kind: 'media',
          cleanNames: true,
          prefix: 'media/',
          visibility: 'public',
          onConflict: 'keep-both',
        },
      ],
      [
        ['staticfiles'],
        {
          ...shared,
          name: 'Static',
          kind: 'static',
          prefix: 'static/',
          visibility: 'public',
          onConflict: 'overwrite',
        },
      ],
    ])
  })

  test('static files, public media and private media', async () => {
    const project = await read(publicAndPrivate)
    expect(project).toMatchObject({ questions: [], notes: [] })
    expect(project.profiles).toEqual([{ ...aws, bucketNames: ['sibtc-assets'] }])
    const shared = { ...place, bucket: 'sibtc-assets' }
    const baseUrl = 'https://sibtc-assets.s3.amazonaws.com'
    expect(project.destinations.map(withoutSources)).toEqual([
      {
        profile: 0,
        storage: 'mysite.storage_backends.PublicMediaStorage',
        aliases: ['default'],
        destination: {
          ...shared,
          name: 'Public media',
          kind: 'media',
          cleanNames: true,
          prefix: 'media/public/',
          visibility: 'public',
          onConflict: 'keep-both',
          baseUrl,
        },
      },
      {
        profile: 0,
        storage: 'mysite.storage_backends.StaticStorage',
        aliases: ['staticfiles'],
        destination: {
          ...shared,
          name: 'Static',
          kind: 'static',
          prefix: 'static/',
          visibility: 'public',
          onConflict: 'overwrite',
          baseUrl,
        },
      },
      {
        profile: 0,
        storage: 'mysite.storage_backends.PrivateMediaStorage',
        aliases: [],
        destination: {
          ...shared,
          name: 'Private media',
          kind: 'media',
          cleanNames: true,
          prefix: 'media/private/',
          visibility: 'private',
          onConflict: 'keep-both',
          baseUrl: null,
        },
      },
    ])
    expect(project.files).toEqual(
      expect.arrayContaining(['.env', 'mysite/settings.py', 'mysite/storage_backends.py']),
    )
  })
})

describe('settings of today', () => {
  test('STORAGES with OPTIONS, in a package whose production settings begin with the base', async () => {
    const project = await read({
      'manage.py': `os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")`,
      'config/__init__.py': '',
      'config/settings/__init__.py': '',
      'config/settings/base.py': `
from pathlib import Path
import environ
BASE_DIR = Path(__file__).resolve(strict=True).parent.parent.parent
env = environ.Env(DEBUG=(bool, False))
STATIC_ROOT = str(BASE_DIR / "staticfiles")
`,
      'config/settings/local.py': 'from .base import *\nDEBUG = True\n',
      'config/settings/production.py': `
from .base import *  # noqa
from .base import env

AWS_ACCESS_KEY_ID = env("DJANGO_AWS_ACCESS_KEY_ID")
AWS_SECRET_ACCESS_KEY = env("DJANGO_AWS_SECRET_ACCESS_KEY")
AWS_STORAGE_BUCKET_NAME = env("DJANGO_AWS_STORAGE_BUCKET_NAME")
AWS_QUERYSTRING_AUTH = False
_AWS_EXPIRY = 60 * 60 * 24 * 7
AWS_S3_OBJECT_PARAMETERS = {
    "CacheControl": f"max-age={_AWS_EXPIRY}, s-maxage={_AWS_EXPIRY}, must-revalidate",
}
AWS_S3_REGION_NAME = env("DJANGO_AWS_S3_REGION_NAME", default="eu-central-1")
AWS_S3_CUSTOM_DOMAIN = env("DJANGO_AWS_S3_CUSTOM_DOMAIN", default=None)
aws_s3_domain = AWS_S3_CUSTOM_DOMAIN or f"{AWS_STORAGE_BUCKET_NAME}.s3.amazonaws.com"
STORAGES = {
    "default": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"location": "media", "file_overwrite": False},
    },
    "staticfiles": {
        "BACKEND": "storages.backends.s3.S3ManifestStaticStorage",
        "OPTIONS": {"location": "static", "default_acl": "public-read"},
    },
}
STORAGES["private"] = {
    "BACKEND": "storages.backends.s3.S3Storage",
    "OPTIONS": dict(
        location=os.path.join("media", "private"), querystring_auth=True, querystring_expire=600,
        secret_key="${canarySecret}",
    ),
}
MEDIA_URL = f"https://{aws_s3_domain}/media/"
`,
      '.env.production': `export DJANGO_AWS_STORAGE_BUCKET_NAME='bucket of ours' # no comment\nDJANGO_AWS_SECRET_ACCESS_KEY=${canarySecret}\n`,
    })
    expect(project.settingsFile).toBe('config/settings/production.py')
    expect(project.profiles).toMatchObject([{ region: 'eu-central-1', bucketNames: ['bucket of ours'] }])
    const cacheControl = 'max-age=604800, s-maxage=604800, must-revalidate'
    // `os` is not imported there: where a name comes from is not known, and is asked.
    expect(project.questions).toMatchObject([
      { name: 'S3Storage.location', file: 'config/settings/production.py', line: 29, variable: null },
    ])
    expect(project.destinations.map(({ aliases, destination }) => [aliases[0], destination])).toMatchObject([
      [
        'default',
        {
          name: 'Public media',
          prefix: 'media/',
          visibility: 'public',
          baseUrl: null,
          onConflict: 'keep-both',
        },
      ],
      [
        'staticfiles',
        { name: 'Static', prefix: 'static/', visibility: 'public', longCache: true, cacheControl },
      ],
      ['private', { name: 'Private media', prefix: null, visibility: 'private', linkExpirySeconds: 600 }],
    ])
    expect(project.notes).toEqual([
      'DJANGO_AWS_S3_REGION_NAME has the default of config/settings/production.py, line 13; the running site may have another value.',
      'DJANGO_AWS_S3_CUSTOM_DOMAIN has the default of config/settings/production.py, line 14; the running site may have another value.',
    ])
  })

  test('a switch that keeps files in S3 is read as if it were on, and says so', async () => {
    const project = await read({
      'core/settings.py': `
import os
USE_S3 = os.getenv('USE_S3') == 'TRUE'
if USE_S3:
    AWS_STORAGE_BUCKET_NAME = os.getenv('AWS_STORAGE_BUCKET_NAME')
    AWS_DEFAULT_ACL = 'public-read'
    AWS_S3_CUSTOM_DOMAIN = f'{AWS_STORAGE_BUCKET_NAME}.s3.amazonaws.com'
    STATIC_LOCATION = 'static'
    STATICFILES_STORAGE = 'core.storage_backends.StaticStorage'
else:
    STATIC_URL = '/staticfiles/'
    STATIC_ROOT = os.path.join(BASE_DIR, 'staticfiles')
`,
      'core/storage_backends.py': `
from django.conf import settings
from storages.backends.s3boto3 import S3Boto3Storage

class StaticStorage(S3Boto3Storage):
    location = 'static'
    default_acl = 'public-read'

class PrivateMediaStorage(S3Boto3Storage):
    location = 'private'
    default_acl = 'private'
    file_overwrite = False
    custom_domain = False
`,
    })
    expect(project.notes).toEqual([
      'core/settings.py, line 4: taken as it is when files are kept in S3, whatever the condition says here.',
    ])
    expect(project.questions.map(({ name, line, variable }) => [name, line, variable])).toEqual([
      ['AWS_STORAGE_BUCKET_NAME', 5, 'AWS_STORAGE_BUCKET_NAME'],
    ])
    expect(project.destinations.map(({ destination }) => [destination.name, destination.bucket])).toEqual([
      ['Static', null],
      ['Private media', null],
    ])
    // The person's answer is as good as a line of `.env`.
    const answered = await read({}, { answers: { AWS_STORAGE_BUCKET_NAME: 'sibtc' } })
    expect(answered.questions).toEqual([])
    expect(answered.destinations[0]?.destination).toMatchObject({
      bucket: 'sibtc',
      baseUrl: 'https://sibtc.s3.amazonaws.com',
    })
    await expect(read({}, { answers: { AWS_SECRET_ACCESS_KEY: canarySecret } })).rejects.toMatchObject({
      error: { code: 'invalid-argument' },
    })
  })

  test('what the two branches of an undecided condition agree on is known, the rest is asked', async () => {
    const project = await read({
      'settings.py': `
import os
if os.environ['SITE'] == 'one':
    AWS_STORAGE_BUCKET_NAME = 'one'
    AWS_LOCATION = 'files'
else:
    AWS_STORAGE_BUCKET_NAME = 'two'
    AWS_LOCATION = 'files'
DEFAULT_FILE_STORAGE = 'storages.backends.s3boto3.S3Boto3Storage'
`,
    })
    expect(project.destinations[0]?.destination).toMatchObject({ bucket: null, prefix: 'files/' })
    expect(project.questions).toMatchObject([{ name: 'AWS_STORAGE_BUCKET_NAME', line: 3, variable: null }])
  })

  test('another service has its own profile, with what boto would send where', async () => {
    const project = await read({
      'site/settings.py': `
from decouple import config
AWS_S3_ENDPOINT_URL = config('S3_ENDPOINT', default='https://fra1.digitaloceanspaces.com')
AWS_STORAGE_BUCKET_NAME = 'space'
AWS_S3_OBJECT_PARAMETERS = {'ACL': 'public-read', 'ContentDisposition': 'attachment', 'StorageClass': 'COLD'}
STORAGES = {
    'default': {'BACKEND': 'site.backends.Uploads'},
    'staticfiles': {'BACKEND': 'django.contrib.staticfiles.storage.StaticFilesStorage'},
    'archive': {'BACKEND': 'storages.backends.s3.S3Storage', 'OPTIONS': {
        'endpoint_url': 'http://127.0.0.1:9000', 'bucket_name': 'archive', 'addressing_style': 'path'}},
}
`,
      'site/backends.py': `
from storages.backends.s3 import S3Storage as Base
class Uploads(Base):
    def __init__(self, *args, **kwargs):
        kwargs['location'] = 'uploads'
        kwargs['querystring_expire'] = 99 * 24 * 3600
        super().__init__(file_overwrite=False, *args, **kwargs)
`,
    })
    expect(project.profiles).toMatchObject([
      { name: 'sibtc', provider: 'spaces', endpoint: 'https://fra1.digitaloceanspaces.com', region: 'fra1' },
      { name: 'sibtc 2', provider: 'other', endpoint: 'http://127.0.0.1:9000', addressing: 'path' },
    ])
    expect(project.destinations).toMatchObject([
      {
        profile: 0,
        destination: {
          prefix: 'uploads/',
          visibility: 'public',
          onConflict: 'keep-both',
          linkExpirySeconds: 604_800,
          rules: [{ glob: '*', contentDisposition: 'attachment' }],
        },
      },
      { profile: 1, destination: { bucket: 'archive', prefix: '', onConflict: 'overwrite' } },
    ])
    expect(project.notes).toContain('Uploads also sends StorageClass, which is not taken over.')
  })

  test('a private storage with a custom domain is told that its links carry no signature', async () => {
    const project = await read({
      'settings.py': `
AWS_STORAGE_BUCKET_NAME = "b"
AWS_S3_CUSTOM_DOMAIN = "cdn.example.org"
AWS_DEFAULT_ACL = "private"
DEFAULT_FILE_STORAGE = "storages.backends.s3boto3.S3Boto3Storage"
`,
    })
    expect(project.destinations[0]?.destination).toMatchObject({ visibility: 'private', baseUrl: null })
    expect(project.notes).toEqual([expect.stringContaining('carry no signature')])
  })
})

describe('a hostile or broken project', () => {
  test('runs nothing, follows no symlink, and is told what is wrong', async () => {
    await expect(read({ 'readme.md': 'no settings' })).rejects.toMatchObject({ error: { code: 'not-found' } })
    await expect(read({ 'settings.py': 'x = """never ends' })).rejects.toMatchObject({
      error: { code: 'not-found' },
    })
    const outside = await mkdtemp(join(tmpdir(), 'pail-outside-'))
    await writeFile(join(outside, 'secrets.py'), 'AWS_STORAGE_BUCKET_NAME = "leaked"')
    await symlink(join(outside, 'secrets.py'), join(root, 'linked.py'))
    const project = await read({
      'settings.py': `
from linked import *
from settings import *
import os
os.system('touch ' + os.path.join('${root}', 'was-run'))
AWS_LOCATION = __import__('os').popen('id').read()
for AWS_LOCATION in range(3): pass
AWS_S3_REGION_NAME = ${'('.repeat(200)}1${')'.repeat(200)}
AWS_DEFAULT_ACL = ${'"%s" % '.repeat(50)}"x"
STATICFILES_STORAGE = 'storages.backends.s3boto3.S3Boto3Storage'
AWS_STORAGE_BUCKET_NAME = {'__proto__': 'polluted'}['__proto__']
DEFAULT_FILE_STORAGE = 'storages.backends.s3boto3.S3Boto3Storage'
print 'python 2'
`,
    })
    expect(project.files).toEqual(['settings.py'])
    expect(project.destinations[0]?.destination).toMatchObject({ bucket: 'polluted', prefix: null })
    expect(project.questions.map(({ name, line }) => [name, line])).toContainEqual(['AWS_LOCATION', 7])
    await rm(outside, { recursive: true, force: true })
  })

  test('a secret by any other name is not answered', async () => {
    const project = await read({
      'settings.py': `
import os
AWS_SECRET_ACCESS_KEY = os.environ.get('AWS_SECRET_ACCESS_KEY', '${canarySecret}')
AWS_LOCATION = 'a/' + AWS_SECRET_ACCESS_KEY
AWS_STORAGE_BUCKET_NAME = f"b-{os.environ['API_TOKEN']}"
AWS_S3_CUSTOM_DOMAIN = '{}.example.org'.format(AWS_SECRET_ACCESS_KEY)
AWS_S3_ENDPOINT_URL = 'https://user:${encodeURIComponent(canarySecret)}@s3.example.org/path'
DEFAULT_FILE_STORAGE = 'storages.backends.s3boto3.S3Boto3Storage'
`,
      '.env': `API_TOKEN=${canarySecret}\n`,
    })
    expect(project.profiles[0]?.endpoint).toBe('https://s3.example.org')
    expect(project.destinations[0]?.destination).toMatchObject({ bucket: null, prefix: null, baseUrl: null })
    expect(project.questions.map(({ name }) => name).toSorted()).toEqual([
      'AWS_LOCATION',
      'AWS_S3_CUSTOM_DOMAIN',
      'AWS_STORAGE_BUCKET_NAME',
    ])
  })
})
