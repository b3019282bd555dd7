import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultPartSizeBytes } from '../../src-main/s3/e-tag.ts'
import { runProgram } from '../cli/pail-process.ts'
import { startNullServer } from './start-null-server.ts'
import { typescriptNode } from './typescript-node.ts'

const sizeBytes = 1024 ** 3
const script = fileURLToPath(new URL('./upload-memory.ts', import.meta.url))
let scratch: string
let file: string

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'pail-memory-'))
  file = join(scratch, 'film.bin')
  // Without blocks on the disk: what is read of it takes as much memory.
  const handle = await open(file, 'w')
  await handle.truncate(sizeBytes)
  await handle.close()
})

afterAll(() => rm(scratch, { recursive: true, force: true }))

/** With a service that keeps checksums, and with one for which the MD5 of each part is reckoned by another thread. */
test.each([
  ['the command line', 'cli', true],
  ['the command line, without checksums', 'cli', false],
  ['a window, without checksums', 'window', false],
])(
  '1 GiB takes no more memory than a part more than go at once, and 32 MB: %s',
  async (_, host, keepsChecksums) => {
    const server = await startNullServer(0, { keepsChecksums })
    try {
      const folder = await mkdtemp(join(scratch, 'journal-'))
      const ended = await runProgram(typescriptNode(), [script, server.endpoint, 'b', file, folder, host])
      expect(ended).toMatchObject({ code: 0 })
      const { done, grownBytes, lanes } = JSON.parse(ended.out)
      expect(done).toBe(1)
      const { counts, mostInFlight, receivedBytes } = await server.stats()
      expect(counts['UploadPart']).toBe(sizeBytes / defaultPartSizeBytes)
      expect(receivedBytes).toBeGreaterThan(sizeBytes)
      expect(mostInFlight).toBeLessThanOrEqual(lanes)
      expect(grownBytes).toBeLessThan((lanes + 1) * defaultPartSizeBytes + 32e6)
    } finally {
      server.stop()
    }
  },
  240_000,
)
