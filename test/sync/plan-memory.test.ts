import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { typescriptNode } from '../bench/typescript-node.ts'

interface InMemory {
  readonly counts: { readonly upload: number; readonly skip: number }
  /** Bytes on the heap of JavaScript, and outside of it, as long as the plan is kept. */
  readonly heap: number
  readonly outside: number
  /** The most bytes of both while it was made. */
  readonly most: number
}
interface Found {
  readonly files: number
  readonly cold: InMemory
  readonly again: InMemory
}

/** Both more than the pairs of which are kept in memory. */
const [fewer, more] = [12_000, 32_000]
let found: [Found, Found]

beforeAll(async () => {
  const script = fileURLToPath(new URL('./planned-site.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(
    typescriptNode(),
    ['--expose-gc', '--no-warnings', script, String(fewer), String(more)],
    { timeout: 240_000 },
  )
  found = JSON.parse(stdout) as [Found, Found]
}, 250_000)

/** What so many files more take, in 1,000,000 bytes. */
function growth(of: (found: Found) => InMemory) {
  const [small, large] = [of(found[0]), of(found[1])]
  const [heap, outside] = [large.heap - small.heap, large.outside - small.outside]
  return { kept: (heap + outside) / 1e6, most: (large.most - small.most) / 1e6 }
}

// With objects for what is found and known of a file it was 14 to 46 MB that were kept, with bytes 3 to 17.
test('a plan that sends everything takes as much memory for nearly three times as many files', () => {
  expect(found.map(({ cold }) => cold.counts.upload)).toEqual([fewer, more])
  const { kept, most } = growth(({ cold }) => cold)
  // Some blocks of rows are in memory, which the smaller one does not fill.
  expect(kept).toBeLessThan(3)
  expect(most).toBeLessThan(3)
})

test('so does one that has nothing to do and knows all files, objects and whose they are', () => {
  expect(found.map(({ again }) => again.counts)).toMatchObject([
    { upload: 0, skip: fewer },
    { upload: 0, skip: more },
  ])
  const { kept, most } = growth(({ again }) => again)
  expect(kept).toBeLessThan(3)
  // The listing is up to 48 pages ahead, which is more than the smaller one has: some 10 MB.
  expect(most).toBeLessThan(18)
})
