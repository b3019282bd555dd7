import { describe, expect, test } from 'vitest'
import { failure } from '../../src-preload/contract/failure.ts'
import { march } from '../../src-main/sync/march.ts'

async function* keys(...names: (string | Error)[]): AsyncGenerator<{ key: string }> {
  for (const name of names) {
    if (name instanceof Error) throw name
    yield { key: name }
  }
}

async function steps(local: AsyncIterable<{ key: string }>, remote: AsyncIterable<{ key: string }>) {
  const seen: string[] = []
  for await (const step of march(local, remote))
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
  ])('F23: %s throws', async (_, local, remote, message) => {
    const outcome = steps(local, remote)
    await expect(outcome).rejects.toThrow(message)
    await expect(outcome).rejects.toMatchObject({ error: { code: 'integrity' } })
  })

  test('an error of one side ends the other, too', async () => {
    let closed = false
    async function* remote() {
      try {
        for (const key of ['a', 'b', 'c', 'd']) yield { key }
      } finally {
        closed = true
      }
    }
    await expect(steps(keys('a', failure('local-file', 'gone')), remote())).rejects.toThrow('gone')
    expect(closed).toBe(true)
  })
})
