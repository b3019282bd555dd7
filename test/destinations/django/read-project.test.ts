import { describe, expect, test } from 'vitest'
import type { DjangoProject } from '../../../src-preload/contract/django.ts'
import { useProjectFolder } from './project-fixture.ts'
import { publicAndPrivate, staticAndMedia, staticOnly } from './tutorial-projects.ts'

const { read } = useProjectFolder()

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
const place = { linkExpirySeconds: 3600, cacheControl: 'max-age=86400' }
/** Of static destinations alone. */
const folder = { folderId: null, exclude: [] }

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
          ...folder,
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
          ...folder,
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
          ...folder,
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
