import fc from 'fast-check'
import type { BigIntStats } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { ListedObject } from '../../src-main/s3/list-objects.ts'
import { compareKeys } from '../../src-main/s3/object-key.ts'
import { march } from '../../src-main/sync/march.ts'
import { marchRecalled } from '../../src-main/sync/march-recalled.ts'
import { appendFile, createSamePairs, setSame } from '../../src-main/sync/same-pairs.ts'

const identity = { sizeBytes: 3, dev: 1n, ino: 2n, mtimeNs: 3n, ctimeNs: 4n }
const eTag = '"acbd18db4cc2f85cedef654fccc4a4d8"'
const dated = new Date('2026-11-25T10:00:00.000Z')
const isDirectory = (path: string) => !/\.[a-z]$/.test(path)
// What a file system tells of anything: here only of what kind it is.
const statsOf = (path: string) =>
  ({
    ...identity,
    size: 3n,
    isFile: () => !isDirectory(path),
    isDirectory: () => isDirectory(path),
  }) as unknown as BigIntStats

function objectOf(key: string, more: Partial<ListedObject> = {}): ListedObject {
  return { key, sizeBytes: 3, lastModified: dated, eTag, storageClass: null, ...more }
}

async function* pagesOf(objects: readonly ListedObject[], lengths: readonly number[]) {
  let at = 0
  for (const length of lengths) yield objects.slice(at, (at += length))
  yield objects.slice(at)
}

interface Told {
  readonly steps: string[]
  readonly compared: string[]
}

/** Marches with files of these names, all of which were the same as their objects. */
async function marched(
  names: readonly string[],
  objects: readonly ListedObject[],
  {
    changed = [],
    forgotten = [],
    lengths = [],
  }: { changed?: readonly string[]; forgotten?: readonly string[]; lengths?: readonly number[] } = {},
): Promise<Told> {
  const pairs = createSamePairs()
  for (const [at, key] of names.entries()) {
    appendFile(pairs, key, identity)
    setSame(pairs, at, identity, { eTag, fromMs: dated.getTime() + 200, toMs: dated.getTime() + 400 })
    if (forgotten.includes(key)) pairs.eTags[at] = ''
  }
  const told: Told = { steps: [], compared: [] }
  const { steps, compared } = told
  const folder = {
    pairs,
    root: '/site',
    prefix: '',
    fileSystem: { readdir: () => [], lstat: (path: string | Buffer) => statsOf(path.toString()) },
    signal: undefined,
  }
  const changes = new Map(changed.map((name) => [names.indexOf(name), statsOf(name)] as const))
  const marching = marchRecalled(folder, changes, pagesOf(objects, lengths), {
    same: ({ key }) => void steps.push(`both ${key}`),
    met: ({ key }) => void steps.push(`both ${key}`),
    remoteOnly: ({ key }) => void steps.push(`remote ${key}`),
    unreadable: (key) => void steps.push(`unreadable ${key}`),
    // Every other one takes longer.
    compareAtOnce({ file: { key }, object }) {
      if (object === null) steps.push(`local ${key}`)
      compared.push(key)
      return compared.length % 2 === 0
    },
  })
  const later: string[] = []
  for await (const some of marching) later.push(...some.map(({ file: { key } }) => key))
  expect(later).toEqual(compared.filter((_, at) => at % 2 === 0))
  return told
}

describe('the march with a folder that is known', () => {
  const names = fc.uniqueArray(
    fc
      .string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('a', 'b', '/', 'é', '\u{10000}') })
      .map((name) => `${name.replaceAll('/', 'x/')}.t`),
  )
  const cuts = fc.array(fc.nat({ max: 4 }))

  test('comes to what every march comes to, and compares what has changed', async () => {
    await fc.assert(
      fc.asyncProperty(names, names, cuts, fc.nat(), async (local, remote, lengths, seed) => {
        const ours = local.toSorted(compareKeys)
        const theirs = remote.toSorted(compareKeys)
        const changed = ours.filter((_, at) => (seed >> (at % 30)) % 2 === 1)
        const expected: string[] = []
        async function* all(keys: readonly string[]) {
          yield keys.map((key) => ({ key }))
        }
        for await (const some of march(all(ours), all(theirs)))
          for (const step of some)
            expected.push(`${step.side} ${step.side === 'remote' ? step.remote.key : step.local.key}`)
        const { steps, compared } = await marched(
          ours,
          theirs.map((key) => objectOf(key)),
          { changed, lengths },
        )
        expect(steps).toEqual(expected)
        expect(compared).toEqual(ours.filter((key) => changed.includes(key) || !theirs.includes(key)))
      }),
    )
  })

  test.each([
    ['another size', { sizeBytes: 4 }, true],
    ['another ETag', { eTag: '"37b51d194a7513e45b56f6524f2d51f2"' }, true],
    ['no ETag', { eTag: null }, true],
    ['no date', { lastModified: null }, true],
    ['the second that it was written in', {}, false],
    ['the moment that it was written in', { lastModified: new Date(dated.getTime() + 300) }, false],
    ['a moment before', { lastModified: new Date(dated.getTime() + 199) }, true],
    ['a moment after', { lastModified: new Date(dated.getTime() + 401) }, true],
    ['the second before', { lastModified: new Date(dated.getTime() - 1000) }, true],
    ['the second after', { lastModified: new Date(dated.getTime() + 1000) }, true],
  ])('an object with %s', async (_, more, isCompared) => {
    const { compared } = await marched(['a.t', 'b.t'], [objectOf('a.t'), objectOf('b.t', more)])
    expect(compared).toEqual(isCompared ? ['b.t'] : [])
  })

  test('an object with an empty ETag is not one of which nothing is known', async () => {
    const { compared } = await marched(['a.t'], [objectOf('a.t', { eTag: '' })], { forgotten: ['a.t'] })
    expect(compared).toEqual(['a.t'])
  })

  test.each([
    ['a key twice', ['a.t', 'b.t', 'b.t']],
    ['a key twice that no file has', ['a.t', 'c.t', 'c.t']],
    ['a file’s key out of order', ['b.t', 'a.t']],
    ['another key out of order', ['c.t', 'b.t']],
    ['another key out of order behind a file’s', ['a.t', 'b.t', 'a.x']],
  ])('F23 a listing with %s proves nothing', async (_, keys) => {
    for (const lengths of [[], [1], [2]])
      await expect(
        marched(
          ['a.t', 'b.t'],
          keys.map((key) => objectOf(key)),
          { lengths },
        ),
      ).rejects.toMatchObject({ error: { code: 'integrity' } })
  })
})
