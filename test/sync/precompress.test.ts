import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { HeaderRule } from '../../src-preload/contract/header-rule.ts'
import type { SyncOptions } from '../../src-preload/contract/sync-plan.ts'
import { compress } from '../../src-main/sync/compression.ts'
import { diskReader, type LocalReader } from '../../src-main/sync/local-reader.ts'
import type { PlannedSync } from '../../src-main/sync/plan.ts'
import { allRows, changes, hasCeph, startSyncFixture, type SyncFixture } from './sync-fixture.ts'

const siblings: HeaderRule[] = [{ glob: '*', precompress: 'siblings' }]
const text = (seed: string) => `/* ${seed} */\n${'.box { margin: 0; padding: 0 }\n'.repeat(100)}`

let fixture: SyncFixture
let indexDirectory: string
/** What was compressed and what was read to be hashed since the last look. */
let compressed: string[]
let read: string[]

beforeEach(async () => {
  indexDirectory = await mkdtemp(join(tmpdir(), 'pail-precompress-'))
  compressed = []
  read = []
})
afterEach(async () => {
  await fixture.close()
  await rm(indexDirectory, { recursive: true, force: true })
})

const reader: LocalReader = {
  ...diskReader,
  hash(file, options) {
    read.push(file.name)
    return diskReader.hash(file, options)
  },
}
const compressing: typeof compress = (bytes, coding) => {
  compressed.push(coding)
  return compress(bytes, coding)
}

function plan(options: Partial<SyncOptions> = {}): Promise<PlannedSync> {
  compressed = []
  read = []
  return fixture.plan({ rules: siblings, ...options }, { indexDirectory, reader, compressing })
}

/** Files that were touched less than two seconds ago are not remembered. */
async function settle(): Promise<void> {
  await sleep(2100)
}

/** The bytes and headers that anybody gets, nothing decoded. */
function fetchRaw(
  key: string,
  acceptEncoding?: string,
): Promise<{ body: Buffer; encoding: string; type: string }> {
  const url = `${fixture.playground.endpoint}/${fixture.bucket}/${key}`
  return new Promise((resolve, reject) => {
    get(
      url,
      { headers: acceptEncoding === undefined ? {} : { 'accept-encoding': acceptEncoding } },
      (answer) => {
        const pieces: Buffer[] = []
        answer.on('data', (piece: Buffer) => pieces.push(piece))
        answer.on('end', () =>
          resolve({
            body: Buffer.concat(pieces),
            encoding: answer.headers['content-encoding'] ?? '',
            type: answer.headers['content-type'] ?? '',
          }),
        )
      },
    ).on('error', reject)
  })
}

describe.each(['playground', 'ceph'] as const)('precompression on %s', (server) => {
  if (server === 'ceph' && !hasCeph) {
    test.skip('needs a Ceph RADOS Gateway', () => undefined)
    return
  }
  beforeEach(async () => {
    fixture = await startSyncFixture({ server, access: 'per-object' })
  })

  test('copies stand beside what gets smaller, decode to it, and the second plan is empty and costs nothing', async () => {
    await fixture.write({
      'css/site.css': text('css'),
      'index.html': `<!doctype html>${'<p>hello</p>'.repeat(200)}`,
      'tiny.css': 'body{}',
      'noise.txt': randomBytes(3000).toString('latin1'),
      'photo.png': text('not really a picture'),
      'x.tar.gz': text('not really an archive'),
    })
    await settle()
    const first = await plan({ visibility: 'public', cacheControl: 'max-age=60' })
    const copies = ['css/site.css.br', 'css/site.css.gz', 'index.html.br', 'index.html.gz']
    expect(first.rows.filter(({ sentAs }) => sentAs !== undefined).map(({ key }) => key)).toEqual(
      expect.arrayContaining(copies),
    )
    expect(first.rows.find(({ key }) => key === 'css/site.css.gz')).toMatchObject({
      action: 'upload',
      reason: 'new',
      path: 'css/site.css',
      sentAs: { coding: 'gzip', sibling: true },
    })
    expect(first.warnings).toEqual([])
    const outcome = await fixture.apply(first)
    expect(outcome).toMatchObject({ failed: [], uploaded: first.counts.upload, bytes: first.counts.bytes })
    const keys = await fixture.keys()
    for (const key of copies) expect(keys).toContain(key)
    for (const key of ['tiny.css.gz', 'photo.png.gz', 'x.tar.gz.gz', 'css/site.css.gz.br'])
      expect(keys).not.toContain(key)

    for (const accept of [undefined, 'gzip, br', 'identity']) {
      const plain = await fetchRaw('css/site.css', accept)
      expect([plain.body.toString(), plain.encoding]).toEqual([text('css'), ''])
      const gzip = await fetchRaw('css/site.css.gz', accept)
      expect([gunzipSync(gzip.body).toString(), gzip.encoding, gzip.type]).toEqual([
        text('css'),
        'gzip',
        'text/css; charset=utf-8',
      ])
      const br = await fetchRaw('css/site.css.br', accept)
      expect([brotliDecompressSync(br.body).toString(), br.encoding]).toEqual([text('css'), 'br'])
    }
    const browser = await fetch(`${fixture.playground.endpoint}/${fixture.bucket}/css/site.css.br`)
    expect(await browser.text()).toBe(text('css'))
    expect(await fixture.head('css/site.css.gz')).toMatchObject({
      cacheControl: 'max-age=60',
      contentEncoding: 'gzip',
    })

    const same = { visibility: 'public', cacheControl: 'max-age=60', removeRemoteOnly: true } as const
    fixture.countRequests()
    expect(changes(await plan(same))).toEqual([])
    expect(compressed).toEqual([])
    // The plan right after a sync knows what the sync has written.
    if (server === 'playground') expect(fixture.countRequests()).toEqual({ ListObjectsV2: 1 })
    expect(changes(await plan(same))).toEqual([])
    expect({ compressed, read }).toEqual({ compressed: [], read: [] })
    if (server === 'playground') expect(fixture.countRequests()).toEqual({ ListObjectsV2: 1 })
  }, 60_000)

  test('without the index the plan is empty, too, and compresses only what had not become smaller', async () => {
    await fixture.write({ 'a.css': text('a'), 'noise.css': randomBytes(3000).toString('base64') })
    await fixture.apply(await plan())
    for (const name of await readdir(indexDirectory)) await rm(join(indexDirectory, name))
    expect(changes(await plan({ removeRemoteOnly: true }))).toEqual([])
    expect(compressed.length).toBeLessThanOrEqual(2)
  })

  test('one edited file is three uploads, a header of the rules three copies in place', async () => {
    await fixture.write({ 'a.css': text('a'), 'b.css': text('b') })
    await fixture.apply(await plan())
    await fixture.write({ 'a.css': text('c') })
    const edited = await plan()
    expect(
      edited.rows.filter(({ action }) => action !== 'skip').map(({ action, key }) => `${action} ${key}`),
    ).toEqual(['upload a.css', 'upload a.css.br', 'upload a.css.gz'])
    await fixture.apply(edited)
    expect(gunzipSync((await fetchSigned('a.css.gz')).body).toString()).toBe(text('c'))
    const cached = await plan({ rules: [{ glob: 'b.css', cacheControl: 'no-cache' }, ...siblings] })
    expect(changes(cached)).toEqual(
      ['b.css', 'b.css.br', 'b.css.gz'].map((key) => `update-headers header-differs ${key}`),
    )
    await fixture.apply(cached)
    expect(await fixture.head('b.css.br')).toMatchObject({ cacheControl: 'no-cache', contentEncoding: 'br' })
    expect(gunzipSync((await fetchSigned('b.css.gz')).body).toString()).toBe(text('b'))
  })

  test('stored compressed: browsers decode it, and turning the rule off stores it plain again', async () => {
    await fixture.write({ 'a.css': text('a'), 'b.js': text('b'), 'photo.png': text('p') })
    const rules: HeaderRule[] = [
      { glob: '*.js', precompress: 'br' },
      { glob: '*', precompress: 'gzip' },
    ]
    const planned = await plan({ rules, visibility: 'public' })
    expect(planned.warnings.join('\n')).toMatch(/^2 files will be stored compressed.*brotli over https only/m)
    await fixture.apply(planned)
    expect(await fixture.keys()).toEqual(['a.css', 'b.js', 'photo.png'])
    const raw = await fetchRaw('a.css')
    expect([gunzipSync(raw.body).toString(), raw.encoding]).toEqual([text('a'), 'gzip'])
    expect(await (await fetch(`${fixture.playground.endpoint}/${fixture.bucket}/b.js`)).text()).toBe(
      text('b'),
    )
    expect(changes(await plan({ rules, visibility: 'public' }))).toEqual([])

    // The other coding of the same file is another content.
    expect(
      changes(await plan({ rules: [{ glob: '*', precompress: 'gzip' }], visibility: 'public' })),
    ).toEqual([expect.stringMatching(/^upload .* b\.js$/)])
    const off = await plan({ rules: [], visibility: 'public' })
    expect(off.counts).toMatchObject({ upload: 2, skip: 1 })
    await fixture.apply(off)
    const plain = await fetchRaw('a.css')
    expect([plain.body.toString(), plain.encoding]).toEqual([text('a'), ''])
  })
})

async function fetchSigned(key: string): Promise<{ body: Buffer }> {
  const { GetObjectCommand } = await import('@aws-sdk/client-s3')
  const client = await fixture.session.client(fixture.bucket)
  const answer = await client.send(new GetObjectCommand({ Bucket: fixture.bucket, Key: key }))
  return { body: Buffer.from((await answer.Body?.transformToByteArray()) ?? []) }
}

describe('precompression', () => {
  beforeEach(async () => {
    fixture = await startSyncFixture()
  })

  test('turned off, or without their file, copies are like any other key that only the bucket has', async () => {
    await fixture.write({ 'a.css': text('a'), 'b.css': text('b') })
    await fixture.apply(await plan())
    expect(await fixture.keys()).toHaveLength(6)
    await rm(join(fixture.folder, 'b.css'))
    const gone = ['b.css', 'b.css.br', 'b.css.gz'].map((key) => `delete remote-only ${key}`)
    expect(changes(await plan({ removeRemoteOnly: true }))).toEqual(gone)
    const off = await plan({ rules: [], removeRemoteOnly: true })
    expect(changes(off)).toEqual(['delete remote-only a.css.br', 'delete remote-only a.css.gz', ...gone])
    expect(await fixture.apply(off)).toMatchObject({ deleted: 5, failed: [] })
    expect(await fixture.keys()).toEqual(['a.css'])
  })

  test('a rule above takes files out', async () => {
    await fixture.write({ 'a.css': text('a'), 'raw/b.css': text('b') })
    const rules: HeaderRule[] = [{ glob: 'raw/', precompress: 'off' }, ...siblings]
    expect(changes(await plan({ rules }))).toEqual([
      'upload new a.css',
      'upload new a.css.br',
      'upload new a.css.gz',
      'upload new raw/b.css',
    ])
    expect((await plan({ rules: [{ glob: '*', precompress: 'off' }] })).counts.upload).toBe(2)
  })

  test('what is in the folder under the name of a copy is sent instead, and what a rule says is encoded stays so', async () => {
    await fixture.write({ 'a.css': text('a'), 'a.css.gz': 'mine', 'packed.js': text('p') })
    await symlink('a.css', join(fixture.folder, 'a.css.br'))
    const rules: HeaderRule[] = [{ glob: 'packed.js', contentEncoding: 'gzip' }, ...siblings]
    const planned = await plan({ rules })
    expect(allRows(planned)).toEqual([
      'upload new a.css',
      'upload new a.css.gz',
      'upload new packed.js',
      'blocked symlink a.css.br',
    ])
    await fixture.apply(planned)
    expect(await fixture.body('a.css.gz')).toBe('mine')
    expect(await fixture.head('a.css.gz')).toMatchObject({
      contentType: 'application/gzip',
      contentEncoding: null,
    })
  })

  test('copies of what is left out, and those whose names are, are neither made nor removed (S51)', async () => {
    await fixture.write({ 'a.css': text('a'), 'secret.css': text('s') })
    await fixture.apply(await plan())
    const left = await plan({ exclude: ['secret.css', '*.br'], removeRemoteOnly: true })
    expect(changes(left)).toEqual(['blocked excluded secret.css'])
    expect(left.rows.filter(({ action }) => action === 'delete')).toEqual([])
  })

  test('F33 the copies of a file that cannot be read stay, and the file is named once', async () => {
    await fixture.write({ 'a.css': text('a'), 'b.css': text('b') })
    await fixture.apply(await plan())
    const { failure } = await import('../../src-preload/contract/failure.ts')
    const unreadable: LocalReader = {
      canRead: async ({ name }) => name !== 'a.css',
      hash: (file, options) =>
        file.name === 'a.css' ? Promise.reject(failure('local-file', 'no')) : diskReader.hash(file, options),
    }
    await rm(join(fixture.folder, 'b.css'))
    const planned = await fixture.plan({ rules: siblings, removeRemoteOnly: true }, { reader: unreadable })
    expect(planned.counts.delete).toBe(0)
    expect(planned.warnings.join('\n')).toMatch(/nothing is removed/i)
  })

  test('a file that is too large is named and sent as it is', async () => {
    await fixture.write({
      'large.txt': Buffer.alloc(32 * 1024 * 1024 + 1, 'x'),
      'fits.txt': Buffer.alloc(9 * 1024 * 1024, 'y'),
    })
    const planned = await plan()
    expect(planned.rows.map(({ key }) => key)).toEqual([
      'fits.txt',
      'fits.txt.br',
      'fits.txt.gz',
      'large.txt',
    ])
    expect(planned.warnings).toEqual(['1 file above 32 MiB is not compressed: large.txt.'])
  })

  test('a first publishing compresses each file once, and what was changed after the plan anew', async () => {
    await fixture.write({ 'a.css': text('a'), 'b.css': text('b') })
    const planned = await plan()
    expect(compressed.toSorted()).toEqual(['br', 'br', 'gzip', 'gzip'])
    await fixture.write({ 'b.css': text('B') })
    await fixture.apply(planned, { quietMs: 0 })
    expect(compressed).toHaveLength(6)
    for (const [name, letter] of [
      ['a.css', 'a'],
      ['b.css', 'B'],
    ] as const)
      expect(gunzipSync((await fetchSigned(`${name}.gz`)).body).toString()).toBe(text(letter))
  })

  test('what other versions of zlib made of the same file counts as the same', async () => {
    await fixture.write({ 'a.css': text('a') })
    await settle()
    const { gzipSync } = await import('node:zlib')
    const otherwise: typeof compress = async (bytes, coding) =>
      coding === 'gzip' ? gzipSync(bytes, { level: 1 }) : compress(bytes, coding)
    await fixture.apply(await fixture.plan({ rules: siblings }, { compressing: otherwise }))
    expect(changes(await plan())).toEqual([])
    // Also when it is known from the memory that the object says so.
    await sleep(4500)
    await plan()
    fixture.countRequests()
    expect(changes(await plan())).toEqual([])
    expect(fixture.countRequests()).toEqual({ ListObjectsV2: 1 })
    await fixture.write({ 'a.css': text('b') })
    expect(changes(await plan())).toHaveLength(3)
  })

  test('somebody else’s object under the name of a copy is compared by its bytes', async () => {
    await fixture.write({ 'a.css': text('a') })
    await fixture.apply(await plan())
    await fixture.put('a.css.br', await compress(Buffer.from(text('a')), 'br'), {
      ContentType: 'text/css; charset=utf-8',
      CacheControl: 'max-age=86400',
      ContentEncoding: 'br',
    })
    expect(changes(await plan())).toEqual([])
    await fixture.put('a.css.br', await compress(Buffer.from(text('z')), 'br'))
    expect(changes(await plan())).toEqual([expect.stringMatching(/^upload .*-differs a\.css\.br$/)])
  })

  test('copies go with their file: before the pages, after nothing that refers to it', async () => {
    await fixture.write({ 'index.html': text('h'), 'a.css': text('a') })
    const planned = await plan()
    fixture.requests.length = 0
    await fixture.apply(planned)
    const order = fixture.requests
      .filter(({ method }) => method === 'PUT')
      .map(({ path }) => path.replace(`/${fixture.bucket}/`, ''))
    expect(order.slice(0, 3).sort()).toEqual(['a.css', 'a.css.br', 'a.css.gz'])
    expect(order[0]).toBe('a.css')
    expect(order[3]).toBe('index.html')
  })

  test('F36 a file that changes while it is published leaves no copy of another content', async () => {
    await fixture.write({ 'a.css': text('a'), 'b.css': text('b') })
    const planned = await plan()
    // b.css changes when a.css has been sent, and so before its own copies are.
    let done = false
    const outcome = await fixture.apply(planned, {
      onDone: (row) => {
        if (row.key !== 'b.css' || done) return
        done = true
        writeSync('b.css', text('changed'))
      },
    })
    expect(outcome.failed.map(({ key, code }) => `${code} ${key}`).sort()).toEqual([
      'local-changed b.css.br',
      'local-changed b.css.gz',
    ])
    expect(await fixture.keys()).toEqual(['a.css', 'a.css.br', 'a.css.gz', 'b.css'])
    await fixture.apply(await plan())
    for (const name of ['a.css', 'b.css'])
      expect(gunzipSync((await fetchSigned(`${name}.gz`)).body).toString()).toBe(await fixture.body(name))
  })

  test('F36 a file that was sent later than planned has copies of what was sent, or they are named', async () => {
    await fixture.write({ 'a.css': text('a') })
    const planned = await plan()
    await writeFile(join(fixture.folder, 'a.css'), text('quiet now'))
    expect(await fixture.apply(planned)).toMatchObject({ uploaded: 3, failed: [] })
    expect(await fixture.body('a.css')).toBe(text('quiet now'))
    expect(gunzipSync((await fetchSigned('a.css.gz')).body).toString()).toBe(text('quiet now'))
    expect(brotliDecompressSync((await fetchSigned('a.css.br')).body).toString()).toBe(text('quiet now'))

    // Its copies are in order when the plan is made, and of something else when it has been sent.
    await fixture.put('a.css', 'somebody else’s')
    const again = await plan()
    expect(changes(again)).toEqual(['upload size-differs a.css'])
    await writeFile(join(fixture.folder, 'a.css'), text('changed again'))
    const outcome = await fixture.apply(again)
    expect(outcome.failed.map(({ key, code }) => `${code} ${key}`)).toEqual([
      'local-changed a.css.br',
      'local-changed a.css.gz',
    ])
    expect(changes(await plan())).toHaveLength(2)
  })

  test('is cancelled between two files', async () => {
    await fixture.write(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}.css`, text(`${i}`)])))
    const controller = new AbortController()
    const slow: typeof compress = async (bytes, coding) => {
      controller.abort()
      return compress(bytes, coding)
    }
    await expect(
      fixture.plan({ rules: siblings }, { compressing: slow, signal: controller.signal }),
    ).rejects.toMatchObject({ error: { code: 'cancelled' } })
  })
})

function writeSync(name: string, content: string): void {
  writeFileSync(join(fixture.folder, name), content)
}
