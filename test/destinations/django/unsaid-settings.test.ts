import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readDjangoProject } from '../../../src-main/destinations/django/read-project.ts'
import { type DjangoProject, djangoProjectSchema } from '../../../src-preload/contract/django.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pail-django-unsaid-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function read(
  files: Readonly<Record<string, string>>,
  answers: Readonly<Record<string, string>> = {},
): Promise<DjangoProject> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), text)
  }
  const project = await readDjangoProject(root, 'sibtc', { settings: null, answers })
  expect(djangoProjectSchema.parse(project)).toEqual(project)
  return project
}

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

  test('a module that is not in the folder is told of', async () => {
    const project = await read(withStorage('pass', 'from company.settings import *\nfrom os.path import *'))
    expect(project.notes).toEqual([
      'site/settings.py, line 5: company.settings is not in this folder, so that what it sets is not known.',
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
