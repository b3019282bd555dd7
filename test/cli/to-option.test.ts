import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ok } from '../../src-preload/contract/result.ts'
import { value } from '../backend/running-backend.ts'
import { saveProfile } from '../backend/saved-profile.ts'
import { createApiDouble } from './api-double.ts'
import { runForTest } from './run-for-test.ts'
import { type RunningCommandLine, startCommandLine } from './running-command-line.ts'
import { all, media, noKeys } from './sample-destinations.ts'

/** Commands whose keys are below the destination, without their key. */
const withKey: readonly string[][] = [
  ['check'],
  ['get'],
  ['rm'],
  ['ls'],
  ['set-visibility', 'private'],
  ['link'],
  ['request-upload'],
]

describe('with --to', () => {
  test.each(withKey.map((argv) => ({ argv })))(
    '$argv refuses a key that is not below the destination, and an address',
    async ({ argv }) => {
      for (const [key, words] of [
        ['../x.jpg', '“../x.jpg” is not below the destination “Public media”'],
        ['a/../../x.jpg', 'is not below'],
        ['/media/public/x.jpg', 'is not below'],
        ['s3://another-bucket/media/public/x.jpg', 'leave s3:// out'],
        ['s3://assets/media/public/x.jpg', 'leave s3:// out'],
      ] as const) {
        const double = createApiDouble(all)
        const ran = await runForTest([...argv, key, '--to', 'Public media'], double, noKeys)
        expect([key, ran.code, ran.out, ran.opened]).toEqual([key, 2, '', undefined])
        expect(ran.err).toContain(words)
        expect(double.calls).toEqual([])
      }
    },
  )

  test.each([
    [['access', 's3://assets']],
    [['scan', 's3://assets/media/']],
    [['set-visibility', 'undo', 's3://assets']],
    [['set-visibility', 'public']],
    [['rm']],
    [['get']],
    [['check']],
    [['check', 'a', 'b']],
    [['ls', 'a', 'b']],
  ])('%j is wrong usage', async (argv) => {
    const ran = await runForTest([...argv, '--to', 'Public media'], createApiDouble(all), noKeys)
    expect([ran.code, ran.opened]).toEqual([2, undefined])
  })

  test('the keys are those of the destination, with its prefix or without, and so are bucket and profile', async () => {
    const object = { profileId: media.profileId, bucket: media.bucket }
    const page = { folders: [], objects: [], continuationToken: null }
    const double = createApiDouble({
      ...all,
      listObjects: () => ok(page),
      planDelete: ({ keys }) =>
        ok({ planId: 'plan1', objects: keys.length, sizeBytes: 0, sample: [], versioned: 'no' }),
      applyDelete: () => ok({ deleted: 2, failed: [] }),
      listVisibilityChanges: () => ok([]),
    })
    const run = (...argv: string[]) => runForTest([...argv, '--to', 'Public media'], double, noKeys)
    expect(await run('rm', 'a b.jpg', 'media/public/2026/b.jpg', 'a b.jpg')).toMatchObject({ code: 0 })
    expect(double.inputs('planDelete')).toEqual([
      { ...object, keys: ['media/public/a b.jpg', 'media/public/2026/b.jpg'], prefixes: [] },
    ])
    for (const argv of [['ls'], ['ls', '2026/'], ['ls', 'media/public/20', '--recursive']])
      expect(await run(...argv)).toMatchObject({ code: 0 })
    expect(double.inputs('listObjects').map(({ prefix, recursive }) => [prefix, recursive])).toEqual([
      ['media/public/', false],
      ['media/public/2026/', false],
      ['media/public/20', true],
    ])
    expect((await run('set-visibility', 'undo')).err).toContain('knows of no change in assets')
    expect(double.inputs('listVisibilityChanges')).toEqual([object])
  })
})

describe('with --to, on a server', () => {
  let line: RunningCommandLine
  let site: Server
  let asked: string[] = []
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pail-to-'))
    line = await startCommandLine()
    const { api } = line.backend
    // A custom domain that serves what is below the prefix, and gives everything to everybody but one object.
    site = createServer(({ url = '' }, response) => {
      asked.push(url)
      response.writeHead(url.startsWith('/kept') ? 403 : /^\/[ab]/.test(url) ? 200 : 404).end()
    })
    await new Promise<void>((listening) => site.listen(0, '127.0.0.1', listening))
    const profileId = await saveProfile(api, { endpoint: line.endpoint, ...line.credentials })
    await value(
      api.createDestination({
        destination: {
          profileId,
          name: 'Media',
          bucket: line.bucket,
          kind: 'media',
          prefix: 'media/',
          visibility: 'public',
          cacheControl: null,
          onConflict: 'keep-both',
          baseUrl: `http://127.0.0.1:${(site.address() as AddressInfo).port}`,
          stripPrefix: true,
          linkExpirySeconds: 3600,
        },
      }),
    )
    await line.write({ 'a b.txt': 'a', 'kept.txt': 'kept', 'b.txt': 'b' })
    const files = ['a b.txt', 'kept.txt', 'b.txt'].map((name) => `${line.folder}/${name}`)
    expect(await line.run(['put', ...files, `s3://${line.bucket}/media/`])).toMatchObject({ code: 0 })
    expect(await line.run(['put', files[2]!, `s3://${line.bucket}/beside/`])).toMatchObject({ code: 0 })
  })
  afterAll(async () => {
    await line.close()
    await new Promise((closed) => site.close(closed))
    await rm(folder, { recursive: true, force: true })
  })
  const run = (...argv: string[]) =>
    line.run([...argv, '--to', 'Media'], { variables: {}, workingDirectory: folder })

  test('pail check asks at the destination’s base URL', async () => {
    asked = []
    const open = await run('check', 'a b.txt', '--json')
    expect(JSON.parse(open.out)).toMatchObject({
      visibility: 'public',
      status: 200,
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/a%20b\.txt$/) as string,
    })
    expect(await run('check', 'media/kept.txt')).toMatchObject({ code: 0, out: 'private\n' })
    expect(asked).toContain('/a%20b.txt')
    expect(asked).toContain('/kept.txt')
  })

  test('pail put sends the headers that the rules of the destination say, and only to it', async () => {
    const { api } = line.backend
    const [known] = await value(api.listDestinations({}))
    await value(
      api.createDestination({
        destination: {
          profileId: known!.profileId,
          name: 'Papers',
          bucket: line.bucket,
          kind: 'media',
          prefix: 'papers/',
          visibility: 'public',
          cacheControl: 'max-age=60',
          onConflict: 'overwrite',
          baseUrl: null,
          linkExpirySeconds: 3600,
          rules: [
            { glob: '*.pdf', contentDisposition: 'attachment' },
            {
              glob: '*',
              contentDisposition: 'inline',
              contentEncoding: 'identity',
              contentType: 'text/x-note',
              contentLanguage: 'de',
            },
          ],
        },
      }),
    )
    await line.write({ 'p.pdf': 'p', 'n.txt': 'n' })
    const files = ['p.pdf', 'n.txt'].map((name) => join(line.folder, name))
    const put = await line.run(['put', ...files, '--to', 'Papers'], {
      variables: {},
      workingDirectory: folder,
    })
    expect(put.code).toBe(0)
    expect(await line.run(['put', files[0]!, `s3://${line.bucket}/free/`])).toMatchObject({ code: 0 })
    const headersOf = async (key: string) => {
      const { contentType, contentDisposition, contentEncoding, cacheControl } = await value(
        api.getObjectDetails({ profileId: known!.profileId, bucket: line.bucket, key }),
      )
      return [contentType, contentDisposition, contentEncoding, cacheControl]
    }
    expect(await headersOf('papers/p.pdf')).toEqual(['text/x-note', 'attachment', 'identity', 'max-age=60'])
    expect(await headersOf('papers/n.txt')).toEqual(['text/x-note', 'inline', 'identity', 'max-age=60'])
    expect(await headersOf('free/p.pdf')).toEqual(['application/pdf', null, null, null])
    // By whoever asks the server itself.
    const { headers } = await fetch(`${line.endpoint}/${line.bucket}/papers/p.pdf`, { method: 'HEAD' })
    expect(headers.get('content-disposition')).toBe('attachment')
    expect(headers.get('content-language')).toBe('de')
  })

  test('pail access tells of the destination’s bucket', async () => {
    const told = await run('access', '--json')
    expect(JSON.parse(told.out)).toMatchObject({ bucket: line.bucket, public: { way: 'object-acl' } })
  })

  test('pail ls, get and rm are about what is in the destination, and nothing beside it', async () => {
    const keys = async () =>
      (JSON.parse((await run('ls', '--json')).out) as { objects: { key: string }[] }).objects.map(
        ({ key }) => key,
      )
    expect(await keys()).toEqual(['media/a b.txt', 'media/b.txt', 'media/kept.txt'])
    const got = await run('get', 'a b.txt', '--json')
    expect(JSON.parse(got.out)).toMatchObject({ key: 'media/a b.txt', file: join(folder, 'a b.txt') })
    expect(await readFile(join(folder, 'a b.txt'), 'utf8')).toBe('a')
    expect(await run('get', 'b.txt', '-')).toMatchObject({ code: 0, out: 'b' })
    expect(JSON.parse((await run('rm', 'b.txt', '--json')).out)).toEqual({ deleted: 1, failed: [] })
    expect(await keys()).toEqual(['media/a b.txt', 'media/kept.txt'])
    const beside = await line.run(['ls', `s3://${line.bucket}/beside/`])
    expect(beside.out).toContain('beside/b.txt')
  })

  test('S44 pail set-visibility opens and shuts what is named, and takes it back', async () => {
    const bare = async (key: string) =>
      (await fetch(`${line.endpoint}/${line.bucket}/media/${encodeURIComponent(key)}`)).status
    const opened = await run('set-visibility', 'public', 'a b.txt', '--yes', '--json')
    expect(JSON.parse(opened.out)).toMatchObject({
      visibility: 'public',
      results: [
        { bucket: line.bucket, outcome: { checks: [{ key: 'media/a b.txt', visibility: 'public' }] } },
      ],
    })
    expect([await bare('a b.txt'), await bare('kept.txt')]).toEqual([200, 403])
    expect(await run('set-visibility', 'undo', '--yes')).toMatchObject({ code: 0 })
    expect(await bare('a b.txt')).toBe(403)
    // Its own prefix is all of it.
    const dry = await run('set-visibility', 'public', 'media/', '--dry-run', '--json')
    expect(JSON.parse(dry.out)).toMatchObject({ results: [{ plan: { prefixes: ['media/'], objects: 2 } }] })
  })
})
