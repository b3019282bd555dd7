import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startGate } from '../s3/gate.ts'
import { pailCommand, pailOn, runProgram } from './pail-process.ts'
import { printedLinks } from './printed-links.ts'
import { cephServer, hasCeph, playgroundServer, type StartedServer } from './servers.ts'

// Dozens of processes are started one after the other, perhaps beside other suites.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

const servers = [
  { name: 'the playground', start: playgroundServer, here: true },
  { name: 'Ceph RADOS Gateway', start: cephServer, here: hasCeph },
]

/** Names that are easily mistaken on the way. */
const oddNames = [
  'a b.txt',
  'a+b.txt',
  'a%20b.txt',
  'c#d?e&f.txt',
  'naïve.txt',
  '🪣.txt',
  'quote\'".txt',
  'zero',
]

describe.each(servers)('pail on $name', ({ start, here }) => {
  describe.skipIf(!here)('end to end', () => {
    let server: StartedServer
    let directory: string
    let pail: ReturnType<typeof pailOn>
    const bucket = `pail-cli-${randomBytes(5).toString('hex')}`

    beforeAll(async () => {
      server = await start()
      directory = await realpath(await mkdtemp(join(tmpdir(), 'pail-cli-test-')))
      pail = pailOn(server, directory)
      const made = await pail(['mb', `s3://${bucket}`, '--access', 'per-object'])
      expect(made).toMatchObject({ code: 0, out: '' })
    })
    afterAll(async () => {
      const { objects } = JSON.parse((await pail(['ls', `s3://${bucket}`, '--recursive', '--json'])).out)
      const addresses = objects.map(({ key }: { key: string }) => `s3://${bucket}/${key}`)
      while (addresses.length) await pail(['rm', ...addresses.splice(0, 500)])
      expect(await pail(['rb', `s3://${bucket}`])).toMatchObject({ code: 0 })
      await server.close()
      await rm(directory, { recursive: true, force: true })
    })
    const sdk = () =>
      new S3Client({
        endpoint: server.endpoint,
        region: 'us-east-1',
        forcePathStyle: true,
        credentials: server,
      })
    const keysBelow = async (prefix: string): Promise<string[]> => {
      const listed = await pail(['ls', `s3://${bucket}/${prefix}`, '--recursive', '--json'])
      expect(listed.code).toBe(0)
      return JSON.parse(listed.out).objects.map(({ key }: { key: string }) => key)
    }

    test('the bucket is listed', async () => {
      const listed = await pail(['buckets'])
      expect(listed.out.split('\n').map((line) => line.slice(22))).toContain(bucket)
    })

    test('what is put comes back byte for byte, whatever its name', async () => {
      const folder = join(directory, 'odd')
      await mkdir(folder)
      for (const name of oddNames)
        await writeFile(join(folder, name), name === 'zero' ? '' : randomBytes(777))
      const put = await pail(['put', ...oddNames.map((name) => join(folder, name)), `s3://${bucket}/odd/`])
      expect(put).toMatchObject({ code: 0 })
      expect(put.out.trimEnd().split('\n').sort()).toEqual(
        oddNames.map((name) => `s3://${bucket}/odd/${name}`).sort(),
      )
      expect((await keysBelow('odd/')).sort()).toEqual(oddNames.map((name) => `odd/${name}`).sort())
      for (const name of oddNames) {
        const got = await pail(['get', `s3://${bucket}/odd/${name}`, '-'])
        expect(got.code).toBe(0)
        expect(got.bytes.equals(await readFile(join(folder, name)))).toBe(true)
      }
    })

    test('a large file goes up in parts and comes back whole, to a new file only', async () => {
      const bytes = randomBytes(24 * 1024 * 1024)
      await writeFile(join(directory, 'large.bin'), bytes)
      expect((await pail(['put', 'large.bin', `s3://${bucket}/large/`])).code).toBe(0)
      expect((await pail(['get', `s3://${bucket}/large/large.bin`])).code).toBe(1)
      expect((await pail(['get', `s3://${bucket}/large/large.bin`, 'copy.bin'])).code).toBe(0)
      const hash = (data: Buffer) => createHash('sha256').update(data).digest('hex')
      expect(hash(await readFile(join(directory, 'copy.bin')))).toBe(hash(bytes))
      expect((await readdir(directory)).filter((name) => name.startsWith('.pail'))).toEqual([])
    })

    test('nothing is overwritten unless it is asked for', async () => {
      const address = `s3://${bucket}/conflict/`
      const text = async () => (await pail(['get', `${address}note.txt`, '-'])).out
      const file = join(directory, 'note.txt')
      await writeFile(file, 'first')
      expect((await pail(['put', file, address])).code).toBe(0)
      await writeFile(file, 'second')

      const refused = await pail(['put', file, address])
      expect(refused.code).toBe(1)
      expect(refused.err).toContain('conflict/note.txt')
      expect(refused.err).toContain('already-exists')
      expect(await text()).toBe('first')

      const skipped = await pail(['put', file, address, '--on-conflict', 'skip', '--json'])
      expect(skipped.code).toBe(0)
      expect(JSON.parse(skipped.out)).toMatchObject({ uploaded: 0, skipped: 1, failed: [] })
      expect(await text()).toBe('first')

      const renamed = await pail(['put', file, address, '--on-conflict', 'keep-both'])
      expect(renamed.code).toBe(0)
      const other = renamed.out.trimEnd()
      expect(other).not.toBe(`${address}note.txt`)
      expect((await pail(['get', other, '-'])).out).toBe('second')
      expect(await text()).toBe('first')

      expect((await pail(['put', file, address, '--on-conflict', 'overwrite'])).code).toBe(0)
      expect(await text()).toBe('second')

      const again = await pail(['put', file, address, '--reuse-identical', '--json'])
      expect(again.code).toBe(0)
      expect(JSON.parse(again.out)).toMatchObject({
        uploaded: 0,
        reused: 1,
        bytes: 0,
        objects: [{ value: 'note.txt' }],
        failed: [],
      })
      const said = await pail(['put', file, address, '--reuse-identical'])
      expect(said.err).toContain(
        '0 files uploaded (0 bytes), 1 not sent because the very same bytes are there.',
      )
    })

    test('a folder goes up under keys of a template, with the value that a database stores', async () => {
      await mkdir(join(directory, 'Trip 1', 'day 2'), { recursive: true })
      await writeFile(join(directory, 'Trip 1', 'Große Stadt.JPG'), 'one')
      await writeFile(join(directory, 'Trip 1', 'day 2', 'no extension'), 'two')
      const options = ['--key-template', '{yyyy}/{slug}-{hash8}.{ext}', '--clean-names', '--json']
      const put = await pail(['put', 'Trip 1', `s3://${bucket}/media/`, ...options])
      expect(put.code).toBe(0)
      const { objects, overwriteGuard } = JSON.parse(put.out) as {
        objects: { key: string; value: string }[]
        overwriteGuard: string
      }
      const year = new Date().getFullYear()
      const md5 = (text: string) => createHash('md5').update(text).digest('hex').slice(0, 8)
      const values = [
        `${year}/Trip_1/day_2/no_extension-${md5('two')}`,
        `${year}/Trip_1/groe_stadt-${md5('one')}.JPG`,
      ]
      expect(objects.map(({ value }) => value).sort()).toEqual([...values].sort())
      expect(await keysBelow('media/')).toEqual(values.map((value) => `media/${value}`).sort())
      expect(['not-known', 'by-service', 'checked-first']).toContain(overwriteGuard)
    })

    test('a private file opens with its link and not without; a public one opens to everybody', async () => {
      const before = printedLinks.length
      await writeFile(join(directory, 'private.txt'), 'for one')
      await writeFile(join(directory, 'public.txt'), 'for all')
      expect((await pail(['put', 'private.txt', `s3://${bucket}/v/`])).code).toBe(0)
      expect((await pail(['put', 'public.txt', `s3://${bucket}/v/`, '--public'])).code).toBe(0)

      // It works when it is made, as its own test shows, and is dead a moment later.
      const short = await pail(['link', `s3://${bucket}/v/private.txt`, '--expires', '2s', '--json'])
      const { url, test: tested } = JSON.parse(short.out) as { url: string; test: { outcome: string } }
      expect(tested.outcome).toBe('works')

      const link = await pail([
        'link',
        `s3://${bucket}/v/private.txt`,
        '--expires',
        '5m',
        '--download-as',
        'ein Brief ü.txt',
      ])
      expect(link.out).toMatch(/^https?:\/\/\S+\n$/)
      const answer = await fetch(link.out.trim())
      expect(answer.status).toBe(200)
      expect(await answer.text()).toBe('for one')
      expect(answer.headers.get('content-disposition')).toContain("filename*=UTF-8''ein%20Brief%20%C3%BC.txt")
      expect((await fetch(link.out.trim().replace(/\?.*/, ''))).status).toBe(403)
      await expect.poll(async () => (await fetch(url)).status, { timeout: 5000 }).toBe(403)

      const open = await pail(['link', `s3://${bucket}/v/public.txt`, '--public'])
      expect(await (await fetch(open.out.trim())).text()).toBe('for all')

      const asked = await pail(['request-upload', `s3://${bucket}/v/asked.txt`, '--expires', '5m', '--json'])
      expect(asked).toMatchObject({ code: 0 })
      // Every one of them was fetched, changed and outlived when it was printed.
      const kinds = printedLinks.slice(before).map(({ kind }) => kind)
      expect(kinds).toEqual(['presigned', 'download-as', 'public', 'upload'])
      expect(await keysBelow('v/')).toEqual(['v/private.txt', 'v/public.txt'])
    })

    test('a folder is synced, found unchanged, corrected in its headers, and cleaned up on request', async () => {
      const folder = join(directory, 'site')
      await mkdir(join(folder, 'css'), { recursive: true })
      await writeFile(join(folder, 'index.html'), '<h1>Hello</h1>')
      await writeFile(join(folder, 'css/a.css'), 'a{}')
      await writeFile(join(folder, 'css/a.css.map'), '{}')
      const sync = async (...more: string[]) => {
        const ran = await pail([
          'sync',
          folder,
          `s3://${bucket}/site`,
          '--exclude',
          '*.map',
          '--json',
          ...more,
        ])
        return { code: ran.code, err: ran.err, answer: JSON.parse(ran.out) }
      }

      const dry = await sync('--dry-run')
      expect(dry).toMatchObject({ code: 0, answer: { uploaded: 0, failed: [] } })
      expect(await keysBelow('site/')).toEqual([])

      const first = await sync()
      expect(first).toMatchObject({
        code: 0,
        answer: { uploaded: 2, updatedHeaders: 0, deleted: 0, skipped: 0, bytes: 17, failed: [] },
      })
      expect(Object.keys(first.answer)).toEqual([
        'uploaded',
        'updatedHeaders',
        'deleted',
        'skipped',
        'bytes',
        'release',
        'failed',
        'opens',
        'plan',
        'visibility',
      ])
      expect(first.answer.plan.filter(({ action }: { action: string }) => action === 'upload')).toEqual([
        { key: 'site/css/a.css', action: 'upload', reason: 'new', bytes: 3 },
        { key: 'site/index.html', action: 'upload', reason: 'new', bytes: 14 },
      ])

      expect(await sync()).toMatchObject({
        code: 0,
        answer: { uploaded: 0, updatedHeaders: 0, skipped: 2, bytes: 0 },
      })

      expect(await sync('--cache-control', 'no-cache')).toMatchObject({
        code: 0,
        answer: { uploaded: 0, updatedHeaders: 2 },
      })
      const link = await pail(['link', `s3://${bucket}/site/index.html`])
      const page = await fetch(link.out.trim())
      expect(page.headers.get('cache-control')).toBe('no-cache')
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
      await page.arrayBuffer()

      await rm(join(folder, 'css/a.css'))
      const kept = await sync('--cache-control', 'no-cache')
      expect(kept).toMatchObject({ code: 0, answer: { deleted: 0 } })
      const unasked = await sync('--cache-control', 'no-cache', '--delete')
      expect(unasked).toMatchObject({ code: 3, answer: { deleted: 0 } })
      const capped = await sync('--cache-control', 'no-cache', '--delete', '--yes', '--max-delete', '0')
      expect(capped).toMatchObject({ code: 3, answer: { deleted: 0 } })
      expect(await keysBelow('site/')).toEqual(['site/css/a.css', 'site/index.html'])
      const cleaned = await sync('--cache-control', 'no-cache', '--delete', '--yes', '--max-delete', '1')
      expect(cleaned).toMatchObject({ code: 0, answer: { deleted: 1 } })
      expect(await keysBelow('site/')).toEqual(['site/index.html'])
    })

    test('a sync is undone, from copies of its own, and the history tells so', async () => {
      const folder = join(directory, 'undone')
      await mkdir(folder)
      const place = `s3://${bucket}/undone`
      const sync = (...more: string[]) => pail(['sync', folder, place, '--keep-previous', ...more])
      await writeFile(join(folder, 'index.html'), 'old page')
      await writeFile(join(folder, 'gone.html'), 'old page, too')
      await sync('--public')
      await writeFile(join(folder, 'index.html'), 'new page')
      await writeFile(join(folder, 'new.html'), 'created')
      await rm(join(folder, 'gone.html'))
      expect(await sync('--delete', '--yes', '--max-delete', '1')).toMatchObject({ code: 0 })

      const history = JSON.parse((await pail(['history', place, '--json'])).out)
      expect(history.releases).toMatchObject([
        { created: 1, overwritten: 1, deleted: 1, undoable: 3, undone: 'no' },
        { created: 2, undone: 'no' },
      ])
      expect(await pail(['undo', place])).toMatchObject({ code: 3 })
      const dry = await pail(['undo', place, '--dry-run'])
      expect(dry).toMatchObject({ code: 0 })
      expect(dry.out.trim().split('\n')).toHaveLength(3)
      expect(await keysBelow('undone/')).toEqual(['undone/index.html', 'undone/new.html'])

      const undone = await pail(['undo', place, '--yes', '--json'])
      expect(undone.code).toBe(0)
      expect(JSON.parse(undone.out)).toMatchObject({
        release: history.releases[0].id,
        restored: 2,
        removed: 1,
        undone: 'whole',
        left: [],
        failed: [],
        // Asked without a signature.
        visibility: { public: 2, private: 0, unknown: 0, notAsked: 0 },
      })
      expect(await keysBelow('undone/')).toEqual(['undone/gone.html', 'undone/index.html'])
      const open = await fetch(`${server.endpoint}/${bucket}/undone/index.html`)
      expect([open.status, await open.text()]).toEqual([200, 'old page'])
      expect(JSON.parse((await pail(['history', place, '--json'])).out).releases).toMatchObject([
        { undone: 'whole', undoable: 0 },
        { undone: 'no' },
      ])
    })

    test('more than a page is listed whole, and a reader that leaves early is no crash', async () => {
      const folder = join(directory, 'many')
      await mkdir(folder)
      const names = Array.from({ length: 1100 }, (_, index) => `f${String(index).padStart(4, '0')}`)
      for (const name of names) await writeFile(join(folder, name), name)
      const put = await pail(['put', folder, `s3://${bucket}/`, '--json'])
      expect(JSON.parse(put.out)).toMatchObject({ uploaded: 1100, failed: [] })
      expect(put.code).toBe(0)
      expect(await keysBelow('many/')).toEqual(names.map((name) => `many/${name}`))
      const lines = await pail(['ls', `s3://${bucket}/many/`])
      expect(lines.out.trimEnd().split('\n')).toHaveLength(1100)

      if (!existsSync('/bin/bash')) return
      const [program, file] = pailCommand()
      const piped = await runProgram(
        '/bin/bash',
        [
          '-c',
          '"$0" "$@" | head -n 1; echo "ended with ${PIPESTATUS[0]}"',
          program,
          file,
          'ls',
          `s3://${bucket}/many/`,
          '--endpoint-url',
          server.endpoint,
        ],
        {
          environment: {
            AWS_ACCESS_KEY_ID: server.accessKeyId,
            AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
          },
        },
      )
      expect(piped.err).toBe('')
      expect(piped.out).toMatch(/^ +5 .+ many\/f0000\nended with 0\n$/)
    })

    test('F40 a hostile key lands in the folder and nowhere else', async () => {
      const inner = join(directory, 'hostile', 'inner')
      await mkdir(inner, { recursive: true })
      const client = sdk()
      const keys = ['evil/../../escaped.txt', 'evil//etc/absolute.txt', 'evil/..', 'evil/.bashrc\n']
      for (const Key of keys) await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Key }))
      client.destroy()
      for (const key of keys) {
        const got = await pail(['get', `s3://${bucket}/${key}`, '--json'], { directory: inner })
        expect(got.code, got.err).toBe(0)
        const { file } = JSON.parse(got.out)
        expect(dirname(file)).toBe(inner)
        expect(await readFile(file, 'utf8')).toBe(key)
      }
      expect(await readdir(inner)).toHaveLength(keys.length)
      expect(await readdir(join(directory, 'hostile'))).toEqual(['inner'])
    })

    test('S27 an endpoint in the environment leads nowhere', async () => {
      const listed = await pail(['ls', `s3://${bucket}/v/`], {
        environment: { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9', AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
      })
      expect(listed.code).toBe(0)
    })

    test('wrong keys, a missing bucket and a missing object each have their code', async () => {
      const secret = await pail(['ls', `s3://${bucket}`], { environment: { AWS_SECRET_ACCESS_KEY: 'wrong' } })
      expect(secret.code).toBe(1)
      expect(secret.err).toContain('signature-mismatch')
      const key = await pail(['ls', `s3://${bucket}`], {
        environment: { AWS_ACCESS_KEY_ID: 'AKIANOBODYKNOWSIT000' },
      })
      expect(key.err).toContain('unknown-access-key')
      const noBucket = await pail(['ls', 's3://pail-cli-not-there-at-all', '--json'])
      expect(noBucket.code).toBe(1)
      expect(JSON.parse(noBucket.out)).toMatchObject({ error: { code: 'no-such-bucket' } })
      const noKey = await pail(['get', `s3://${bucket}/not-there`, 'x'])
      expect(noKey.code).toBe(1)
      expect(noKey.err).toContain('no-such-key')
      expect(existsSync(join(directory, 'x'))).toBe(false)
      const noFile = await pail(['put', 'not-there', `s3://${bucket}/`])
      expect(noFile.code).toBe(1)
      expect((await pail(['rb', `s3://${bucket}`])).err).toContain('bucket-not-empty')
    })

    test('F46 Ctrl+C stops an upload, leaves neither an object nor parts, and ends with 130', async () => {
      await writeFile(join(directory, 'huge.bin'), Buffer.alloc(20 * 1024 * 1024, 'x'))
      const client = sdk()
      const uploads = async () =>
        (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []
      let begun = 0
      let stop: (() => void) | undefined
      // No part arrives, so the upload is under way until it is stopped.
      const gate = await startGate(server.endpoint, ({ method, url = '' }) => {
        if (method !== 'PUT' || !url.includes('partNumber=')) return 'pass'
        stop?.()
        // A second signal would not let it take anything back.
        stop = undefined
        return 'answered'
      })
      try {
        const stopped = await pailOn({ ...server, endpoint: gate.endpoint }, directory)(
          ['put', 'huge.bin', `s3://${bucket}/huge/`],
          {
            onStart(kill) {
              stop = () =>
                void uploads().then((found) => {
                  begun = found.length
                  kill('SIGINT')
                })
            },
          },
        )
        expect(begun).toBe(1)
        expect(stopped.err).toContain('interrupted')
        expect(stopped.code).toBe(130)
        expect(await keysBelow('huge/')).toEqual([])
        expect(await uploads()).toEqual([])
      } finally {
        await gate.close()
        for (const { Key, UploadId } of await uploads())
          await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }))
        client.destroy()
        await rm(join(directory, 'huge.bin'))
      }
    })
  })
})
