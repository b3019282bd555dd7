/** Settings and storages as people write them, and what Pail cannot tell of them, so that it asks. */
export interface DjangoCase {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  /** The names of the questions, sorted. */
  readonly asks?: readonly string[]
  /** The modules of Python that real Django needs for it; without them it is left out. */
  readonly needs?: readonly string[]
  /** The class of django-configurations that the site has. */
  readonly configuration?: string
  /** What Pail is told of it. */
  readonly answers?: Readonly<Record<string, string>>
}

export const defaultStorage = (backend: string, options = '') =>
  `STORAGES = {
    "default": {"BACKEND": "${backend}"${options === '' ? '' : `, "OPTIONS": ${options}`}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
`
export const head = `import os
DEBUG = True
STATIC_URL = "/static/"
SECRET_KEY = "of a test"
AWS_ACCESS_KEY_ID = "AKIAEXAMPLE"
AWS_SECRET_ACCESS_KEY = "CANARY"
AWS_STORAGE_BUCKET_NAME = "assets"
AWS_S3_REGION_NAME = "eu-central-1"
`

/** A project whose settings are these. */
export const settings = (
  text: string,
  more: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> => ({
  'site_x/__init__.py': '',
  'site_x/settings.py': `${head}${text}`,
  ...more,
})

export const s3 = 'storages.backends.s3.S3Storage'

/** A project with a class for uploads. */
export const uploads = (body: string, more = '', before = '') =>
  settings(`${defaultStorage('site_x.backends.Uploads')}${more}`, {
    'site_x/backends.py': `from django.conf import settings
from storages.backends.s3 import S3Storage, S3StaticStorage, S3ManifestStaticStorage
from storages.backends.s3boto3 import S3Boto3Storage
from storages.utils import setting
import site_x.elsewhere as elsewhere
${before}
class Uploads(S3Storage):
${body.replace(/^(?=.)/gm, '    ')}
`,
    'site_x/elsewhere.py': elsewhere,
  })

/** A project with classes of its own. */
export const classes = (text: string, more = '') => {
  const files = uploads('pass', more)
  return {
    ...files,
    'site_x/backends.py': files['site_x/backends.py']!.replace(/class Uploads[\s\S]*$/, text),
  }
}

/** What is computed when it is run. */
const elsewhere = `import json
HERE = json.loads('{"location": "computed", "default_acl": "private"}')
def here():
    return HERE
def prefix():
    return HERE["location"]
def flag():
    return json.loads("true")
`

export const initializer = (lines: string, end = 'super().__init__(*args, **kwargs)') =>
  `def __init__(self, *args, **kwargs):\n    ${lines.replaceAll('\n', '\n    ')}\n    ${end}`

export const defaultsOf = (lines: string) =>
  `def get_default_settings(self):\n    ${lines.replaceAll('\n', '\n    ')}`

/** Every setting of a storage that a destination needs: asked where any of them may be said by what is not read. */
export const anything = [
  'addressing_style',
  'bucket_name',
  'custom_domain',
  'default_acl',
  'endpoint_url',
  'file_overwrite',
  'gzip',
  'location',
  'object_parameters',
  'querystring_auth',
  'querystring_expire',
  'region_name',
  'url_protocol',
]
