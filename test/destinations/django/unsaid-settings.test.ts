import { describe, expect, test } from 'vitest'
import type { DjangoProject } from '../../../src-preload/contract/django.ts'
import { useProjectFolder } from './project-fixture.ts'

const fixture = useProjectFolder()
const read = (files: Readonly<Record<string, string>>, answers: Readonly<Record<string, string>> = {}) =>
  fixture.read(files, { answers })

/** A project with one storage class and what is in it. */
const withStorage = (body: string, more = '') => ({
  'site/settings.py': `
AWS_STORAGE_BUCKET_NAME = 'b'
STORAGES = {'default': {'BACKEND': 'site.backends.Uploads'}}
AWS_X = 'x'
${more}
`,
  'site/backends.py': `
from storages.backends.s3 import S3Storage
from django.conf import settings
import elsewhere
class Uploads(S3Storage):
${body.replace(/^/gm, '    ')}
`,
})

const initializer = (line: string) =>
  `def __init__(self, **kwargs):\n    ${line.replaceAll('\n', '\n    ')}\n    super().__init__(**kwargs)`

const asked = (project: DjangoProject) => project.questions.map(({ name }) => name)
const prefixes = (project: DjangoProject) => project.destinations.map(({ destination }) => destination.prefix)

describe('a storage that says where it is in a way that text does not tell', () => {
  test.each([
    ['something of another package', 'location = elsewhere.PREFIX', 'location'],
    ['what a call gives', 'location = elsewhere.prefix()', 'location'],
    ['a list', "location = ['a', 'b']", 'location'],
    ['a line that is not understood', 'location = await elsewhere.prefix()', 'location'],
    ['a bucket of another package', 'bucket_name = elsewhere.BUCKET', 'bucket_name'],
    ['a domain of another package', 'custom_domain = elsewhere.DOMAIN', 'custom_domain'],
    ['an ACL of another package', 'default_acl = elsewhere.ACL', 'default_acl'],
    ['parameters of another package', 'object_parameters = elsewhere.HOW', 'object_parameters'],
    [
      'a condition in the initializer',
      initializer("if elsewhere.X:\n    kwargs['location'] = 'x'"),
      'location',
    ],
  ])('is asked: %s', async (_, body, name) => {
    const project = await read(withStorage(body))
    expect(asked(project)).toEqual([`Uploads.${name}`])
    expect(prefixes(project)).toEqual([name === 'location' ? null : ''])
  })

  test.each([
    initializer("kwargs.setdefault('location', 'x')"),
    initializer("kwargs.update(location='x')"),
    initializer("kwargs.update({'location': 'x'})"),
    initializer("with elsewhere.lock:\n    self.location = 'x'"),
    "location = f'{settings.AWS_X!s}'",
  ])('is read where text does: %s', async (body) => {
    const project = await read(withStorage(body))
    expect([asked(project), prefixes(project)]).toEqual([[], ['x/']])
  })
})

describe('settings that are said in a way that text does not tell', () => {
  test.each([
    'AWS_LOCATION = await somewhere()',
    'from elsewhere import AWS_LOCATION',
    "AWS_LOCATION = ['a']",
  ])('are asked: %s', async (line) => {
    const project = await read(withStorage('pass', line))
    expect([asked(project), prefixes(project)]).toEqual([['AWS_LOCATION'], [null]])
  })

  test.each([
    ["globals()['AWS_LOCATION'] = 'x'", ['x/']],
    ["globals().update({'AWS_LOCATION': 'y'}, AWS_LOCATION='x')", ['x/']],
    ["STORAGES.setdefault('default', {'BACKEND': 'nothing'})", ['']],
    [
      "STORAGES.setdefault('more', {'BACKEND': 'site.backends.Uploads', 'OPTIONS': {'location': 'y'}})",
      ['', 'y/'],
    ],
  ])('are read where text does: %s', async (line, wanted) => {
    const project = await read(withStorage('pass', line))
    expect([asked(project), prefixes(project)]).toEqual([[], wanted])
  })

  test('S16 a secret is none the less for being set in another way', async () => {
    const project = await read(
      withStorage(
        'location = settings.AWS_SECRET_ACCESS_KEY',
        "globals()['AWS_SECRET_ACCESS_KEY'] = 'CANARY'",
      ),
    )
    expect(JSON.stringify(project)).not.toContain('CANARY')
    expect(prefixes(project)).toEqual([null])
  })

  test.each([
    ['a module that is not in the folder', 'from company.settings import *'],
    ['exec', "exec('AWS_LOCATION = 1')"],
    ['a name that is computed', "globals()[AWS_X()] = 'x'"],
    ['a call with all names', 'company.configure(locals())'],
  ])('are asked as a whole, and answered with a dict: %s', async (_, line) => {
    const files = withStorage('pass', `${line}\nfrom os.path import *`)
    const project = await read(files)
    expect(project.questions).toMatchObject([
      { name: 'site.settings.line_5', file: 'site/settings.py', line: 5, variable: null },
    ])
    // Until that is answered nothing of it is taken for known.
    expect(project.destinations[0]!.destination).toMatchObject({ bucket: null, prefix: null })
    const nothing = await read(files, { 'site.settings.line_5': '{}' })
    expect([asked(nothing), prefixes(nothing)]).toEqual([[], ['']])
    expect(nothing.destinations[0]!.destination.bucket).toBe('b')
    const some = await read(files, {
      'site.settings.line_5': "{'AWS_LOCATION': 'x', 'AWS_S3_TOKEN': 'CANARY'}",
    })
    expect([asked(some), prefixes(some)]).toEqual([[], ['x/']])
  })

  test('django-heroku says where static files are, and nothing else of it', async () => {
    const files = withStorage(
      'pass',
      "import django_heroku\nSTATICFILES_STORAGE = 'storages.backends.s3.S3StaticStorage'\ndjango_heroku.settings(locals())",
    )
    // The older form: STORAGES would decide.
    const settings = files['site/settings.py'].replace(
      /STORAGES = .*/,
      "DEFAULT_FILE_STORAGE = 'site.backends.Uploads'",
    )
    const of = async (text: string) => {
      const project = await read({ ...files, 'site/settings.py': text })
      return [asked(project), project.destinations.map(({ aliases }) => aliases[0])]
    }
    expect(await of(settings)).toEqual([[], ['default']])
    expect(await of(settings.replace('locals()', 'locals(), staticfiles=False'))).toEqual([
      [],
      ['default', 'staticfiles'],
    ])
  })

  test('a variable that is only looked for is asked for by its name', async () => {
    const files = withStorage(
      'pass',
      "import os\nAWS_LOCATION = os.environ['PLACE'] if 'PLACE' in os.environ else 'fallback'",
    )
    expect((await read(files)).questions).toMatchObject([{ name: 'AWS_LOCATION', variable: 'PLACE' }])
    expect(prefixes(await read(files, { PLACE: 'said' }))).toEqual(['said/'])
  })
})

test('what was asked is answered by its name', async () => {
  const files = withStorage(
    'location = elsewhere.PREFIX\nfile_overwrite = elsewhere.FLAG',
    "AWS_S3_CUSTOM_DOMAIN = elsewhere()\nAWS_X = f'https://{AWS_S3_CUSTOM_DOMAIN}/'",
  )
  expect(asked(await read(files)).toSorted()).toEqual([
    'AWS_S3_CUSTOM_DOMAIN',
    'Uploads.file_overwrite',
    'Uploads.location',
  ])
  const project = await read(files, {
    'Uploads.location': 'up',
    'Uploads.file_overwrite': 'False',
    AWS_S3_CUSTOM_DOMAIN: 'cdn.example.org',
    // What the text tells is as the text tells it.
    AWS_STORAGE_BUCKET_NAME: 'another',
  })
  expect(asked(project)).toEqual([])
  expect(project.destinations[0]?.destination).toMatchObject({
    bucket: 'b',
    prefix: 'up/',
    onConflict: 'keep-both',
    baseUrl: 'https://cdn.example.org',
  })
})

test('a class that only others are made from is no place for files', async () => {
  const backends = `
from storages.backends.s3 import S3Storage
class Base(S3Storage):
    file_overwrite = False
class Uploads(Base):
    location = 'up'
class Thumbnails(Uploads):
    location = 'up-small'
class Private(Base):
    location = 'private'
    default_acl = 'private'
`
  const storages = (project: DjangoProject) => project.destinations.map(({ storage }) => storage)
  const files = { ...withStorage('pass'), 'site/backends.py': backends }
  expect(storages(await read(files))).toEqual([
    'site.backends.Uploads',
    'site.backends.Thumbnails',
    'site.backends.Private',
  ])
  // What the settings name is one, whatever is made from it.
  const settings = files['site/settings.py'].replace('Uploads', 'Base')
  expect(storages(await read({ ...files, 'site/settings.py': settings }))).toContain('site.backends.Base')
})

describe('what a storage does in a way that its attributes do not say', () => {
  test('is told with its place, and asked where an answer helps', async () => {
    const project = await read(
      withStorage(
        'def url(self, name):\n    return name\ndef get_available_name(self, name, max_length=None):\n    return name',
      ),
    )
    expect(project.notes).toEqual([
      'Uploads has methods of its own, which are not read: url (site/backends.py, line 6).',
    ])
    expect(project.questions).toMatchObject([
      { name: 'Uploads.file_overwrite', file: 'site/backends.py', line: 8 },
    ])
  })

  test('a default that is computed is asked where it stands, and what is beside it is read', async () => {
    const body = `def get_default_settings(self):
    found = super().get_default_settings()
    found['location'] = elsewhere.prefix()
    found['file_overwrite'] = False
    return found`
    const project = await read(withStorage(body))
    expect(project.questions).toMatchObject([{ name: 'Uploads.location', file: 'site/backends.py', line: 8 }])
    expect(project.destinations[0]?.destination).toMatchObject({ prefix: null, onConflict: 'keep-both' })
    expect(prefixes(await read(withStorage(body), { 'Uploads.location': 'said' }))).toEqual(['said/'])
  })

  test('parameters are answered as a dict', async () => {
    const files = withStorage('object_parameters = elsewhere.HOW')
    const project = await read(files, { 'Uploads.object_parameters': "{'CacheControl': 'max-age=' + '60'}" })
    expect(asked(project)).toEqual([])
    expect(project.destinations[0]?.destination.cacheControl).toBe('max-age=60')

    const entry = withStorage("object_parameters = {'CacheControl': elsewhere.how()}")
    const [question] = (await read(entry)).questions
    const answered = await read(entry, { [question!.name]: 'no-cache' })
    expect([asked(answered), answered.destinations[0]?.destination.cacheControl]).toEqual([[], 'no-cache'])
  })
})

describe('what is not in the folder, or not said in one place, is told', () => {
  const notes = async (body: string, more: string) => (await read(withStorage(body, more))).notes

  test.each([
    [
      "STORAGES['more'] = {'BACKEND': 'company.storages.Files'}",
      'company.storages.Files is not in this folder, or is made in a way that is not read: whether it keeps files in S3 is not known.',
    ],
  ])('%s', async (line, note) => {
    expect(await notes('pass', line)).toEqual([note])
  })

  test('a class of another package that a storage is also made from, which is asked once, of what matters', async () => {
    const files = withStorage("file_overwrite = False\nlocation = 'up'")
    const backends = files['site/backends.py'].replace('(S3Storage)', '(elsewhere.Private, S3Storage)')
    const project = await read({ ...files, 'site/backends.py': backends })
    expect(project.notes).toEqual([
      'Uploads is also made from what is not in this folder (elsewhere.Private): what that says is not known.',
    ])
    expect(asked(project)).toEqual(['Uploads.Private'])
    const text = project.questions[0]?.text ?? ''
    expect(text).toContain('elsewhere.Private set of bucket_name, ')
    expect(text).not.toMatch(/file_overwrite|of .*location.*\?/)

    const told = await read(
      { ...files, 'site/backends.py': backends },
      { 'Uploads.Private': '{"default_acl": "private"}' },
    )
    expect([told.questions, told.notes]).toEqual([[], []])
    expect(told.destinations[0]?.destination).toMatchObject({
      visibility: 'private',
      bucket: 'b',
      prefix: 'up/',
      onConflict: 'keep-both',
    })
    // What is no dict says nothing.
    const wrong = await read({ ...files, 'site/backends.py': backends }, { 'Uploads.Private': 'private' })
    expect(asked(wrong)).toEqual(['Uploads.Private'])
  })
})
