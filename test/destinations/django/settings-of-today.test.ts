import { describe, expect, test } from 'vitest'
import { useProjectFolder } from './project-fixture.ts'
import { canarySecret } from './tutorial-projects.ts'

const { read } = useProjectFolder()

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
