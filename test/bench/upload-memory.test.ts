import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultPartSizeBytes } from '../../src-main/s3/e-tag.ts'
import { runProgram } from '../cli/pail-process.ts'
import { startNullServer } from './start-null-server.ts'
import { typescriptNode } from './typescript-node.ts'

const gib = 1024 ** 3
const script = fileURLToPath(new URL('./upload-memory.ts', import.meta.url))
let scratch: string

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'pail-memory-'))
})

afterAll(() => rm(scratch, { recursive: true, force: true }))

/** A file without blocks on the disk: what is read of it takes as much memory. */
async function sparseFile(sizeBytes: number): Promise<string> {
  const path = join(scratch, `${sizeBytes}.bin`)
  const handle = await open(path, 'w')
  await handle.truncate(sizeBytes)
  await handle.close()
  return path
}

/** With a service that keeps checksums, and with one for which the MD5 of each part is reckoned by another thread. */
test.each([
  ['1 GiB, the command line', gib, 'cli', true],
  ['1 GiB, the command line, without checksums', gib, 'cli', false],
  ['1 GiB, a window, without checksums', gib, 'window', false],
  // What no single request takes.
  ['5 GiB and a byte, the command line', 5 * gib + 1, 'cli', true],
])(
  'a file goes up whole in no more memory than a part more than go at once, and 32 MB: %s',
  async (_, sizeBytes, host, keepsChecksums) => {
    const file = await sparseFile(sizeBytes)
    const server = await startNullServer(0, { keepsChecksums })
    try {
      const folder = await mkdtemp(join(scratch, 'journal-'))
      const ended = await runProgram(typescriptNode(), [script, server.endpoint, 'b', file, folder, host])
      expect(ended).toMatchObject({ code: 0 })
      const { done, grownBytes, lanes } = JSON.parse(ended.out)
      expect(done).toBe(1)
      const { counts, mostInFlight, receivedBytes } = await server.stats()
      expect(counts['UploadPart']).toBe(Math.ceil(sizeBytes / defaultPartSizeBytes))
      expect(counts['CompleteMultipartUpload']).toBe(1)
      expect(receivedBytes).toBeGreaterThan(sizeBytes)
      expect(mostInFlight).toBeLessThanOrEqual(lanes)
      expect(grownBytes).toBeLessThan((lanes + 1) * defaultPartSizeBytes + 32e6)
    } finally {
      server.stop()
    }
  },
  240_000,
)
