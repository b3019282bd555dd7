import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { failure } from '../../src-preload/contract/failure.ts'
import { compareKeys } from '../../src-main/s3/object-key.ts'
import { march } from '../../src-main/sync/march.ts'

type Batches = AsyncGenerator<readonly { key: string }[]>

async function* batches(...all: readonly (readonly string[])[]): Batches {
  for (const names of all) yield names.map((key) => ({ key }))
}

/** Cut into pieces of such lengths, some of them empty; what is left over is the last. */
function cut(names: readonly string[], lengths: readonly number[]): string[][] {
  const pieces: string[][] = []
  let at = 0
  for (const length of lengths) pieces.push(names.slice(at, (at += length)))
  return [...pieces, names.slice(at)]
}

/** Each key in a batch of its own. */
async function* keys(...names: (string | Error)[]): Batches {
  for (const name of names) {
    if (name instanceof Error) throw name
    yield [{ key: name }]
  }
}

async function steps(local: Batches, remote: Batches) {
  const seen: string[] = []
  for await (const some of march(local, remote))
    for (const step of some)
      seen.push(`${step.side} ${step.side === 'remote' ? step.remote.key : step.local.key}`)
  return seen
}

describe('the march', () => {
  test('has three outcomes', async () => {
    expect(await steps(keys('a', 'b', 'd', 'e'), keys('b', 'c', 'e', 'f'))).toEqual([
      'local a',
      'both b',
      'remote c',
      'local d',
      'both e',
      'remote f',
    ])
  })

  test('comes to the same however the keys are cut into batches', async () => {
    const names = fc.uniqueArray(
      fc.string({ minLength: 1, maxLength: 2, unit: fc.constantFrom('a', 'b', '/', 'é') }),
    )
    const cuts = fc.array(fc.nat({ max: 4 }))
    await fc.assert(
      fc.asyncProperty(names, names, cuts, cuts, async (local, remote, localCuts, remoteCuts) => {
        const ours = local.toSorted(compareKeys)
        const theirs = remote.toSorted(compareKeys)
        const both = [...new Set([...ours, ...theirs])].toSorted(compareKeys)
        const sideOf = (key: string) =>
          ours.includes(key) ? (theirs.includes(key) ? 'both' : 'local') : 'remote'
        expect(await steps(batches(...cut(ours, localCuts)), batches(...cut(theirs, remoteCuts)))).toEqual(
          both.map((key) => `${sideOf(key)} ${key}`),
        )
      }),
    )
  })

  test('either side may be empty', async () => {
    expect(await steps(keys(), keys('a'))).toEqual(['remote a'])
    expect(await steps(keys('a'), keys())).toEqual(['local a'])
    expect(await steps(keys(), keys())).toEqual([])
  })

  test('goes by the bytes of UTF-8, not by the units of UTF-16', async () => {
    // U+FF5E comes before U+1F600 in UTF-8 and after it in UTF-16.
    expect(await steps(keys('a-b', 'a/b', 'a0', '\uFF5E', '\u{1F600}'), keys('\uFF5E', '\u{1F600}'))).toEqual(
      ['local a-b', 'local a/b', 'local a0', 'both \uFF5E', 'both \u{1F600}'],
    )
  })

  test.each([
    ['local out of order', keys('b', 'a'), keys(), /folder.*out of order/],
    ['remote out of order', keys(), keys('\u{1F600}', '\uFF5E'), /bucket.*out of order/],
    ['local repeats', keys('a', 'a'), keys('a'), /folder.*twice/],
    ['remote repeats', keys('a'), keys('a', 'a'), /bucket.*twice/],
    ['a batch repeats', batches(['a', 'b', 'b']), keys(), /folder.*twice/],
    [
      'a batch begins before the last one’s end',
      keys(),
      batches(['a', 'c'], ['b', 'd']),
      /bucket.*out of order/,
    ],
  ])('F23: %s throws', async (_, local, remote, message) => {
    const outcome = steps(local, remote)
    await expect(outcome).rejects.toThrow(message)
    await expect(outcome).rejects.toMatchObject({ error: { code: 'integrity' } })
  })

  test('an error of one side ends the other, too', async () => {
    let closed = false
    async function* remote() {
      try {
        for (const key of ['a', 'b', 'c', 'd']) yield [{ key }]
      } finally {
        closed = true
      }
    }
    await expect(steps(keys('a', failure('local-file', 'gone')), remote())).rejects.toThrow('gone')
    expect(closed).toBe(true)
  })
})
