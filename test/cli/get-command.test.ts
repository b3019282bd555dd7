import {
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ok } from '../../src-preload/contract/result.ts'
import type { Transfer } from '../../src-preload/contract/transfer.ts'
import { type ApiDouble, createApiDouble } from './api-double.ts'
import { runForTest } from './run-for-test.ts'
import { batchThatEnds, transfer } from './transfer-double.ts'

let directory: string
beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'pail-get-test-')))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** A backend that downloads `bytes` as `name`, or under the name that is asked for, into the folder that was chosen. */
function downloads(
  name: string,
  bytes: string,
  more: Partial<Transfer> = {},
  before: () => Promise<void> = async () => undefined,
): ApiDouble {
  let folder = ''
  let batch = batchThatEnds(() => double, [])
  const double: ApiDouble = createApiDouble({
    chooseFolder: ({ typedPath }) => {
      folder = typedPath ?? ''
      return ok({ folderId: 'folder', name: 'folder' })
    },
    startDownload: async ({ as }) => {
      await before()
      const file = as?.fileName ?? name
      const written = more.state
        ? null
        : await replaceFile(join(folder, file), bytes, as?.onTaken === 'replace').catch(
            () => 'taken' as const,
          )
      const taken = {
        state: 'failed',
        error: { code: 'already-exists', message: 'It is there.', retryable: false },
      } as const
      const size = Buffer.byteLength(bytes)
      const facts = {
        direction: 'download',
        name: file,
        sizeBytes: size,
        ...(written === 'taken' ? taken : more),
      } as const
      batch = batchThatEnds(() => double, [transfer(file, facts)])
      return batch.start()
    },
    listTransfers: () => batch.list(),
    clearTransfers: () => batch.clear(),
  })
  return double
}

async function replaceFile(path: string, bytes: string, mayReplace: boolean): Promise<void> {
  await writeFile(`${path}.new`, bytes)
  try {
    await (mayReplace ? rename(`${path}.new`, path) : link(`${path}.new`, path))
  } finally {
    await rm(`${path}.new`, { force: true })
  }
}

const get = (...rest: string[]) => ['get', 's3://bucket/dir/a.txt', ...rest]

describe('pail get', () => {
  test('puts the object into the working directory under its own name', async () => {
    const double = downloads('a.txt', 'bytes')
    const ran = await runForTest(get(), double, { workingDirectory: directory })
    expect(ran).toMatchObject({ code: 0, out: '' })
    expect(await readFile(join(directory, 'a.txt'), 'utf8')).toBe('bytes')
    expect(await readdir(directory)).toEqual(['a.txt'])
    expect(double.inputs('startDownload')[0]).toMatchObject({
      bucket: 'bucket',
      keys: ['dir/a.txt'],
      prefixes: [],
      as: { fileName: null, onTaken: 'fail', isKept: true },
    })
    // What could be tried again is left to `pail resume`.
    expect(double.inputs('clearTransfers')).toEqual([{ keepsRetryable: true }])
  })

  test('or into a folder, or under another name', async () => {
    await mkdir(join(directory, 'sub'))
    const argv = [get('sub'), get('sub/b.txt'), get(join(directory, 'c.txt'))]
    for (const one of argv)
      expect((await runForTest(one, downloads('a.txt', 'bytes'), { workingDirectory: directory })).code).toBe(
        0,
      )
    expect((await readdir(join(directory, 'sub'))).sort()).toEqual(['a.txt', 'b.txt'])
    expect((await readdir(directory)).sort()).toEqual(['c.txt', 'sub'])
  })

  test('--json says where it is, and F15 whether its bytes were proved', async () => {
    for (const [name, more, verified] of [
      ['b.txt', { verified: true }, true],
      ['c.txt', { verified: false }, false],
      ['d.txt', {}, false],
    ] as const) {
      const ran = await runForTest(get(name, '--json'), downloads('a.txt', 'bytes', more), {
        workingDirectory: directory,
      })
      const file = join(directory, name)
      expect(JSON.parse(ran.out)).toEqual({ key: 'dir/a.txt', file, bytes: 5, verified })
    }
  })

  test('a file that is there stays, and nothing is fetched', async () => {
    await writeFile(join(directory, 'b.txt'), 'mine')
    const double = downloads('a.txt', 'bytes')
    const ran = await runForTest(get('b.txt'), double, { workingDirectory: directory })
    expect(ran.code).toBe(1)
    expect(ran.err).toContain('(already-exists)')
    expect(double.calls).toEqual([])
    expect(await readFile(join(directory, 'b.txt'), 'utf8')).toBe('mine')
  })

  test('a file that appears meanwhile stays too', async () => {
    const meanwhile = () => writeFile(join(directory, 'a.txt'), 'mine')
    for (const argv of [get(), get('a.txt')]) {
      await rm(join(directory, 'a.txt'), { force: true })
      const double = downloads('a.txt', 'bytes', {}, meanwhile)
      expect((await runForTest(argv, double, { workingDirectory: directory })).code).toBe(1)
      expect(await readFile(join(directory, 'a.txt'), 'utf8')).toBe('mine')
      expect(await readdir(directory)).toEqual(['a.txt'])
    }
  })

  test('--force replaces it, and a link but not what the link points to', async () => {
    await writeFile(join(directory, 'b.txt'), 'mine')
    await symlink(join(directory, 'b.txt'), join(directory, 'link'))
    const linked = await runForTest(get('link', '--force'), downloads('a.txt', 'bytes'), {
      workingDirectory: directory,
    })
    expect(linked.code).toBe(0)
    expect(await readFile(join(directory, 'b.txt'), 'utf8')).toBe('mine')
    expect(await readFile(join(directory, 'link'), 'utf8')).toBe('bytes')
    expect(
      (await runForTest(get('b.txt', '--force'), downloads('a.txt', 'new'), { workingDirectory: directory }))
        .code,
    ).toBe(0)
    expect(await readFile(join(directory, 'b.txt'), 'utf8')).toBe('new')
  })

  test('a folder is not replaced', async () => {
    await mkdir(join(directory, 'a.txt'))
    const ran = await runForTest(get('--force'), downloads('a.txt', 'bytes'), { workingDirectory: directory })
    expect(ran.code).toBe(1)
    expect(ran.err).toContain('(already-exists)')
  })

  test('a download that fails leaves nothing behind', async () => {
    const error = { code: 'no-such-key' as const, message: 'It is not there.', retryable: false }
    const ran = await runForTest(get(), downloads('a.txt', '', { state: 'failed', error }), {
      workingDirectory: directory,
    })
    expect(ran.code).toBe(1)
    expect(ran.err).toBe('pail: dir/a.txt: It is not there. (no-such-key)\n')
    expect(await readdir(directory)).toEqual([])
  })

  test('a folder that is not there', async () => {
    const ran = await runForTest(get('none/b.txt'), downloads('a.txt', ''), { workingDirectory: directory })
    expect(ran.code).toBe(1)
    expect(ran.err).toContain('(local-missing)')
  })

  test('- is stdout, with the bytes alone', async () => {
    const ran = await runForTest(get('-'), downloads('a.txt', 'by\ntes'), { workingDirectory: directory })
    expect(ran).toMatchObject({ code: 0, out: 'by\ntes' })
    expect(await readdir(directory)).toEqual([])
    expect((await runForTest(get('-', '--json'), downloads('a.txt', ''), {})).code).toBe(1)
  })
})
