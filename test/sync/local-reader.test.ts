import { createHash, randomBytes } from 'node:crypto'
import { lstatSync } from 'node:fs'
import { mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { identityOf } from '../../src-main/s3/local-source.ts'
import { smallBodyBytes } from '../../src-main/s3/pace.ts'
import type { LocalFile } from '../../src-main/sync/local-file.ts'
import { diskReader, diskReaderAtOnce } from '../../src-main/sync/local-reader.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pail-reader-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function fileOf(bytes: Uint8Array): Promise<LocalFile> {
  const path = join(folder, 'file')
  await writeFile(path, bytes)
  return { key: 'file', name: 'file', path, identity: identityOf(lstatSync(path, { bigint: true })) }
}

const readers = { 'in turns': diskReader, 'at once': diskReaderAtOnce }

test.each([0, 1, 1000, smallBodyBytes, smallBodyBytes + 1, 3_000_000])(
  'the digests of %i bytes are the same in turns and at once',
  async (length) => {
    const bytes = randomBytes(length)
    const file = await fileOf(bytes)
    const md5 = createHash('md5').update(bytes).digest('hex')
    for (const reader of Object.values(readers)) {
      // Read twice: the room of the first may be used again.
      for (let time = 0; time < 2; time++)
        expect(await reader.hash(file, { parts: null })).toEqual({ md5, multipart: new Set() })
      expect(await reader.canRead(file)).toBe(true)
    }
    const [inTurns, atOnce] = await Promise.all(
      Object.values(readers).map((reader) => reader.hash(file, { parts: 1 })),
    )
    expect(atOnce).toEqual(inTurns)
    expect(atOnce?.multipart.size).toBeGreaterThan(0)
  },
)

test.each(Object.entries(readers))(
  'S52 read %s, a file that is another by now says so',
  async (_, reader) => {
    const file = await fileOf(Buffer.from('as it was'))
    const asked = () => reader.hash(file, { parts: null })
    await utimes(file.path, 1, 1)
    await expect(asked()).rejects.toMatchObject({ error: { code: 'local-changed' } })
    await rename(file.path, join(folder, 'other'))
    await expect(asked()).rejects.toMatchObject({ error: { code: 'local-missing' } })
    await symlink(join(folder, 'other'), file.path)
    await expect(asked()).rejects.toMatchObject({ error: { code: 'local-changed' } })
  },
)
