import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  exportDjango,
  type ExportDjangoOptions,
} from '../../../src-main/destinations/django/export-django.ts'
import {
  corsRules,
  leastPrivilegePolicy,
  publicReadPolicy,
} from '../../../src-main/destinations/django/export-policies.ts'
import { pythonString, storageClassName } from '../../../src-main/destinations/django/python-text.ts'
import { pythonTokens } from '../../../src-main/destinations/django/python-tokens.ts'
import { readDjangoProject } from '../../../src-main/destinations/django/read-project.ts'
import { isOwnStatement } from '../../../src-main/visibility/policy-reading.ts'
import type { DestinationInput, StaticDestinationInput } from '../../../src-preload/contract/destination.ts'
import { djangoExportSchema } from '../../../src-preload/contract/django.ts'

const shared = {
  profileId: 'p1',
  bucket: 'sibtc-assets',
  linkExpirySeconds: 3600,
  cacheControl: 'max-age=86400',
}
const site: StaticDestinationInput = {
  ...shared,
  name: 'Static',
  kind: 'static',
  prefix: 'static/',
  visibility: 'public',
  folderId: null,
  exclude: [],
  baseUrl: 'https://static.example.org',
}
const destinations: DestinationInput[] = [
  site,
  {
    ...shared,
    name: 'Public media',
    kind: 'media',
    cleanNames: true,
    prefix: `m"e'd\\ia\n/ü/`,
    visibility: 'public',
    onConflict: 'keep-both',
    baseUrl: 'http://127.0.0.1:8000/cdn',
    rules: [{ glob: '*', contentDisposition: 'inline; x="y"' }],
  },
  {
    ...shared,
    name: 'Private media',
    kind: 'media',
    cleanNames: true,
    prefix: 'media/private/',
    visibility: 'private',
    onConflict: 'overwrite',
    baseUrl: null,
    linkExpirySeconds: 77,
    cacheControl: null,
  },
]
const options: ExportDjangoOptions = {
  bucket: 'sibtc-assets',
  service: { endpoint: null, region: 'eu-central-1', addressing: 'virtual' },
  destinations,
  form: 'storages',
  access: 'policy',
  module: 'mysite.storage_backends',
  origins: [],
}
const textOf = (exported: ReturnType<typeof exportDjango>, name: string) =>
  exported.files.find((file) => file.name === name)?.text ?? ''

describe('exported settings', () => {
  test.each(['storages', 'older'] as const)('are read back as they were (%s)', async (form) => {
    const exported = exportDjango({ ...options, form })
    expect(djangoExportSchema.parse(exported)).toEqual(exported)
    const root = await mkdtemp(join(tmpdir(), 'pail-django-back-'))
    try {
      for (const [name, text] of [
        ['mysite/settings.py', 'from .s3_settings import *\n'],
        ...exported.files.map((file) => [`mysite/${file.name}`, file.text] as const),
      ] as const) {
        await mkdir(dirname(join(root, name)), { recursive: true })
        await writeFile(join(root, name), text)
      }
      const project = await readDjangoProject(root, 'back', { settings: null, answers: {} })
      expect(project).toMatchObject({ questions: [], notes: [] })
      expect(project.profiles).toMatchObject([
        { region: 'eu-central-1', endpoint: null, addressing: 'virtual', bucketNames: ['sibtc-assets'] },
      ])
      const byName = (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1)
      expect(
        project.destinations.map(({ destination }) => ({ profileId: 'p1', ...destination })).toSorted(byName),
      ).toEqual(destinations.toSorted(byName))
    } finally {
      await rm(root, { recursive: true, force: true })
    }
  })

  test('hold no key, and name the module and the addresses', () => {
    const exported = exportDjango(options)
    expect(exported.files.map(({ name }) => name)).toEqual([
      's3_settings.py',
      'storage_backends.py',
      '.env.example',
      'iam-policy.json',
      'bucket-policy.json',
      'cors.json',
    ])
    const settings = textOf(exported, 's3_settings.py')
    expect(settings).toContain('"default": {"BACKEND": "mysite.storage_backends.PublicMediaStorage"}')
    expect(settings).toContain('"private_media": {"BACKEND": "mysite.storage_backends.PrivateMediaStorage"}')
    expect(settings).toContain('STATIC_URL = "https://static.example.org/static/"')
    expect(textOf(exported, '.env.example')).toBe('AWS_ACCESS_KEY_ID=\nAWS_SECRET_ACCESS_KEY=\n')
    const older = textOf(exportDjango({ ...options, form: 'older' }), 's3_settings.py')
    expect(older).toContain('STATICFILES_STORAGE = "mysite.storage_backends.StaticStorage"')
    expect(older).toContain('PRIVATE_MEDIA_STORAGE = "mysite.storage_backends.PrivateMediaStorage"')
    expect(older).not.toContain('STORAGES =')
  })

  test('keep private what a private static destination has, and serve the site’s files from the public one', () => {
    const reports: StaticDestinationInput = {
      ...site,
      name: 'Reports',
      prefix: 'reports/',
      visibility: 'private',
      baseUrl: null,
      linkExpirySeconds: 900,
    }
    const exported = exportDjango({ ...options, access: 'acl', destinations: [reports, site] })
    const [, reportsClass = ''] = textOf(exported, 'storage_backends.py').split(/^class /m)
    expect(reportsClass).toMatch(/^Reports\w*\(S3StaticStorage\):/)
    for (const line of [
      'default_acl = "private"',
      'querystring_auth = True',
      'querystring_expire = 900',
      'custom_domain = None',
    ])
      expect(reportsClass).toContain(line)
    expect(textOf(exported, 's3_settings.py')).toMatch(/"staticfiles": \{"BACKEND": "[^"]*\.StaticStorage"/)
    expect(textOf(exported, 'bucket-policy.json')).not.toContain('reports')
    const alone = exportDjango({ ...options, destinations: [reports] })
    expect(textOf(alone, 's3_settings.py')).toMatch(/"staticfiles": \{"BACKEND": "[^"]*\.Reports\w*"/)
  })

  test('say what Django cannot be told', () => {
    const [, ...others] = destinations
    const exported = exportDjango({
      ...options,
      destinations: [
        { ...site, stripPrefix: true, longCache: true, rules: [{ glob: '*.html', cacheControl: '' }] },
        { ...others[1]!, baseUrl: 'https://cdn.example.org' },
      ],
    })
    expect(exported.notes).toEqual([
      expect.stringContaining('without its prefix'),
      expect.stringContaining('S3ManifestStaticStorage'),
      expect.stringContaining('go by path'),
      expect.stringContaining('signed for the bucket’s own address'),
    ])
    expect(textOf(exported, 'storage_backends.py')).toContain('custom_domain = None')
    expect(textOf(exported, 's3_settings.py')).toContain(
      'STATIC_URL = "https://sibtc-assets.s3.eu-central-1.amazonaws.com/static/"',
    )
  })

  test('are refused for what cannot be a module or an origin, and without destinations', () => {
    for (const [more, code] of [
      [{ module: 'a; import os' }, 'invalid-argument'],
      [{ origins: ['https://example.org/path'] }, 'invalid-argument'],
      [{ destinations: [] }, 'not-found'],
    ] as const)
      expect(() => exportDjango({ ...options, ...more })).toThrow(
        expect.objectContaining({ error: expect.objectContaining({ code }) }),
      )
  })

  test('names become identifiers, each its own', () => {
    const taken = new Set(['PublicMediaStorage'])
    expect(
      ['Public media', '2026 Größe', '日本', 'a"b\nc'].map((name) => storageClassName(name, taken)),
    ).toEqual(['PublicMedia2Storage', 'Storage2026GroEStorage', 'DestinationStorage', 'ABCStorage'])
  })
})

describe('Python text', () => {
  const awkward = [
    '',
    'plain',
    `'"\\ \n\r\t\0\u0007\u007f\u0085\u2028\ufeff`,
    'ü 日本 🎈',
    '{x} %s \\N{DASH} """ \'\'\'',
    '\\',
    '\ud800 alone',
  ]
  test('means the same to our own reader', () => {
    for (const text of awkward)
      expect(pythonTokens(`x = ${pythonString(text)}`)[2]).toEqual({ type: 'string', value: text, line: 1 })
  })

  const python = ['/usr/bin/python3', 'python3'].find(
    (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0,
  )
  test.skipIf(python === undefined)('means the same to Python', () => {
    const script =
      'import ast, json, sys; json.dump([ast.literal_eval(x) for x in json.load(sys.stdin)], sys.stdout)'
    const { stdout } = spawnSync(python ?? '', ['-c', script], {
      input: JSON.stringify(awkward.map(pythonString)),
      encoding: 'utf8',
    })
    expect(JSON.parse(stdout)).toEqual(awkward)
  })
})

describe('policies', () => {
  test('allow exactly the prefixes, a star in one being a star', () => {
    const policy = leastPrivilegePolicy(
      'b',
      'cn-north-1',
      [{ name: 'a', prefix: 'a*/', visibility: 'public' }],
      true,
    )
    expect(policy.Statement).toEqual([
      {
        Sid: 'ListTheFiles',
        Effect: 'Allow',
        Action: ['s3:ListBucket'],
        Resource: ['arn:aws-cn:s3:::b'],
        Condition: { StringLikeIfExists: { 's3:prefix': ['a${*}/*'] } },
      },
      {
        Sid: 'FindTheBucket',
        Effect: 'Allow',
        Action: ['s3:GetBucketLocation'],
        Resource: ['arn:aws-cn:s3:::b'],
      },
      {
        Sid: 'ReadAndWriteTheFiles',
        Effect: 'Allow',
        Action: [
          's3:GetObject',
          's3:PutObject',
          's3:DeleteObject',
          's3:AbortMultipartUpload',
          's3:ListMultipartUploadParts',
          's3:GetObjectAcl',
          's3:PutObjectAcl',
        ],
        Resource: ['arn:aws-cn:s3:::b/a${*}/*'],
      },
    ])
  })

  test('S44 never open a private part of a public place', () => {
    const open = { name: 'All', prefix: 'media/', visibility: 'public' } as const
    const hidden = { name: 'Hidden', prefix: 'media/private/', visibility: 'private' } as const
    const other = { name: 'Static', prefix: 'static/', visibility: 'public' } as const
    expect(publicReadPolicy('b', 'us-east-1', [open, hidden])).toEqual({
      policy: null,
      leftOut: [{ open, hidden }],
    })
    const { policy } = publicReadPolicy('b', 'us-east-1', [open, hidden, other])
    expect(policy?.Statement.map(({ Resource, Action, Principal }) => [Resource, Action, Principal])).toEqual(
      [[['arn:aws:s3:::b/static/*'], ['s3:GetObject'], '*']],
    )
    const exported = exportDjango({
      ...options,
      destinations: [
        { ...destinations[1]!, prefix: 'media/' },
        { ...destinations[2]!, prefix: 'media/private/' },
      ],
    })
    expect(textOf(exported, 'bucket-policy.json')).toBe('')
    expect(exported.notes).toContainEqual(expect.stringContaining('would open both'))
  })

  test.each(['media/', 'a*/', 'a?/', '$b/'])(
    'open %s by the statement that Pail knows as its own',
    (prefix) => {
      const place = { name: 'Media', prefix, visibility: 'public' } as const
      const { policy } = publicReadPolicy('b', 'us-east-1', [place])
      const known = policy?.Statement.map((each) =>
        isOwnStatement({ ...each }, { bucket: 'b', region: 'us-east-1' }),
      )
      expect(known).toEqual([true])
    },
  )

  test('let pages of any origin read unless origins are named', () => {
    expect(corsRules([])).toMatchObject({
      CORSRules: [{ AllowedOrigins: ['*'], AllowedMethods: ['GET', 'HEAD'] }],
    })
    expect(corsRules(['https://example.org'])).toMatchObject({
      CORSRules: [{ AllowedOrigins: ['https://example.org'] }],
    })
  })
})
