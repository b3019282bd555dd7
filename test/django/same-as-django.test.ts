import { generateKeyPairSync } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { readDjangoProject } from '../../src-main/destinations/django/read-project.ts'
import { classCases } from './cases/class-cases.ts'
import { configurationCases } from './cases/configuration-cases.ts'
import type { DjangoCase } from './cases/django-case.ts'
import { environmentCases } from './cases/environment-cases.ts'
import { includedCases } from './cases/included-cases.ts'
import { initializerCases } from './cases/initializer-cases.ts'
import { pythonCases } from './cases/python-cases.ts'
import { reachingCases } from './cases/reaching-cases.ts'
import { settingsCases } from './cases/settings-cases.ts'
import { runDjango } from './django-process.ts'
import { hasModules, newerDjango } from './django-project.ts'

// One Python process tells of all projects: alone that takes some seconds, on a busy machine minutes.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 900_000 })

/** Makes the storages of each project as Django does, in a process of its own, and says what they do. */
const script = `
import json, os, sys, traceback

import django, boto3
import storages.backends.s3
storages.backends.s3.S3ManifestStaticStorage.load_manifest = lambda self: ({}, '')
from botocore import UNSIGNED
from botocore.config import Config
from urllib.parse import parse_qs, urlsplit
import django.contrib.staticfiles.storage, django.urls
from storages.backends.s3 import S3Storage
# Which requests a storage would sign is to be known, and not by whom: making clients takes long.
session = boto3.Session(aws_access_key_id='AKIAEXAMPLE', aws_secret_access_key='of a test')
signed = session.resource('s3', region_name='eu-central-1')
unsigned = session.resource('s3', region_name='eu-central-1', config=Config(signature_version=UNSIGNED))
for each in (signed, unsigned):
    each.meta.client.generate_presigned_url('get_object', Params={'Bucket': 'b', 'Key': 'k'})
S3Storage.connection = property(lambda self: signed)
S3Storage.unsigned_connection = property(lambda self: unsigned)

def told(project):
    sys.path.insert(0, project)
    os.environ['DJANGO_SETTINGS_MODULE'] = 'site_x.settings'
    if os.path.exists(project + '/configuration'):
        os.environ['DJANGO_CONFIGURATION'] = open(project + '/configuration').read()
        from configurations import importer
        importer.install()
    from django.conf import settings
    from django.core.files.storage import storages
    answer = {}
    aliases = set(storages.backends)
    for alias in sorted(aliases):
        storage = storages[alias]
        if not isinstance(storage, S3Storage):
            continue
        written = storage._get_write_parameters('f.pdf')
        other = storage._get_write_parameters('f.txt')
        query = parse_qs(urlsplit(storage.url('f.txt')).query)
        answer[alias] = {
            'bucket': storage.bucket_name,
            'prefix': storage._normalize_name('f.txt')[:-5],
            'acl': written.get('ACL'),
            'cacheControl': other.get('CacheControl'),
            'disposition': other.get('ContentDisposition'),
            'encoding': other.get('ContentEncoding'),
            'language': other.get('ContentLanguage'),
            'contentType': storage.get_object_parameters('f.txt').get('ContentType'),
            'fileOverwrite': bool(storage.file_overwrite),
            'expires': storage.querystring_expire,
            'isSigned': any(name in query for name in ('X-Amz-Signature', 'Signature')),
            'keyPairId': (query.get('Key-Pair-Id') or [None])[0],
            'base': f'{storage.url_protocol}//{storage.custom_domain}' if storage.custom_domain else None,
            'region': storage.region_name,
            'endpoint': storage.endpoint_url,
        }
    return answer

for project in open(os.environ['PROJECTS']).read().split():
    inner, outer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            text = json.dumps(told(project))
        except BaseException as error:
            text = json.dumps({'error': ''.join(traceback.format_exception(error)[-2:])})
        os.write(outer, text.encode())
        os._exit(0)
    os.close(outer)
    with os.fdopen(inner) as pipe:
        print(pipe.read())
    os.waitpid(child, 0)
`

/** Settings and storages as people write them. */
const djangoCases: readonly DjangoCase[] = [
  ...initializerCases,
  ...classCases,
  ...settingsCases,
  ...pythonCases,
  ...reachingCases,
  ...environmentCases,
  ...includedCases,
  ...configurationCases,
].filter(({ needs = [] }) => newerDjango === null || hasModules(newerDjango, needs))

interface Told {
  readonly bucket: string | null
  readonly prefix: string
  readonly acl: string | null
  readonly cacheControl: string | null
  readonly disposition: string | null
  readonly encoding: string | null
  readonly language: string | null
  /** For every name; null where it is that of the name. */
  readonly contentType: string | null
  readonly fileOverwrite: boolean
  readonly expires: number
  readonly isSigned: boolean
  readonly keyPairId: string | null
  readonly base: string | null
  readonly region: string | null
  readonly endpoint: string | null
}

/** What a destination has to be for a storage that does this. */
function wanted(told: Told) {
  const isPublic = told.acl?.startsWith('public-read') === true
  const isPrivate = !isPublic && (told.acl === 'private' || told.isSigned)
  return {
    bucket: told.bucket,
    prefix: told.prefix,
    visibility: isPrivate ? 'private' : 'public',
    cacheControl: told.cacheControl,
    rules: rulesFor(told),
    onConflict: told.fileOverwrite ? 'overwrite' : 'keep-both',
    baseUrl: isPrivate && told.keyPairId === null ? null : told.base,
    keyPairId: told.keyPairId ?? undefined,
    linkExpirySeconds: told.expires,
    region: told.region ?? 'us-east-1',
    endpoint: told.endpoint,
  }
}

function rulesFor({ disposition, encoding, language, contentType }: Told) {
  const headers = Object.entries({
    contentDisposition: disposition,
    contentEncoding: encoding,
    contentLanguage: language,
    contentType,
  }).filter(([, value]) => value !== null)
  return headers.length === 0 ? undefined : [{ glob: '*', ...Object.fromEntries(headers) }]
}

/** By which of a storage's attributes each fact is decided. */
const decidedBy: Readonly<Record<keyof ReturnType<typeof wanted>, readonly string[]>> = {
  bucket: ['bucket_name', 'AWS_STORAGE_BUCKET_NAME'],
  prefix: ['location', 'AWS_LOCATION'],
  visibility: [
    'default_acl',
    'custom_domain',
    'querystring_auth',
    'AWS_S3_CUSTOM_DOMAIN',
    'object_parameters',
    'AWS_S3_OBJECT_PARAMETERS',
  ],
  cacheControl: ['object_parameters', 'object_parameters["CacheControl"]', 'AWS_S3_OBJECT_PARAMETERS'],
  rules: ['object_parameters', 'object_parameters["ContentDisposition"]', 'AWS_S3_OBJECT_PARAMETERS'],
  onConflict: ['file_overwrite', 'AWS_S3_FILE_OVERWRITE'],
  baseUrl: ['custom_domain', 'AWS_S3_CUSTOM_DOMAIN', 'default_acl', 'querystring_auth'],
  keyPairId: ['cloudfront_key_id'],
  linkExpirySeconds: ['querystring_expire'],
  region: ['region_name'],
  endpoint: ['endpoint_url', 'AWS_S3_ENDPOINT_URL'],
}

describe.skipIf(newerDjango === null)(
  'what Django does with a project is what is read of it, or asked',
  () => {
    let root: string
    const projects = djangoCases.map((each, index) => ({ ...each, folder: `case-${index}` }))
    const answers = new Map<string, Record<string, Told> | { error: string }>()

    beforeAll(async () => {
      root = await mkdtemp(join(tmpdir(), 'pail-django-same-'))
      for (const { folder, files, configuration } of projects)
        for (const [name, text] of Object.entries({
          ...files,
          ...(configuration === undefined ? {} : { configuration }),
        })) {
          await mkdir(dirname(join(root, folder, name)), { recursive: true })
          await writeFile(join(root, folder, name), text)
        }
      await writeFile(join(root, 'script.py'), script)
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
      await writeFile(join(root, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
      await writeFile(join(root, 'projects'), projects.map(({ folder }) => join(root, folder)).join('\n'))
      const ended = await runDjango(newerDjango!, ['script.py'], {
        directory: root,
        environment: { TEST_KEY: join(root, 'key.pem'), PROJECTS: join(root, 'projects') },
      })
      const lines = ended.out.trim().split('\n')
      projects.forEach(({ name }, index) =>
        answers.set(name, JSON.parse(lines[index] ?? JSON.stringify({ error: ended.err }))),
      )
    })
    afterAll(() => rm(root, { recursive: true, force: true }))

    test.each(projects)(
      '$name',
      async ({ name, folder, asks = [], answers: given = {} }: DjangoCase & { folder: string }) => {
        const told = answers.get(name)!
        if (typeof told['error'] === 'string') throw new Error(told['error'])
        const project = await readDjangoProject(join(root, folder), 'sibtc', {
          settings: null,
          answers: given,
        })
        const asked = project.questions.map((each) => each.name)
        expect(asked.toSorted()).toEqual(asks.toSorted())
        for (const { file, line } of project.questions)
          expect([file.endsWith('.py'), line > 0]).toEqual([true, true])
        const isAsked = (attributes: readonly string[]) =>
          asked.some((each) => attributes.some((one) => each === one || each.endsWith(`.${one}`)))
        // What STORAGES is made of is asked as a whole.
        if (asked.includes('STORAGES')) return
        const storages = Object.entries(told as Record<string, Told>)
        expect(storages.length).toBeGreaterThan(0)
        for (const [alias, each] of storages) {
          const found = project.destinations.find(({ aliases }) => aliases.includes(alias))
          expect([alias, found === undefined]).toEqual([alias, false])
          const { destination, profile, sources } = found!
          // What a line or a base may set that is asked as a whole is open until it is answered.
          const isLineAsked = asked.some((name) => /\.(line_\d+|Mixin)$/.test(name))
          const isOpen = (fact: string) =>
            isLineAsked && (sources.find((one) => one.fact === fact)?.isOpen ?? true)
          const read: ReturnType<typeof wanted> = {
            ...destination,
            bucket: destination.bucket!,
            prefix: destination.prefix!,
            rules: destination.rules as ReturnType<typeof wanted>['rules'],
            keyPairId: destination.keyPairId ?? undefined,
            // Static files replace what is there, whatever the project says.
            onConflict: destination.kind === 'media' ? destination.onConflict : wanted(each).onConflict,
            region: project.profiles[profile]!.region,
            endpoint: project.profiles[profile]!.endpoint,
          }
          for (const [fact, value] of Object.entries(wanted(each)) as [keyof typeof decidedBy, unknown][])
            if (!isAsked(decidedBy[fact]) && !isOpen(fact))
              expect([alias, fact, read[fact]]).toEqual([alias, fact, value])
        }
      },
    )
  },
)
