import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { typescriptNode } from '../bench/typescript-node.ts'
import { runProgram } from './pail-process.ts'
import { playgroundServer, type StartedServer } from './servers.ts'

vi.setConfig({ testTimeout: 60_000 })

const cli = fileURLToPath(new URL('../../src-main/cli.ts', import.meta.url))
const listing = new URL('./list-modules.mjs', import.meta.url).href

let server: StartedServer
let directory: string
let runs = 0

beforeAll(async () => {
  server = await playgroundServer()
  directory = await mkdtemp(join(tmpdir(), 'pail-modules-'))
  await mkdir(join(directory, 'site/css'), { recursive: true })
  await writeFile(join(directory, 'site/index.html'), '<!doctype html>')
  await writeFile(join(directory, 'site/css/site.css'), 'a {}')
  await run('mb', 's3://www')
})

afterAll(async () => {
  await server.close()
  await rm(directory, { recursive: true, force: true })
})

/** Runs a command from its source, with keys from the environment; answers what it has loaded, and its output. */
async function run(
  ...args: string[]
): Promise<{ out: string; packages: string[]; ours: string[]; ofNode: string[] }> {
  const file = join(directory, `modules-${++runs}`)
  const where = args[0]?.startsWith('-') === true ? [] : ['--endpoint-url', server.endpoint, '--path-style']
  const ended = await runProgram(typescriptNode(), ['--import', listing, cli, ...args, ...where], {
    directory,
    environment: {
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
      AWS_REGION: 'us-east-1',
      PAIL_USER_DATA: join(directory, 'memory'),
      PAIL_TEST_MODULES: file,
    },
  })
  expect(ended.err).not.toContain('pail:')
  expect(ended.code).toBe(0)
  const urls = (await readFile(file, 'utf8')).split('\n')
  const named = (form: RegExp) => [...new Set(urls.flatMap((url) => form.exec(url)?.[1] ?? []))]
  return {
    out: ended.out,
    packages: named(/\/node_modules\/((?:@[^/]+\/)?[^/]+)\//),
    ours: named(/\/(src-main\/.+)\.ts$/),
    ofNode: named(/^loaded:(.+)$/),
  }
}

describe('a command loads what it needs, and no package where it needs none', () => {
  test('help does without the backend', async () => {
    const { out, packages, ours } = await run('--help')
    expect(out).toContain('make a prefix equal to a folder')
    expect(packages).toEqual([])
    expect(ours).not.toContain('src-main/backend/create-backend')
  })

  test('a sync, at first, with nothing to do, and with a change', async () => {
    const sync = () => run('sync', 'site', 's3://www/', '--yes')
    const first = await sync()
    expect(first.out).toContain('css/site.css')
    expect(first.packages).toEqual([])
    expect(first.ours).toContain('src-main/sync/apply')
    const second = await sync()
    expect(second.packages).toEqual([])
    // In the clear, to an address, and with nothing to send.
    expect(second.ofNode).toContain('net')
    for (const unused of ['http', 'https', 'tls', 'dns', 'zlib']) expect(second.ofNode).not.toContain(unused)
    await writeFile(join(directory, 'site/index.html'), '<!doctype html><title>changed</title>')
    const third = await sync()
    expect(third.out).toContain('index.html')
    expect(third.packages).toEqual([])
  })

  test('nor the code of other commands', async () => {
    const others = ['transfer', 'link', 'visibility', 'setup', 'watch'].map(
      (name) => `src-main/backend/${name}-handlers`,
    )
    const synced = await run('sync', 'site', 's3://www/other/', '--yes')
    expect(synced.ours).toContain('src-main/backend/sync-handlers')
    expect(synced.ours.filter((file) => others.includes(file))).toEqual([])
    expect(synced.ours).not.toContain('src-main/backend/object-handlers')
    const listed = await run('ls', 's3://www')
    expect(listed.ours).toContain('src-main/backend/object-handlers')
    expect(listed.ours.filter((file) => file.startsWith('src-main/sync/plan'))).toEqual([])
    expect(listed.ours.filter((file) => others.includes(file))).toEqual([])
  })

  test('what reads a file of rules loads the checker of its form', async () => {
    await writeFile(join(directory, 'rules.json'), '[{ "glob": "*.html", "cacheControl": "no-cache" }]')
    const { packages } = await run('sync', 'site', 's3://www/', '--rules', 'rules.json', '--dry-run')
    expect(packages).toEqual(['zod'])
  })

  test('listing, putting and fetching', async () => {
    const { packages, ours } = await run('ls', 's3://www', '--recursive')
    expect(packages).toEqual([])
    // Nobody has named a proxy.
    expect(ours.filter((file) => /s3\/proxy-|proxy-environment|system-proxies/.test(file))).toEqual([])
    expect((await run('put', 'site/css/site.css', 's3://www/up/')).packages).toEqual([])
    expect((await run('get', 's3://www/up/site.css', 'got.css')).packages).toEqual([])
  })
})
