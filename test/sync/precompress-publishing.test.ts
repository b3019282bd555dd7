import { writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { beforeEach, describe, expect, test } from 'vitest'
import { compress } from '../../src-main/sync/compression.ts'
import { settle, siblings, text, usePrecompressScene } from './precompress-scene.ts'
import { changes } from './sync-fixture.ts'

const scene = usePrecompressScene()
const { fetchSigned, plan } = scene

describe('precompression of files that are published and change', () => {
  beforeEach(() => scene.start())

  test('a first publishing compresses each file once, and what was changed after the plan anew', async () => {
    await scene.fixture.write({ 'a.css': text('a'), 'b.css': text('b') })
    const planned = await plan()
    expect(scene.compressed.toSorted()).toEqual(['br', 'br', 'gzip', 'gzip'])
    await scene.fixture.write({ 'b.css': text('B') })
    await scene.fixture.apply(planned, { quietMs: 0 })
    expect(scene.compressed).toHaveLength(6)
    for (const [name, letter] of [
      ['a.css', 'a'],
      ['b.css', 'B'],
    ] as const)
      expect(gunzipSync((await fetchSigned(`${name}.gz`)).body).toString()).toBe(text(letter))
  })

  test('what other versions of zlib made of the same file counts as the same', async () => {
    await scene.fixture.write({ 'a.css': text('a') })
    await settle()
    const { gzipSync } = await import('node:zlib')
    const otherwise: typeof compress = async (bytes, coding) =>
      coding === 'gzip' ? gzipSync(bytes, { level: 1 }) : compress(bytes, coding)
    await scene.fixture.apply(await scene.fixture.plan({ rules: siblings }, { compressing: otherwise }))
    expect(changes(await plan())).toEqual([])
    // Also when it is known from the memory that the object says so.
    await sleep(4500)
    await plan()
    scene.fixture.countRequests()
    expect(changes(await plan())).toEqual([])
    expect(scene.fixture.countRequests()).toEqual({ ListObjectsV2: 1 })
    await scene.fixture.write({ 'a.css': text('b') })
    expect(changes(await plan())).toHaveLength(3)
  })

  test('somebody else’s object under the name of a copy is compared by its bytes', async () => {
    await scene.fixture.write({ 'a.css': text('a') })
    await scene.fixture.apply(await plan())
    await scene.fixture.put('a.css.br', await compress(Buffer.from(text('a')), 'br'), {
      ContentType: 'text/css; charset=utf-8',
      CacheControl: 'max-age=86400',
      ContentEncoding: 'br',
    })
    expect(changes(await plan())).toEqual([])
    await scene.fixture.put('a.css.br', await compress(Buffer.from(text('z')), 'br'))
    expect(changes(await plan())).toEqual([expect.stringMatching(/^upload .*-differs a\.css\.br$/)])
  })

  test('copies go with their file: before the pages, after nothing that refers to it', async () => {
    await scene.fixture.write({ 'index.html': text('h'), 'a.css': text('a') })
    const planned = await plan()
    scene.fixture.requests.length = 0
    await scene.fixture.apply(planned)
    const order = scene.fixture.requests
      .filter(({ method }) => method === 'PUT')
      .map(({ path }) => path.replace(`/${scene.fixture.bucket}/`, ''))
    expect(order.slice(0, 3).sort()).toEqual(['a.css', 'a.css.br', 'a.css.gz'])
    expect(order[0]).toBe('a.css')
    expect(order[3]).toBe('index.html')
  })

  test('F36 a file that changes while it is published leaves no copy of another content', async () => {
    await scene.fixture.write({ 'a.css': text('a'), 'b.css': text('b') })
    const planned = await plan()
    // b.css changes when a.css has been sent, and so before its own copies are.
    let done = false
    const outcome = await scene.fixture.apply(planned, {
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
    expect(await scene.fixture.keys()).toEqual(['a.css', 'a.css.br', 'a.css.gz', 'b.css'])
    await scene.fixture.apply(await plan())
    for (const name of ['a.css', 'b.css'])
      expect(gunzipSync((await fetchSigned(`${name}.gz`)).body).toString()).toBe(
        await scene.fixture.body(name),
      )
  })

  test('F36 a file that was sent later than planned has copies of what was sent, or they are named', async () => {
    await scene.fixture.write({ 'a.css': text('a') })
    const planned = await plan()
    await writeFile(join(scene.fixture.folder, 'a.css'), text('quiet now'))
    expect(await scene.fixture.apply(planned)).toMatchObject({ uploaded: 3, failed: [] })
    expect(await scene.fixture.body('a.css')).toBe(text('quiet now'))
    expect(gunzipSync((await fetchSigned('a.css.gz')).body).toString()).toBe(text('quiet now'))
    expect(brotliDecompressSync((await fetchSigned('a.css.br')).body).toString()).toBe(text('quiet now'))

    // Its copies are in order when the plan is made, and of something else when it has been sent.
    await scene.fixture.put('a.css', 'somebody else’s')
    const again = await plan()
    expect(changes(again)).toEqual(['upload size-differs a.css'])
    await writeFile(join(scene.fixture.folder, 'a.css'), text('changed again'))
    const outcome = await scene.fixture.apply(again)
    expect(outcome.failed.map(({ key, code }) => `${code} ${key}`)).toEqual([
      'local-changed a.css.br',
      'local-changed a.css.gz',
    ])
    expect(changes(await plan())).toHaveLength(2)
  })

  test('is cancelled between two files', async () => {
    await scene.fixture.write(
      Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}.css`, text(`${i}`)])),
    )
    const controller = new AbortController()
    const slow: typeof compress = async (bytes, coding) => {
      controller.abort()
      return compress(bytes, coding)
    }
    await expect(
      scene.fixture.plan({ rules: siblings }, { compressing: slow, signal: controller.signal }),
    ).rejects.toMatchObject({ error: { code: 'cancelled' } })
  })
})

function writeSync(name: string, content: string): void {
  writeFileSync(join(scene.fixture.folder, name), content)
}
