import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createBackend } from '../../src-main/backend/create-backend.ts'
import type { DjangoExport } from '../../src-preload/contract/django.ts'
import { createMemoryKeychain } from '../../src-main/keychain/memory-keychain.ts'
import {
  canarySecret,
  publicAndPrivate,
  staticAndMedia,
  staticOnly,
} from '../destinations/django/tutorial-projects.ts'
import { createLogDouble } from '../log-double.ts'
import { pailCommand, runProgram } from './pail-process.ts'
import { playgroundServer, type StartedServer } from './servers.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

let server: StartedServer
let directory: string
beforeEach(async () => {
  server = await playgroundServer()
  directory = await mkdtemp(join(tmpdir(), 'pail-django-cli-'))
})
afterEach(async () => {
  await server.close()
  await rm(directory, { recursive: true, force: true })
})

const staticFiles = {
  name: 'Static',
  kind: 'static',
  prefix: 'static/',
  visibility: 'public',
  linkExpirySeconds: 3600,
}
const media = { kind: 'media', cleanNames: true, onConflict: 'keep-both', linkExpirySeconds: 3600 }
const publicMedia = { ...media, name: 'Public media', visibility: 'public' }

/** The tutorial’s projects with the destinations that each comes to, in order; a base URL where all can read. */
const projects = [
  { title: 'static files', files: staticOnly, bucket: 'sibtc-static', destinations: [staticFiles] },
  {
    title: 'static files and media',
    files: staticAndMedia,
    bucket: 'sibtc-assets',
    destinations: [{ ...publicMedia, prefix: 'media/' }, staticFiles],
  },
  {
    title: 'static files, public and private media',
    files: publicAndPrivate,
    bucket: 'sibtc-assets',
    destinations: [
      { ...publicMedia, prefix: 'media/public/' },
      staticFiles,
      {
        ...media,
        name: 'Private media',
        prefix: 'media/private/',
        visibility: 'private',
        linkExpirySeconds: 600,
      },
    ],
  },
]

test.each(projects)(
  'a tutorial project becomes destinations that uploads, links and Django settings come from: $title',
  async ({ files: told, bucket, destinations }) => {
    const userData = join(directory, 'user-data')
    const [program, file] = pailCommand()
    const pail = (...args: string[]) =>
      runProgram(program, [file, ...args], {
        directory,
        environment: {
          PAIL_USER_DATA: userData,
          AWS_ACCESS_KEY_ID: server.accessKeyId,
          AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
        },
      })
    const document = async (...args: string[]) => {
      const ended = await pail(...args, '--json')
      expect([args, ended.code, ended.err]).toEqual([args, 0, expect.any(String)])
      return JSON.parse(ended.out)
    }
    const files: Record<string, string> = { ...told }
    // The tutorial's own, at the server of this test.
    const baseUrl = `${server.endpoint}/${bucket}`
    files['mysite/settings.py'] = `${files['mysite/settings.py']!.replace(
      "'%s.s3.amazonaws.com'",
      `'${new URL(server.endpoint).host}/%s'`,
    )}\nAWS_S3_ENDPOINT_URL = '${server.endpoint}'\nAWS_S3_URL_PROTOCOL = 'http:'\n`
    if (told === publicAndPrivate)
      files['mysite/storage_backends.py'] += '    querystring_auth = True\n    querystring_expire = 600\n'
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, 'project', name)), { recursive: true })
      await writeFile(join(directory, 'project', name), text)
    }

    const names = destinations.map(({ name }) => name)
    const imported = await document('django', 'import', 'project', '--save')
    expect(imported.questions).toEqual([])
    expect(imported.saved).toEqual({ profiles: ['project'], destinations: names })
    const listed = await document('destinations')
    expect(listed.destinations.map(({ name, prefix }: Record<string, string>) => [name, prefix])).toEqual(
      destinations.map(({ name, prefix }) => [name, prefix]),
    )

    // The profile has no keys here: those of the environment do.
    const made = await runProgram(
      program,
      [
        file,
        'mb',
        `s3://${bucket}`,
        '--access',
        'per-object',
        '--endpoint-url',
        server.endpoint,
        '--path-style',
      ],
      {
        directory,
        environment: { AWS_ACCESS_KEY_ID: server.accessKeyId, AWS_SECRET_ACCESS_KEY: server.secretAccessKey },
      },
    )
    expect(made.code).toBe(0)
    await writeFile(join(directory, 'A file (1).txt'), 'hello')
    for (const { name, kind, prefix, visibility, linkExpirySeconds } of destinations) {
      const isPublic = visibility === 'public'
      const value = kind === 'media' ? 'A_file_1.txt' : 'A file (1).txt'
      const put = await document('put', 'A file (1).txt', '--to', name)
      expect(put.objects).toMatchObject([{ value }])
      const { url } = await document('link', value, '--to', name)
      const answered = await fetch(url)
      expect([name, answered.status, await answered.text()]).toEqual([name, 200, 'hello'])
      expect(answered.headers.get('cache-control')).toBe('max-age=86400')
      const { origin, pathname, searchParams } = new URL(url)
      expect(decodeURIComponent(`${origin}${pathname}`)).toBe(`${baseUrl}/${prefix}${value}`)
      expect(searchParams.get('X-Amz-Expires')).toBe(isPublic ? null : String(linkExpirySeconds))
      expect((await fetch(`${origin}${pathname}`)).status).toBe(isPublic ? 200 : 403)
    }

    // As a document, nothing is written.
    const before = await readdir(directory)
    const exported: DjangoExport & { written: boolean } = await document('django', 'export', `s3://${bucket}`)
    expect(await readdir(directory)).toEqual(before)
    expect(exported).toMatchObject({ written: false, notes: [] })
    const fileNames = [
      's3_settings.py',
      'storage_backends.py',
      '.env.example',
      'iam-policy.json',
      'bucket-policy.json',
      'cors.json',
    ]
    expect(exported.files.map(({ name }) => name)).toEqual(fileNames)
    const textOf = (wanted: string) => exported.files.find(({ name }) => name === wanted)!.text
    expect(textOf('s3_settings.py')).toContain(`AWS_STORAGE_BUCKET_NAME = "${bucket}"`)
    expect(textOf('s3_settings.py')).toContain(`AWS_S3_ENDPOINT_URL = "${server.endpoint}"`)
    const locations = [...textOf('storage_backends.py').matchAll(/^ {4}location = "(.*)"$/gm)]
    expect(locations.map(([, location]) => `${location}/`)).toEqual(destinations.map(({ prefix }) => prefix))
    if (told === publicAndPrivate) {
      // Written, the files are those of the document.
      expect((await pail('django', 'export', `s3://${bucket}`, '--out', 'exported')).code).toBe(0)
      expect((await readdir(join(directory, 'exported'))).toSorted()).toEqual(fileNames.toSorted())
      for (const name of fileNames)
        expect(await readFile(join(directory, 'exported', name), 'utf8')).toBe(textOf(name))
      // What is there is not replaced unasked.
      const again = await pail('django', 'export', `s3://${bucket}`, '--out', 'exported', '--json')
      expect([again.code, JSON.parse(again.out).error.code]).toEqual([1, 'already-exists'])
    }

    // The application takes over what was saved, once, and no secret has been written anywhere (S16).
    expect((await stat(join(userData, 'imports'))).mode & 0o777).toBe(0o700)
    for (let start = 0; start < 2; start += 1) {
      const backend = await createBackend({
        userDataDirectory: userData,
        host: 'electron',
        version: '0.0.0',
        platform: 'linux',
        resourcesDirectory: directory,
        clipboard: null,
        dialogs: null,
        log: createLogDouble(),
        keychain: createMemoryKeychain(),
      })
      const profiles = await backend.api.listProfiles({})
      const kept = await backend.api.listDestinations({})
      expect(profiles).toMatchObject({
        ok: true,
        value: [
          { name: 'project', endpoint: server.endpoint, bucketNames: [bucket], credentialState: 'missing' },
        ],
      })
      const profileId = profiles.ok ? profiles.value[0]!.id : ''
      expect(kept).toEqual({
        ok: true,
        value: destinations.map((destination) => ({
          ...destination,
          id: expect.any(String),
          profileId,
          bucket,
          baseUrl: destination.visibility === 'public' ? baseUrl : null,
          cacheControl: 'max-age=86400',
          ...(destination.kind === 'static' ? { folderId: null, folder: null, exclude: [] } : {}),
        })),
      })
      await backend.close()
      expect(await readdir(join(userData, 'imports'))).toEqual([])
    }
    for (const entry of await readdir(userData, { recursive: true, withFileTypes: true }))
      if (entry.isFile())
        expect(await readFile(join(entry.parentPath, entry.name), 'utf8')).not.toMatch(
          new RegExp(`CANARY|${canarySecret.slice(0, 6)}|${server.secretAccessKey}`.replaceAll('+', '\\+')),
        )
  },
)
