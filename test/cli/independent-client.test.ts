import { randomBytes } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { pailOn, runProgram } from './pail-process.ts'
import { cephServer, hasCeph, playgroundServer, type StartedServer } from './servers.ts'

const hasClients = ['s3cmd', 'curl'].every((program) => spawnSync(program, ['--version']).status === 0)

// Dozens of processes are started one after the other, perhaps beside other suites.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

const servers = [
  { name: 'the playground', start: playgroundServer, here: hasClients },
  { name: 'Ceph RADOS Gateway', start: cephServer, here: hasClients && hasCeph },
]

/** A file of every kind that a site has, with names that are easily mistaken. */
const site: Readonly<Record<string, string | Buffer>> = {
  'index.html': '<!doctype html><title>ü</title>',
  'css/site.css': 'a { color: red }',
  'js/app.0123456789ab.js': 'export const a = 1',
  'data/hours.json': '{}',
  'img/logo.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'img/a photo + more.png': randomBytes(1234),
  'img/crème.jpg': randomBytes(99),
  'docs/notes.txt': 'Grüße',
  'archive.tar.gz': randomBytes(500),
  'empty.bin': '',
}

describe.each(servers)('pail and s3cmd agree on $name', ({ start, here }) => {
  describe.skipIf(!here)('byte for byte and header for header', () => {
    let server: StartedServer
    let directory: string
    let pail: ReturnType<typeof pailOn>
    let s3cmd: (...args: string[]) => ReturnType<typeof runProgram>
    const bucket = `pail-s3cmd-${randomBytes(5).toString('hex')}`

    beforeAll(async () => {
      server = await start()
      directory = await mkdtemp(join(tmpdir(), 'pail-s3cmd-'))
      pail = pailOn(server, directory)
      const { host } = new URL(server.endpoint)
      const config = join(directory, 's3cfg')
      await writeFile(
        config,
        [
          '[default]',
          `access_key = ${server.accessKeyId}`,
          `secret_key = ${server.secretAccessKey}`,
          `host_base = ${host}`,
          `host_bucket = ${host}`,
          'use_https = False',
          'bucket_location = us-east-1',
        ].join('\n'),
        { mode: 0o600 },
      )
      s3cmd = (...args) => runProgram('s3cmd', ['-c', config, ...args], { directory })
      expect((await pail(['mb', `s3://${bucket}`])).code).toBe(0)
      for (const [name, content] of Object.entries(site)) {
        await mkdir(join(directory, 'site', name, '..'), { recursive: true })
        await writeFile(join(directory, 'site', name), content)
      }
    })
    afterAll(async () => {
      await s3cmd('rb', '--recursive', '--force', `s3://${bucket}`)
      await server.close()
      await rm(directory, { recursive: true, force: true })
    })

    /** GET through a link, with curl: status, headers and bytes. */
    async function curl(url: string) {
      const body = join(directory, `body-${randomBytes(4).toString('hex')}`)
      const headers = await runProgram('curl', ['-sS', '-D', '-', '-o', body, url])
      expect(headers.code).toBe(0)
      const [status = '', ...lines] = headers.out.trimEnd().split('\r\n')
      return {
        status: Number(status.split(' ')[1]),
        headers: Object.fromEntries(
          lines.map((line) => [
            line.slice(0, line.indexOf(':')).toLowerCase(),
            line.slice(line.indexOf(':') + 2),
          ]),
        ) as Record<string, string>,
        bytes: await readFile(body),
      }
    }

    /** What pail prints for each file of the site, by its name. */
    async function linksTo(prefix: string): Promise<ReadonlyMap<string, string>> {
      const names = Object.keys(site)
      const printed = await pail(['link', ...names.map((name) => `s3://${bucket}/${prefix}${name}`)])
      const links = printed.out.trimEnd().split('\n')
      expect(links).toHaveLength(names.length)
      return new Map(names.map((name, index) => [name, links[index]!]))
    }

    test('what pail syncs, s3cmd gets: bytes, type and Cache-Control', async () => {
      const synced = await pail(['sync', 'site', `s3://${bucket}/static`, '--json'])
      expect(synced.code).toBe(0)
      expect(JSON.parse(synced.out)).toMatchObject({ uploaded: Object.keys(site).length, failed: [] })
      const types: Record<string, string> = {
        'index.html': 'text/html; charset=utf-8',
        'css/site.css': 'text/css; charset=utf-8',
        'js/app.0123456789ab.js': 'text/javascript; charset=utf-8',
        'data/hours.json': 'application/json; charset=utf-8',
        'img/logo.svg': 'image/svg+xml; charset=utf-8',
        'img/a photo + more.png': 'image/png',
        'img/crème.jpg': 'image/jpeg',
        'docs/notes.txt': 'text/plain; charset=utf-8',
        'archive.tar.gz': 'application/gzip',
        'empty.bin': 'application/octet-stream',
      }
      const got = join(directory, 'got')
      await mkdir(got)
      const fetched = await s3cmd('get', '--recursive', `s3://${bucket}/static/`, got)
      expect(fetched, fetched.err).toMatchObject({ code: 0 })
      const addressOf = (name: string) => `s3://${bucket}/static/${name}`
      const told = await s3cmd('info', ...Object.keys(site).map(addressOf))
      expect(told, told.err).toMatchObject({ code: 0 })
      // What is told of each begins with its address.
      const infos = new Map(
        told.out.split(/^(?=s3:)/m).map((info) => [/^(.*) \(object\):/.exec(info)?.[1], info]),
      )
      for (const [name, content] of Object.entries(site)) {
        expect((await readFile(join(got, name))).equals(Buffer.from(content)), name).toBe(true)
        const info = infos.get(addressOf(name))
        expect(info, name).toContain(`MIME type: ${types[name]}`)
        expect(info, name).toContain(`File size: ${Buffer.from(content).length}`)
      }
    })

    test('the link that pail prints gives curl the same bytes and headers', async () => {
      for (const [name, link] of await linksTo('static/')) {
        const content = site[name]!
        const answer = await curl(link)
        expect(answer.status, name).toBe(200)
        expect(answer.bytes.equals(Buffer.from(content)), name).toBe(true)
        expect(answer.headers['cache-control'], name).toBe('max-age=86400')
        expect(answer.headers['content-encoding'], name).toBeUndefined()
        expect((await curl(link.replace(/\?.*/, ''))).status).toBe(403)
      }
    })

    test('what s3cmd puts, pail gets; its headers are served as they were set', async () => {
      const put = await s3cmd(
        'put',
        '--recursive',
        '--no-preserve',
        '--mime-type=application/x-of-s3cmd',
        '--add-header=Cache-Control: no-store',
        join(directory, 'site/'),
        `s3://${bucket}/theirs/`,
      )
      expect(put, put.err).toMatchObject({ code: 0 })
      const links = await linksTo('theirs/')
      for (const [name, content] of Object.entries(site)) {
        const got = await pail(['get', `s3://${bucket}/theirs/${name}`, '-'])
        expect(got.code).toBe(0)
        expect(got.bytes.equals(Buffer.from(content)), name).toBe(true)
        const answer = await curl(links.get(name)!)
        expect(answer.headers['content-type']).toBe('application/x-of-s3cmd')
        expect(answer.headers['cache-control']).toBe('no-store')
      }
    })

    test('a file in parts of the one is whole for the other', async () => {
      const bytes = randomBytes(21 * 1024 * 1024 + 17)
      await writeFile(join(directory, 'big.bin'), bytes)
      expect((await pail(['put', 'big.bin', `s3://${bucket}/parts/`])).code).toBe(0)
      expect(
        (await s3cmd('get', '--force', `s3://${bucket}/parts/big.bin`, join(directory, 'big.got'))).code,
      ).toBe(0)
      expect((await readFile(join(directory, 'big.got'))).equals(bytes)).toBe(true)
      const put = await s3cmd(
        'put',
        '--multipart-chunk-size-mb=5',
        join(directory, 'big.bin'),
        `s3://${bucket}/parts/theirs.bin`,
      )
      expect(put, put.err).toMatchObject({ code: 0 })
      expect((await pail(['get', `s3://${bucket}/parts/theirs.bin`, 'big.back'])).code).toBe(0)
      expect((await readFile(join(directory, 'big.back'))).equals(bytes)).toBe(true)
    })

    test('both list the same keys, sizes and dates', async () => {
      const theirs = (await s3cmd('ls', '--recursive', `s3://${bucket}`)).out
        .trimEnd()
        .split('\n')
        .map((line) => {
          const match = /^(\S+) (\S+)\s+(\d+)\s+s3:\/\/[^/]+\/(.*)$/.exec(line)
          return { date: `${match?.[1]}T${match?.[2]}`, bytes: Number(match?.[3]), key: match?.[4] }
        })
      const ours = (await pail(['ls', `s3://${bucket}`, '--recursive'])).out
        .trimEnd()
        .split('\n')
        .map((line) => {
          const match = /^ *(\d+) {2}(\S+) {2}(.*)$/.exec(line)
          return { date: match?.[2]?.slice(0, 16), bytes: Number(match?.[1]), key: match?.[3] }
        })
      expect(ours).toEqual(theirs)
      expect(ours).toHaveLength(Object.keys(site).length * 2 + 2)
    })
  })
})
