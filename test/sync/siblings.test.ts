import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareKeys } from '../../src-main/s3/object-key.ts'
import type { LocalFile } from '../../src-main/sync/local-file.ts'
import { type LocalEntry, withSiblings } from '../../src-main/sync/siblings.ts'

const identity = { dev: 1n, ino: 1n, sizeBytes: 1, mtimeNs: 1n, ctimeNs: 1n }
const file = (name: string): LocalEntry => ({
  kind: 'file',
  file: { key: name, name, path: `/${name}`, identity },
})
const problem = (name: string): LocalEntry => ({
  kind: 'problem',
  problem: { key: name, name, reason: 'symlink' },
})

async function* from(entries: LocalEntry[], atOnce = 2): AsyncGenerator<readonly LocalEntry[]> {
  for (let at = 0; at < entries.length; at += atOnce) yield entries.slice(at, at + atOnce)
}

const copiesOf = (source: LocalFile): LocalFile[] =>
  /\.(gz|br)$/.test(source.key)
    ? []
    : (['br', 'gzip'] as const).map((coding) => ({
        ...source,
        key: `${source.key}.${coding === 'br' ? 'br' : 'gz'}`,
        sentAs: { coding, sibling: true },
      }))

const precompress = { siblingsOf: copiesOf, itself: (whole: LocalFile) => whole }

async function walk(entries: LocalEntry[]): Promise<string[]> {
  const seen: string[] = []
  for await (const batch of withSiblings(from(entries), precompress))
    for (const entry of batch)
      if (entry.kind === 'problem') seen.push(`! ${entry.problem.key}`)
      else seen.push(entry.file.sentAs === undefined ? entry.file.key : `+ ${entry.file.key}`)
  return seen
}

describe('compressed copies within a walk', () => {
  test('come at the place of their key', async () => {
    expect(await walk([file('a'), file('a-b'), file('a.b'), file('a/b'), file('b')])).toEqual([
      'a',
      'a-b',
      '+ a-b.br',
      '+ a-b.gz',
      'a.b',
      '+ a.b.br',
      '+ a.b.gz',
      '+ a.br',
      '+ a.gz',
      'a/b',
      '+ a/b.br',
      '+ a/b.gz',
      'b',
      '+ b.br',
      '+ b.gz',
    ])
  })

  test('give way to what really is in the folder, also to what cannot be sent', async () => {
    expect(await walk([file('a'), problem('a.br'), file('a.gz')])).toEqual(['a', '! a.br', 'a.gz'])
    expect(await walk([file('a'), problem('a.br/'), file('a.gz/x')])).toEqual([
      'a',
      '+ a.br',
      '! a.br/',
      '+ a.gz',
      'a.gz/x',
      '+ a.gz/x.br',
      '+ a.gz/x.gz',
    ])
  })

  test('whatever the names are, the walk stays in order, each key is there once, and no copy is missing', async () => {
    const name = fc.string({
      unit: fc.constantFrom('a', '.', '-', '/', 'br', '.gz', '.br', 'ü', '🪣'),
      maxLength: 6,
    })
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name.filter((one) => one !== '')), fc.nat(3), async (names, more) => {
        const sorted = names.toSorted(compareKeys)
        const keys: string[] = []
        for await (const batch of withSiblings(from(sorted.map(file), 1 + more), precompress))
          for (const entry of batch) keys.push(entry.kind === 'file' ? entry.file.key : '')
        expect(keys).toEqual([...new Set(keys)].sort(compareKeys))
        const wanted = sorted.flatMap((one) =>
          /\.(gz|br)$/.test(one) ? [one] : [one, `${one}.br`, `${one}.gz`],
        )
        expect(keys).toEqual([...new Set(wanted)].sort(compareKeys))
      }),
    )
  })
})
