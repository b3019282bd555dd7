import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createBackend } from '../../src-main/backend/create-backend.ts'
import { createMemoryKeychain } from '../../src-main/keychain/memory-keychain.ts'
import { canarySecret, publicAndPrivate } from '../destinations/django/tutorial-projects.ts'
import { createLogDouble } from '../log-double.ts'
import { pailCommand, runProgram } from './pail-process.ts'
import { playgroundServer, type StartedServer } from './servers.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

let server: StartedServer
let directory: string
beforeAll(async () => {
  server = await playgroundServer()
  directory = await mkdtemp(join(tmpdir(), 'pail-django-cli-'))
})
afterAll(async () => {
  await server.close()
  await rm(directory, { recursive: true, force: true })
})

test('a tutorial project becomes destinations that uploads, links and Django settings come from', async () => {
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
  const files: Record<string, string> = { ...publicAndPrivate }
  // The tutorial's own, at the server of this test.
  files['mysite/settings.py'] +=
    `\nAWS_S3_ENDPOINT_URL = '${server.endpoint}'\nAWS_S3_CUSTOM_DOMAIN = None\nAWS_QUERYSTRING_AUTH = False\n`
  files['mysite/storage_backends.py'] += '    querystring_auth = True\n    querystring_expire = 600\n'
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, 'project', name)), { recursive: true })
    await writeFile(join(directory, 'project', name), text)
  }

  const imported = await document('django', 'import', 'project', '--save')
  expect(imported.questions).toEqual([])
  expect(imported.saved.destinations.toSorted()).toEqual(['Private media', 'Public media', 'Static'])
  const listed = await document('destinations')
  expect(listed.destinations.map(({ name, prefix }: Record<string, string>) => [name, prefix])).toEqual([
    ['Public media', 'media/public/'],
    ['Static', 'static/'],
    ['Private media', 'media/private/'],
  ])

  // The profile has no keys here: those of the environment do.
  const made = await runProgram(
    program,
    [
      file,
      'mb',
      's3://sibtc-assets',
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
  for (const name of ['Public media', 'Private media']) {
    const put = await document('put', 'A file (1).txt', '--to', name)
    expect(put.objects).toMatchObject([{ value: 'A_file_1.txt' }])
    const { url } = await document('link', 'A_file_1.txt', '--to', name)
    const answered = await fetch(url)
    expect([name, answered.status, await answered.text()]).toEqual([name, 200, 'hello'])
    expect(answered.headers.get('cache-control')).toBe('max-age=86400')
    const { origin, pathname, searchParams } = new URL(url)
    expect(searchParams.get('X-Amz-Expires')).toBe(name === 'Public media' ? null : '600')
    expect((await fetch(`${origin}${pathname}`)).status).toBe(name === 'Public media' ? 200 : 403)
  }

  expect((await pail('django', 'export', 's3://sibtc-assets', '--out', 'exported')).code).toBe(0)
  const names = [
    's3_settings.py',
    'storage_backends.py',
    '.env.example',
    'iam-policy.json',
    'bucket-policy.json',
    'cors.json',
  ]
  expect((await readdir(join(directory, 'exported'))).toSorted()).toEqual(names.toSorted())
  const settings = await readFile(join(directory, 'exported/s3_settings.py'), 'utf8')
  expect(settings).toContain(`AWS_S3_ENDPOINT_URL = "${server.endpoint}"`)
  // What is there is not replaced unasked.
  const again = await pail('django', 'export', 's3://sibtc-assets', '--out', 'exported', '--json')
  expect([again.code, JSON.parse(again.out).error.code]).toEqual([1, 'already-exists'])

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
    const destinations = await backend.api.listDestinations({})
    expect(profiles).toMatchObject({ value: [{ name: 'project', credentialState: 'missing' }] })
    expect(destinations.ok && destinations.value).toHaveLength(3)
    await backend.close()
    expect(await readdir(join(userData, 'imports'))).toEqual([])
  }
  for (const entry of await readdir(userData, { recursive: true, withFileTypes: true }))
    if (entry.isFile() && !entry.parentPath.includes('compile-cache'))
      expect(await readFile(join(entry.parentPath, entry.name), 'utf8')).not.toMatch(
        new RegExp(`CANARY|${canarySecret.slice(0, 6)}|${server.secretAccessKey}`.replaceAll('+', '\\+')),
      )
})
