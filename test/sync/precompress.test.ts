import { randomBytes } from 'node:crypto'
import { readdir, rm, symlink } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { beforeEach, describe, expect, test } from 'vitest'
import type { HeaderRule } from '../../src-preload/contract/header-rule.ts'
import { diskReader, type LocalReader } from '../../src-main/sync/local-reader.ts'
import { settle, siblings, text, usePrecompressScene } from './precompress-scene.ts'
import { allRows, changes, hasCeph } from './sync-fixture.ts'

const scene = usePrecompressScene()
const { fetchSigned, plan } = scene

/** The bytes and headers that anybody gets, nothing decoded. */
function fetchRaw(
  key: string,
  acceptEncoding?: string,
): Promise<{ body: Buffer; encoding: string; type: string }> {
  const url = `${scene.fixture.playground.endpoint}/${scene.fixture.bucket}/${key}`
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
    await scene.start({ server, access: 'per-object' })
  })

  test('copies stand beside what gets smaller, decode to it, and the second plan is empty and costs nothing', async () => {
    await scene.fixture.write({
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
    const outcome = await scene.fixture.apply(first)
    expect(outcome).toMatchObject({ failed: [], uploaded: first.counts.upload, bytes: first.counts.bytes })
    const keys = await scene.fixture.keys()
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
    const browser = await fetch(
      `${scene.fixture.playground.endpoint}/${scene.fixture.bucket}/css/site.css.br`,
    )
    expect(await browser.text()).toBe(text('css'))
    expect(await scene.fixture.head('css/site.css.gz')).toMatchObject({
      cacheControl: 'max-age=60',
      contentEncoding: 'gzip',
    })

    const same = { visibility: 'public', cacheControl: 'max-age=60', removeRemoteOnly: true } as const
    scene.fixture.countRequests()
    expect(changes(await plan(same))).toEqual([])
    expect(scene.compressed).toEqual([])
    // The plan right after a sync knows what the sync has written.
    if (server === 'playground') expect(scene.fixture.countRequests()).toEqual({ ListObjectsV2: 1 })
    expect(changes(await plan(same))).toEqual([])
    expect({ compressed: scene.compressed, read: scene.read }).toEqual({ compressed: [], read: [] })
    if (server === 'playground') expect(scene.fixture.countRequests()).toEqual({ ListObjectsV2: 1 })
  }, 60_000)

  test('without the index the plan is empty, too, and compresses only what had not become smaller', async () => {
    await scene.fixture.write({ 'a.css': text('a'), 'noise.css': randomBytes(3000).toString('base64') })
    await scene.fixture.apply(await plan())
    for (const name of await readdir(scene.indexDirectory)) await rm(join(scene.indexDirectory, name))
    expect(changes(await plan({ removeRemoteOnly: true }))).toEqual([])
    expect(scene.compressed.length).toBeLessThanOrEqual(2)
  })

  test('one edited file is three uploads, a header of the rules three copies in place', async () => {
    await scene.fixture.write({ 'a.css': text('a'), 'b.css': text('b') })
    await scene.fixture.apply(await plan())
    await scene.fixture.write({ 'a.css': text('c') })
    const edited = await plan()
    expect(
      edited.rows.filter(({ action }) => action !== 'skip').map(({ action, key }) => `${action} ${key}`),
    ).toEqual(['upload a.css', 'upload a.css.br', 'upload a.css.gz'])
    await scene.fixture.apply(edited)
    expect(gunzipSync((await fetchSigned('a.css.gz')).body).toString()).toBe(text('c'))
    const cached = await plan({ rules: [{ glob: 'b.css', cacheControl: 'no-cache' }, ...siblings] })
    expect(changes(cached)).toEqual(
      ['b.css', 'b.css.br', 'b.css.gz'].map((key) => `update-headers header-differs ${key}`),
    )
    await scene.fixture.apply(cached)
    expect(await scene.fixture.head('b.css.br')).toMatchObject({
      cacheControl: 'no-cache',
      contentEncoding: 'br',
    })
    expect(gunzipSync((await fetchSigned('b.css.gz')).body).toString()).toBe(text('b'))
  })

  test('stored compressed: browsers decode it, and turning the rule off stores it plain again', async () => {
    await scene.fixture.write({ 'a.css': text('a'), 'b.js': text('b'), 'photo.png': text('p') })
    const rules: HeaderRule[] = [
      { glob: '*.js', precompress: 'br' },
      { glob: '*', precompress: 'gzip' },
    ]
    const planned = await plan({ rules, visibility: 'public' })
    expect(planned.warnings.join('\n')).toMatch(/^2 files will be stored compressed.*brotli over https only/m)
    await scene.fixture.apply(planned)
    expect(await scene.fixture.keys()).toEqual(['a.css', 'b.js', 'photo.png'])
    const raw = await fetchRaw('a.css')
    expect([gunzipSync(raw.body).toString(), raw.encoding]).toEqual([text('a'), 'gzip'])
    expect(
      await (await fetch(`${scene.fixture.playground.endpoint}/${scene.fixture.bucket}/b.js`)).text(),
    ).toBe(text('b'))
    expect(changes(await plan({ rules, visibility: 'public' }))).toEqual([])

    // The other coding of the same file is another content.
    expect(
      changes(await plan({ rules: [{ glob: '*', precompress: 'gzip' }], visibility: 'public' })),
    ).toEqual([expect.stringMatching(/^upload .* b\.js$/)])
    const off = await plan({ rules: [], visibility: 'public' })
    expect(off.counts).toMatchObject({ upload: 2, skip: 1 })
    await scene.fixture.apply(off)
    const plain = await fetchRaw('a.css')
    expect([plain.body.toString(), plain.encoding]).toEqual([text('a'), ''])
  })
})

describe('precompression', () => {
  beforeEach(async () => {
    await scene.start()
  })

  test('turned off, or without their file, copies are like any other key that only the bucket has', async () => {
    await scene.fixture.write({ 'a.css': text('a'), 'b.css': text('b') })
    await scene.fixture.apply(await plan())
    expect(await scene.fixture.keys()).toHaveLength(6)
    await rm(join(scene.fixture.folder, 'b.css'))
    const gone = ['b.css', 'b.css.br', 'b.css.gz'].map((key) => `delete remote-only ${key}`)
    expect(changes(await plan({ removeRemoteOnly: true }))).toEqual(gone)
    const off = await plan({ rules: [], removeRemoteOnly: true })
    expect(changes(off)).toEqual(['delete remote-only a.css.br', 'delete remote-only a.css.gz', ...gone])
    expect(await scene.fixture.apply(off)).toMatchObject({ deleted: 5, failed: [] })
    expect(await scene.fixture.keys()).toEqual(['a.css'])
  })

  test('a rule above takes files out', async () => {
    await scene.fixture.write({ 'a.css': text('a'), 'raw/b.css': text('b') })
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
    await scene.fixture.write({ 'a.css': text('a'), 'a.css.gz': 'mine', 'packed.js': text('p') })
    await symlink('a.css', join(scene.fixture.folder, 'a.css.br'))
    const rules: HeaderRule[] = [{ glob: 'packed.js', contentEncoding: 'gzip' }, ...siblings]
    const planned = await plan({ rules })
    expect(allRows(planned)).toEqual([
      'upload new a.css',
      'upload new a.css.gz',
      'upload new packed.js',
      'blocked symlink a.css.br',
    ])
    await scene.fixture.apply(planned)
    expect(await scene.fixture.body('a.css.gz')).toBe('mine')
    expect(await scene.fixture.head('a.css.gz')).toMatchObject({
      contentType: 'application/gzip',
      contentEncoding: null,
    })
  })

  test('copies of what is left out, and those whose names are, are neither made nor removed (S51)', async () => {
    await scene.fixture.write({ 'a.css': text('a'), 'secret.css': text('s') })
    await scene.fixture.apply(await plan())
    const left = await plan({ exclude: ['secret.css', '*.br'], removeRemoteOnly: true })
    expect(changes(left)).toEqual(['blocked excluded secret.css'])
    expect(left.rows.filter(({ action }) => action === 'delete')).toEqual([])
  })

  test('F33 the copies of a file that cannot be read stay, and the file is named once', async () => {
    await scene.fixture.write({ 'a.css': text('a'), 'b.css': text('b') })
    await scene.fixture.apply(await plan())
    const { failure } = await import('../../src-preload/contract/failure.ts')
    const unreadable: LocalReader = {
      canRead: async ({ name }) => name !== 'a.css',
      hash: (file, options) =>
        file.name === 'a.css' ? Promise.reject(failure('local-file', 'no')) : diskReader.hash(file, options),
    }
    await rm(join(scene.fixture.folder, 'b.css'))
    const planned = await scene.fixture.plan(
      { rules: siblings, removeRemoteOnly: true },
      { reader: unreadable },
    )
    expect(planned.counts.delete).toBe(0)
    expect(planned.warnings.join('\n')).toMatch(/nothing is removed/i)
  })

  test('a file that is too large is named and sent as it is', async () => {
    await scene.fixture.write({
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
})
