import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { exportDjango } from '../../../src-main/destinations/django/export-django.ts'
import { readDjangoProject } from '../../../src-main/destinations/django/read-project.ts'
import type { DestinationInput } from '../../../src-preload/contract/destination.ts'
import { djangoProjectSchema } from '../../../src-preload/contract/django.ts'
import { keyPair, startEdge } from '../../cdn/edge.ts'
import { runDjango } from '../../django/django-process.ts'
import { installedDjango } from '../../django/django-project.ts'

const id = 'K2JCJMDEHXQW5F'
const key = '-----BEGIN RSA PRIVATE KEY-----\nMIICANARYsecretOfCloudFront\n-----END RSA PRIVATE KEY-----'
const settings = (keyPairLines: string) => `
import os
AWS_STORAGE_BUCKET_NAME = 'sibtc-assets'
AWS_S3_CUSTOM_DOMAIN = 'files.example.org'
AWS_CLOUDFRONT_KEY = '''${key}'''
${keyPairLines}
DEFAULT_FILE_STORAGE = 'mysite.storage_backends.PrivateMediaStorage'
STATICFILES_STORAGE = 'mysite.storage_backends.StaticStorage'
`
const backends = `
from storages.backends.s3boto3 import S3Boto3Storage

class StaticStorage(S3Boto3Storage):
    location = 'static'
    querystring_auth = False

class PrivateMediaStorage(S3Boto3Storage):
    location = 'media/private'
    default_acl = 'private'
    file_overwrite = False
`

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pail-django-cloudfront-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), text)
  }
}

async function read(keyPairLines: string, answers: Record<string, string> = {}) {
  await write({ 'mysite/settings.py': settings(keyPairLines), 'mysite/storage_backends.py': backends })
  const project = await readDjangoProject(root, 'sibtc', { settings: null, answers })
  expect(djangoProjectSchema.parse(project)).toEqual(project)
  // S16 the private key is read into nothing.
  expect(JSON.stringify(project)).not.toMatch(/CANARY|BEGIN/)
  const of = (name: string) =>
    project.destinations.find(({ destination }) => destination.name === name)!.destination
  return { ...project, media: of('Private media'), site: of('Static') }
}

describe('a project that signs its links for CloudFront', () => {
  test('comes to a destination with the key pair, and is told where the private key goes', async () => {
    const { media, site, notes, questions } = await read(`AWS_CLOUDFRONT_KEY_ID = '${id}'`)
    expect(media).toMatchObject({
      visibility: 'private',
      baseUrl: 'https://files.example.org',
      keyPairId: id,
      prefix: 'media/private/',
    })
    expect(site).toMatchObject({ visibility: 'public', baseUrl: 'https://files.example.org' })
    expect(site).not.toHaveProperty('keyPairId')
    expect(questions).toEqual([])
    expect(notes.find((note) => note.includes(id))).toContain('Its private key is not read: enter it in Pail')
  })

  test('is asked for an ID that is in the environment', async () => {
    const line = "AWS_CLOUDFRONT_KEY_ID = os.environ['CLOUDFRONT_KEY_PAIR_ID']"
    const open = await read(line)
    expect(open.questions).toMatchObject([{ variable: 'CLOUDFRONT_KEY_PAIR_ID' }])
    expect(open.media).toMatchObject({ visibility: 'private', baseUrl: null })
    const said = await read(line, { CLOUDFRONT_KEY_PAIR_ID: id })
    expect(said.media).toMatchObject({ keyPairId: id, baseUrl: 'https://files.example.org' })
  })

  test('with something else for an ID has presigned links, and that is said', async () => {
    const { media, notes } = await read("AWS_CLOUDFRONT_KEY_ID = 'my key'")
    expect(media).toMatchObject({ visibility: 'private', baseUrl: null })
    expect(notes.join()).toContain('at the bucket’s own address')
    expect(notes.join()).not.toContain('my key')
  })
})

const place = { profileId: 'p', bucket: 'sibtc-assets', folderId: null, exclude: [], cacheControl: null }
const destinations = (baseUrl: string, more: Partial<DestinationInput> = {}): DestinationInput[] => [
  {
    ...place,
    name: 'Private media',
    kind: 'media',
    prefix: 'media/private/',
    visibility: 'private',
    onConflict: 'keep-both',
    baseUrl,
    keyPairId: id,
    linkExpirySeconds: 600,
  },
  {
    ...place,
    name: 'Drafts',
    kind: 'media',
    prefix: 'drafts/',
    visibility: 'private',
    onConflict: 'keep-both',
    baseUrl: null,
    linkExpirySeconds: 600,
    ...more,
  },
]
const exported = (all: DestinationInput[]) =>
  exportDjango({
    bucket: 'sibtc-assets',
    service: { endpoint: null, region: 'eu-central-1', addressing: 'virtual' },
    destinations: all,
    form: 'older',
    access: 'policy',
    module: 'mysite.storage_backends',
    origins: [],
  })

describe('an export', () => {
  test('has the ID, the private key only as a variable, and comes back as it was', async () => {
    const { files, notes } = exported(destinations('https://files.example.org'))
    const text = (name: string) => files.find((file) => file.name === name)!.text
    expect(text('s3_settings.py')).toContain(`AWS_CLOUDFRONT_KEY_ID = "${id}"`)
    expect(text('.env.example')).toContain('AWS_CLOUDFRONT_KEY=\n')
    expect(notes.join()).toContain('in AWS_CLOUDFRONT_KEY')
    await write({
      'mysite/settings.py': 'from .s3_settings import *\n',
      'mysite/s3_settings.py': text('s3_settings.py'),
      'mysite/storage_backends.py': text('storage_backends.py'),
    })
    const back = await readDjangoProject(root, 'sibtc', { settings: null, answers: {} })
    expect(back.questions).toEqual([])
    expect(
      back.destinations.find(({ destination }) => destination.prefix === 'media/private/'),
    ).toMatchObject({
      destination: { visibility: 'private', baseUrl: 'https://files.example.org', keyPairId: id },
    })
  })

  test('says of a second key pair that the settings have one', () => {
    const other = { baseUrl: 'https://drafts.example.org', keyPairId: 'K3OTHEROTHER00' }
    const { files, notes } = exported(destinations('https://files.example.org', other))
    expect(notes.join()).toContain('“Drafts” has a key pair of its own (K3OTHEROTHER00)')
    expect(files.map(({ text }) => text).join()).not.toContain('drafts.example.org')
  })

  test.skipIf(installedDjango === null)(
    'makes a real Django sign links that the edge opens, and no others',
    async () => {
      const edge = await startEdge()
      try {
        const { pem, publicKey } = keyPair('rsa')
        edge.trust(id, publicKey)
        await write({
          'mysite/__init__.py': '',
          'mysite/settings.py': "SECRET_KEY = 'of a test'\nfrom .s3_settings import *\n",
          'script.py': `
import django
django.setup()
from django.utils.module_loading import import_string
for name in ('PrivateMedia', 'Drafts'):
    print(import_string('mysite.storage_backends.' + name + 'Storage')().url('2026/a b.txt'))
`,
        })
        for (const { name, text } of exported(destinations(edge.origin)).files)
          await write({ [`mysite/${name}`]: text })
        const ran = await runDjango(installedDjango!, ['script.py'], {
          directory: root,
          environment: {
            DJANGO_SETTINGS_MODULE: 'mysite.settings',
            AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
            AWS_SECRET_ACCESS_KEY: 'secret',
            AWS_CLOUDFRONT_KEY: pem.replaceAll('\n', '\\n'),
          },
        })
        expect(ran.err).toBe('')
        const [signed = '', presigned = ''] = ran.out.trim().split('\n')
        expect(await (await fetch(signed)).text()).toBe('/media/private/2026/a b.txt')
        expect((await fetch(signed.replace('a%20b', 'other'))).status).toBe(403)
        expect(presigned).toMatch(/^https:\/\/sibtc-assets\.s3\..*X-Amz-Signature=/)
      } finally {
        await edge.close()
      }
    },
  )
})
