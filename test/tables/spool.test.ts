import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createPackedPairs } from '../../src-main/tables/packed-pairs.ts'
import { spoolsIn } from '../../src-main/tables/spool.ts'

let directory: string

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'pail-spool-')), 'sync-state')
})
afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }))

const keyOf = (index: number) => `section-${index % 7}/ä日-${index}`
const valueOf = (index: number) => `${index}`.padEnd(100 + (index % 50), 'value ')
/** Some 4 MB. */
const pairs = 20_000

describe('pairs with a spool', () => {
  test('are what they were, in order and at any place, however many there are', () => {
    const packed = createPackedPairs(spoolsIn(directory))
    const places: number[] = []
    for (let index = 0; index < pairs; index++) places.push(packed.append(keyOf(index), valueOf(index)))
    // Larger than a block, between the others.
    places.push(packed.append('large', 'x'.repeat(700_000)), packed.append('last', ''))
    let index = 0
    for (const [key, value] of packed) {
      if (index < pairs && (key !== keyOf(index) || value !== valueOf(index)))
        throw new Error(`${index} differs`)
      index++
    }
    expect(index).toBe(pairs + 2)
    for (let step = 0; step < 500; step++) {
      const at = (step * 7919) % pairs
      expect([packed.key(places[at] ?? 0), packed.value(places[at] ?? 0)]).toEqual([keyOf(at), valueOf(at)])
    }
    expect(packed.value(places[pairs] ?? 0)).toHaveLength(700_000)
    expect(packed.key(places[pairs + 1] ?? 0)).toBe('last')
    packed.close()
  })

  test('hold a few MB outside of the heap, not all of them', () => {
    const fill = (packed: ReturnType<typeof createPackedPairs>) => {
      const before = process.memoryUsage().arrayBuffers
      for (let index = 0; index < 4 * pairs; index++) packed.append(keyOf(index), valueOf(index))
      return process.memoryUsage().arrayBuffers - before
    }
    expect(fill(createPackedPairs(spoolsIn(directory)))).toBeLessThan(4e6)
    expect(fill(createPackedPairs())).toBeGreaterThan(10e6)
  })

  test('leave no file behind, and remove what a crash has left', async () => {
    const fill = () => {
      const packed = createPackedPairs(spoolsIn(directory))
      for (let index = 0; index < pairs; index++) packed.append(keyOf(index), valueOf(index))
      return packed
    }
    const one = fill()
    await writeFile(join(directory, 'spool-0123456789abcdef.tmp'), 'left')
    await writeFile(join(directory, 'x.state'), 'not a spool')
    const two = fill()
    if (process.platform !== 'win32') expect(await readdir(directory)).toEqual(['x.state'])
    one.close()
    expect(two.key(0)).toBe(keyOf(0))
    two.close()
    expect(await readdir(directory)).toEqual(['x.state'])
  })

  test('stay in memory where the disk takes nothing', async () => {
    await writeFile(directory, 'not a folder')
    const packed = createPackedPairs(spoolsIn(directory))
    const places: number[] = []
    for (let index = 0; index < pairs; index++) places.push(packed.append(keyOf(index), valueOf(index)))
    expect(places.every((at, number) => packed.key(at) === keyOf(number))).toBe(true)
  })

  test('are refused where their places could not be told apart any more', () => {
    const packed = createPackedPairs(null, 1024 * 1024)
    const places: number[] = []
    const fill = () => {
      for (;;) places.push(packed.append(keyOf(places.length), valueOf(places.length)))
    }
    expect(fill).toThrow(/too many files/)
    expect(Math.max(...places)).toBeLessThan(1024 * 1024)
    expect(places.every((at, number) => packed.key(at) === keyOf(number))).toBe(true)
  })
})
