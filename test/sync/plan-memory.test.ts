import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { typescriptNode } from '../bench/typescript-node.ts'

interface InMemory {
  readonly counts: { readonly upload: number; readonly skip: number }
  /** Bytes on the heap of JavaScript, and outside of it. */
  readonly heap: number
  readonly outside: number
}
interface Found {
  readonly files: number
  readonly cold: InMemory
  readonly again: InMemory
}

const [fewer, more] = [4000, 14_000]
let found: [Found, Found]

beforeAll(async () => {
  const script = fileURLToPath(new URL('./planned-site.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(
    typescriptNode(),
    ['--expose-gc', '--no-warnings', script, String(fewer), String(more)],
    { timeout: 120_000 },
  )
  found = JSON.parse(stdout) as [Found, Found]
}, 150_000)

/** What each file more takes, in bytes. */
function perFile(of: (found: Found) => InMemory) {
  const [small, large] = [of(found[0]), of(found[1])]
  return {
    heap: (large.heap - small.heap) / (more - fewer),
    outside: (large.outside - small.outside) / (more - fewer),
  }
}

// With objects for what is found and known of a file it was 700 to 2,300 bytes, on the heap.
test('a plan that sends everything keeps a few hundred bytes of each file, and none of them as objects', () => {
  expect(found.map(({ cold }) => cold.counts.upload)).toEqual([fewer, more])
  const { heap, outside } = perFile(({ cold }) => cold)
  expect(heap).toBeLessThan(200)
  expect(outside).toBeLessThan(400)
})

test('so does one that has nothing to do and knows all files, objects and whose they are', () => {
  expect(found.map(({ again }) => again.counts)).toMatchObject([
    { upload: 0, skip: fewer },
    { upload: 0, skip: more },
  ])
  const { heap, outside } = perFile(({ again }) => again)
  expect(heap).toBeLessThan(200)
  expect(outside).toBeLessThan(1000)
})
