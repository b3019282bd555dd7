import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DownloadCheckpoint } from '../../src-main/s3/download-checkpoint.ts'
import { receivedFrom } from '../../src-main/s3/download-checkpoint.ts'
import { discardReceived, getObjectToFile } from '../../src-main/s3/get-object.ts'
import { typescriptNode } from '../bench/typescript-node.ts'
import { fileCheckpoint, readSaved } from './file-checkpoint.ts'
import type { AskedRange, ServedObject } from './object-server.ts'
import { startObjectServer } from './object-server.ts'
import { testSession } from './scripted-server.ts'

const rangeSizeBytes = 64 * 1024
const bytes = randomBytes(20 * rangeSizeBytes + 1234)

let folder = ''
let state = ''
const closers: (() => Promise<void> | void)[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pail-resumed-'))
  await mkdir(join(folder, 'files'))
  state = join(folder, 'state.json')
})
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
  await rm(folder, { recursive: true, force: true })
})

async function start(object: ServedObject = { bytes }) {
  const server = await startObjectServer(object)
  const session = testSession(server.endpoint, { checksums: 'when-supported' })
  closers.push(
    () => server.close(),
    () => session.destroy(),
  )
  const get = (more: Partial<Parameters<typeof getObjectToFile>[1]> = {}) =>
    getObjectToFile(session, {
      bucket: 'bucket',
      key: 'key',
      targetPath: join(folder, 'files', 'target'),
      rangedThresholdBytes: rangeSizeBytes,
      rangeSizeBytes,
      checkpoint: fileCheckpoint(state),
      ...more,
    })
  return { server, session, get }
}

const files = () => readdir(join(folder, 'files'))
const holds = async (expected: Buffer) => expected.equals(await readFile(join(folder, 'files', 'target')))
const savedBytes = () => readSaved(state)?.spans.reduce((sum, [from, to]) => sum + to - from, 0) ?? 0
const isSaved = ({ from, to }: { from: number; to: number }) =>
  readSaved(state)?.spans.some((span) => span[0] < to && from < span[1]) ?? false

/** Lets the first `count` requests through, and gives each other one half a range and then nothing. */
function letThrough(count: number): (asked: AskedRange) => boolean {
  let left = count
  return ({ from, answer, response }) => {
    if (left-- > 0) return false
    answer()
    response.write(bytes.subarray(from, from + rangeSizeBytes / 2))
    return true
  }
}

/** Downloads until about so many ranges are remembered, and gives up as if the service had gone. */
async function begin({ server, get }: Awaited<ReturnType<typeof start>>, ranges = 6) {
  const stop = new AbortController()
  server.onGet = letThrough(ranges + 3)
  const got = get({ signal: stop.signal })
  got.catch(() => undefined)
  while (savedBytes() < ranges * rangeSizeBytes) await sleep(5)
  stop.abort()
  await expect(got).rejects.toMatchObject({ error: { code: 'cancelled' } })
  server.onGet = () => false
  server.asked.length = 0
}

describe('F28 a download that was broken off', () => {
  it('goes on with what is there, whatever is asked for again is what was missing', async () => {
    const scene = await start()
    await begin(scene)
    const [name, ...others] = await files()
    expect(name).toMatch(/^\.[\w-]+\.pail-part$/)
    expect(others).toEqual([])
    const had = readSaved(state)
    const moved: number[] = []
    expect(await scene.get({ onProgress: (count) => moved.push(count) })).toMatchObject({ verified: true })
    expect(await holds(bytes)).toBe(true)
    expect(await files()).toEqual(['target'])
    for (const { from } of scene.server.asked)
      expect(had?.spans.some((span) => from >= span[0] && from < span[1])).toBe(false)
    expect(moved[0]).toBeGreaterThan(6 * rangeSizeBytes)
    expect(moved.at(-1)).toBe(bytes.byteLength)
  })

  it('by kill -9, three times at some moment, is not begun anew and never half in its place', async () => {
    const { server, get } = await start()
    const child = fileURLToPath(new URL('download-child.ts', import.meta.url))
    for (let kills = 1; kills <= 3; kills++) {
      const before = savedBytes()
      server.onGet = letThrough(4 + Math.floor(Math.random() * 3))
      const running = spawn(
        typescriptNode(),
        [child, server.endpoint, join(folder, 'files', 'target'), state, String(rangeSizeBytes)],
        { stdio: 'ignore' },
      )
      const ended = once(running, 'exit')
      while (savedBytes() <= before && running.exitCode === null) await sleep(Math.random() * 20)
      expect(running.exitCode).toBe(null)
      running.kill('SIGKILL')
      await ended
      expect(await files()).not.toContain('target')
      expect(await files()).toHaveLength(1)
    }
    const had = savedBytes()
    expect(had).toBeGreaterThan(3 * rangeSizeBytes)
    server.onGet = (asked) => {
      expect(isSaved(asked)).toBe(false)
      return false
    }
    server.asked.length = 0
    expect(await get()).toMatchObject({ verified: true })
    expect(await holds(bytes)).toBe(true)
    expect(server.asked.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(bytes.byteLength - had)
    expect(await files()).toEqual(['target'])
  }, 60_000)

  it('of an object that was replaced since is begun anew', async () => {
    const scene = await start()
    await begin(scene)
    const other = randomBytes(bytes.byteLength)
    scene.server.object = { bytes: other }
    expect(await scene.get()).toMatchObject({ verified: true })
    expect(await holds(other)).toBe(true)
    expect(await files()).toEqual(['target'])
  })

  it('with a temporary file that is not what it was is begun anew, also where nothing can be verified', async () => {
    const spoil: Record<string, (path: string) => Promise<void>> = {
      gone: (path) => rm(path),
      'cut short': (path) => truncate(path, 3 * rangeSizeBytes),
      'a link': async (path) => {
        await writeFile(join(folder, 'outside'), bytes)
        await rm(path)
        await symlink(join(folder, 'outside'), path)
      },
      'not remembered': () => writeFile(state, '{}'),
    }
    for (const [how, act] of Object.entries(spoil)) {
      const scene = await start({ bytes, eTag: '"opaque"' })
      await begin(scene)
      const [name = ''] = await files()
      await act(join(folder, 'files', name))
      expect(await scene.get(), how).toMatchObject({ verified: false })
      expect(await holds(bytes), how).toBe(true)
      expect(await files(), how).toEqual(['target'])
      await rm(join(folder, 'files', 'target'))
      await rm(state)
    }
  })

  it('with other bytes in the temporary file is found out by the checksum, and fetched anew', async () => {
    const scene = await start()
    await begin(scene)
    const [name = ''] = await files()
    const path = join(folder, 'files', name)
    const spoilt = await readFile(path)
    spoilt[5] = (spoilt[5] ?? 0) ^ 1
    await writeFile(path, spoilt)
    expect(await scene.get()).toMatchObject({ verified: true })
    expect(await holds(bytes)).toBe(true)
  })

  it('that nobody wants any more is removed', async () => {
    const scene = await start()
    await begin(scene)
    expect(await files()).toHaveLength(1)
    const directory = join(folder, 'files')
    await discardReceived({ directory, within: directory, ids: ['other', fileCheckpoint(state).id] })
    expect(await files()).toEqual([])
  })

  it('leaves nothing where its checkpoint does not keep it', async () => {
    const scene = await start()
    const stop = new AbortController()
    const forgetful: DownloadCheckpoint = { ...fileCheckpoint(state), keeps: () => false }
    scene.server.onGet = letThrough(6)
    const got = scene.get({ signal: stop.signal, checkpoint: forgetful })
    got.catch(() => undefined)
    while (savedBytes() < 2 * rangeSizeBytes) await sleep(5)
    stop.abort()
    await expect(got).rejects.toMatchObject({ error: { code: 'cancelled' } })
    expect(await files()).toEqual([])
  })
})

it('what was saved is read with care', () => {
  const good = {
    eTag: '"e"',
    sizeBytes: 100,
    spans: [
      [0, 10],
      [20, 100],
    ],
  }
  expect(receivedFrom(good)).toEqual(good)
  expect(receivedFrom({ ...good, spans: [] })).toEqual({ ...good, spans: [] })
  for (const bad of [
    null,
    'text',
    {},
    { ...good, eTag: 1 },
    { ...good, sizeBytes: -1 },
    { ...good, sizeBytes: 99 },
    {
      ...good,
      spans: [
        [0, 10],
        [5, 20],
      ],
    },
    { ...good, spans: [[10, 10]] },
    { ...good, spans: [[0.5, 10]] },
    { ...good, spans: [[0, 1, 2]] },
    { ...good, spans: ['01'] },
  ]) {
    expect(receivedFrom(bad)).toBe(null)
  }
})

describe('F32 a disk without room', () => {
  const small = 1024 * 1024
  const disk = () => join(folder, 'disk')
  const canMount =
    process.platform === 'linux' &&
    spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0 &&
    process.getuid?.() === 0

  async function mounted() {
    await mkdir(disk())
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${small}`, 'none', disk()]).status).toBe(0)
    closers.push(() => void spawnSync('umount', [disk()]))
  }

  it.skipIf(!canMount)('is told before anything is fetched, with the bytes that are missing', async () => {
    const { server, get } = await start()
    await mounted()
    const targetPath = join(disk(), 'target')
    for (const expectedSizeBytes of [0, bytes.byteLength]) {
      await expect(get({ targetPath, expectedSizeBytes })).rejects.toMatchObject({
        error: {
          code: 'disk-full',
          message: expect.stringContaining('1.3 MiB more are needed, and 1.0 MiB'),
        },
      })
    }
    expect(server.asked.filter(({ from }) => from > 0)).toEqual([])
    expect(readSaved(state)).toBe(null)
  })

  it.skipIf(!canMount)(
    'that becomes full on the way: what is there is gone on with when there is room',
    async () => {
      const { server, get } = await start()
      await mounted()
      const targetPath = join(disk(), 'target')
      const bounded = { bytes: bytes.subarray(0, 15 * rangeSizeBytes) }
      server.object = bounded
      // Another file takes the room when the download has begun.
      server.onGet = ({ count }) => {
        if (count === 2) spawnSync('fallocate', ['-l', String(8 * rangeSizeBytes), join(disk(), 'other')])
        return false
      }
      await expect(get({ targetPath })).rejects.toMatchObject({
        error: {
          code: 'disk-full',
          retryable: false,
          message: expect.stringMatching(/\d\.\d MiB more are needed/),
        },
      })
      expect(await readdir(disk())).not.toContain('target')
      await rm(join(disk(), 'other'))
      server.onGet = () => false
      expect(await get({ targetPath })).toMatchObject({ verified: true })
      expect(bounded.bytes.equals(await readFile(targetPath))).toBe(true)
      expect(await readdir(disk())).toEqual(['target'])
    },
  )
})
