import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { typescriptNode } from '../bench/typescript-node.ts'

interface Found {
  readonly told: Record<string, number>
  /** The most bytes that were in memory, above what there was before. */
  readonly most: number
}

const [fewer, more] = [5000, 50_000]
const script = fileURLToPath(new URL('./memory-of-many.ts', import.meta.url))

// Some MB are kept before anything is written down: 6 of manifest and names, 2 of what was compressed (4 of four times as
// many). Without a spool the names took 9 MB more.
test.each([
  ['the list of a shared destination in the bucket, read and written again', 'manifest', 9],
  ['names that are trouble, also those that differ in case only', 'names', 7.5],
  ['what came of compressing', 'compressed', 6],
  ['the keys that the list of links is asked about', 'links', 2],
])(
  'ten times as many take no more memory: %s',
  async (_, what, mostMB) => {
    const { stdout } = await promisify(execFile)(
      typescriptNode(),
      ['--expose-gc', '--no-warnings', script, what, String(fewer), String(more)],
      { timeout: 240_000 },
    )
    const [small, large] = JSON.parse(stdout) as [Found, Found]
    const expected = (files: number) =>
      ({
        manifest: { ours: files, notices: 0, bytes: expect.any(Number) },
        names: { case: files, address: files },
        compressed: { known: files * 2 },
        links: { revoked: 1 },
      })[what]
    expect([small.told, large.told]).toEqual([expected(fewer), expected(more)])
    if (what === 'manifest') expect(large.told['bytes']).toBeGreaterThan(more * 1.4 * 80)
    expect((large.most - small.most) / 1e6).toBeLessThan(mostMB)
  },
  250_000,
)
