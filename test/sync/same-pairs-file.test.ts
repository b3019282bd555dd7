import fc from 'fast-check'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compareKeys } from '../../src-main/s3/object-key.ts'
import {
  appendFile,
  createSamePairs,
  isSameFile,
  placeOf,
  type SamePairs,
  setSame,
} from '../../src-main/sync/same-pairs.ts'
import { readSamePairs, writeSamePairs } from '../../src-main/sync/same-pairs-file.ts'

let directory = ''
const pathOf = () => join(directory, 'pairs-one.pairs')

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pail-pairs-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

/** Numbers as the system has them: also before 1970, and inodes of 64 bits. */
const identities = fc.record({
  sizeBytes: fc.maxSafeNat(),
  dev: fc.constant(7n),
  ino: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  mtimeNs: fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
  ctimeNs: fc.bigInt({ min: 0n, max: 2n ** 62n }),
})
const keys = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1 }).map(withoutLines), {
  minLength: 1,
  maxLength: 40,
})

function withoutLines(text: string): string {
  return `k${text.replaceAll('\n', '-')}`
}

function pairsOf(names: readonly string[], given: readonly Given[]): SamePairs {
  // Less room than there are, so that more is made.
  const pairs = createSamePairs(1)
  for (const [at, key] of names.toSorted(compareKeys).entries()) {
    const each = given[at % given.length] as Given
    appendFile(pairs, key, each.identity)
    if (each.eTag !== '') setSame(pairs, at, each.identity, each)
  }
  return pairs
}

interface Given {
  readonly identity: { sizeBytes: number; dev: bigint; ino: bigint; mtimeNs: bigint; ctimeNs: bigint }
  readonly eTag: string
  readonly fromMs: number
  readonly toMs: number
}
const givens = fc.array(
  fc.record({
    identity: identities,
    eTag: fc.constantFrom('', '"d41d8cd98f00b204e9800998ecf8427e"', '"ä"'),
    fromMs: fc.integer(),
    toMs: fc.integer(),
  }),
  { minLength: 1, maxLength: 5 },
)

describe('pairs in a file', () => {
  test('are read as they were written, whatever the names', async () => {
    await fc.assert(
      fc.asyncProperty(keys, givens, async (names, given) => {
        const pairs = pairsOf(names, given)
        pairs.folders.push({ name: 'é/', names: 'b/a' })
        pairs.problems.push({ key: 'p/.env', name: '.env', reason: 'excluded' })
        expect(await writeSamePairs(pathOf(), 'here', pairs)).toBe(true)
        const read = readSamePairs(pathOf(), 'here')
        expect(read?.keys).toEqual(pairs.keys)
        expect(read?.eTags).toEqual(pairs.eTags)
        expect(read?.folders).toEqual(pairs.folders)
        expect(read?.problems).toEqual(pairs.problems)
        expect(read?.isLowerCase).toBe(pairs.keys.every((key) => key === key.toLowerCase()))
        for (const [at, key] of pairs.keys.entries()) {
          const { identity, eTag, fromMs, toMs } = given[at % given.length] as Given
          const { sizeBytes, ino, mtimeNs, ctimeNs } = identity
          const now = { size: BigInt(sizeBytes), ino, mtimeNs, ctimeNs }
          if (read === null) throw new Error('Nothing was read.')
          expect(isSameFile(read, at, now)).toBe(true)
          for (const name of ['size', 'ino', 'mtimeNs', 'ctimeNs'] as const)
            expect(isSameFile(read, at, { ...now, [name]: now[name] + 1n })).toBe(false)
          if (eTag !== '') expect([read.times[2 * at], read.times[2 * at + 1]]).toEqual([fromMs, toMs])
          expect(placeOf(read, key)).toBe(at)
          expect(placeOf(read, `${key}!`)).toBe(pairs.keys.indexOf(`${key}!`))
        }
      }),
      { numRuns: 60 },
    )
  })

  test('F42 of another context, torn, or changed by a single bit they are none', async () => {
    const identity = { sizeBytes: 5, dev: 1n, ino: 2n, mtimeNs: 3n, ctimeNs: 4n }
    const pairs = pairsOf(['site/a.css', 'site/b.js'], [{ identity, eTag: '"x"', fromMs: 1, toMs: 2 }])
    expect(await writeSamePairs(pathOf(), 'here', pairs)).toBe(true)
    expect(readSamePairs(pathOf(), 'there')).toBeNull()
    const whole = await readFile(pathOf())
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole)
      changed[at] = (whole[at] ?? 0) ^ 1
      await writeFile(pathOf(), changed)
      expect(readSamePairs(pathOf(), 'here')).toBeNull()
    }
    for (const length of [0, 1, 30, whole.length - 45, whole.length - 1]) {
      await writeFile(pathOf(), whole.subarray(0, length))
      expect(readSamePairs(pathOf(), 'here')).toBeNull()
    }
    await writeFile(pathOf(), Buffer.concat([whole, Buffer.from('\n')]))
    expect(readSamePairs(pathOf(), 'here')).toBeNull()
    await writeFile(pathOf(), whole)
    expect(readSamePairs(pathOf(), 'here')?.keys).toEqual(['site/a.css', 'site/b.js'])
    await rm(pathOf())
    expect(readSamePairs(pathOf(), 'here')).toBeNull()
  })

  test('are not written where a name has a line feed in it, or there are none', async () => {
    const identity = { sizeBytes: 5, dev: 1n, ino: 2n, mtimeNs: 3n, ctimeNs: 4n }
    const given = [{ identity, eTag: '', fromMs: 1, toMs: 2 }]
    expect(await writeSamePairs(pathOf(), 'here', pairsOf(['a\nb', 'c'], given))).toBe(false)
    expect(await writeSamePairs(pathOf(), 'here', createSamePairs())).toBe(false)
    expect(await readdir(directory)).toEqual([])
  })
})
