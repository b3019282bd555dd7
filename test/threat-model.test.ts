import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { threatModel } from './threat-model.ts'

const lines = Array.from({ length: 58 }, (_, index) => `S${index + 1}`)
const faults = Array.from({ length: 50 }, (_, index) => `F${index + 1}`)

/** The lines that the titles in a file name, where titles do: at their beginning or in brackets. */
function namedIn(text: string): Set<string> {
  const named = new Set<string>()
  for (const [, title] of text.matchAll(
    /(?:^|[(,{])\s*(?:check:|rule:)?\s*['"`]([^'"`\n]*\b[SF]\d{1,2}\b[^'"`\n]*)/gm,
  )) {
    const beginning = /^(?:[SF]\d{1,2}[\s:,]+)+/.exec(title!)?.[0] ?? ''
    const brackets = /\((?:[SF]\d{1,2}[\s,]*)+\)/.exec(title!)?.[0] ?? ''
    for (const [line] of `${beginning} ${brackets}`.matchAll(/[SF]\d{1,2}/g)) named.add(line)
  }
  return named
}

async function namedByFile(): Promise<Map<string, Set<string>>> {
  const files = (await readdir(import.meta.dirname, { recursive: true })).filter((file) =>
    /\.(test|spec)\.ts$/.test(file),
  )
  return new Map(
    await Promise.all(
      files.map(
        async (file) =>
          [
            file.replaceAll('\\', '/'),
            namedIn(await readFile(join(import.meta.dirname, file), 'utf8')),
          ] as const,
      ),
    ),
  )
}

describe('S58 the threat model', () => {
  it('finds the lines that titles name, and no others', () => {
    const text = [
      "describe('S1 S11 windows', () => {",
      "  test('the limit of removals (S46)', () => {})",
      "  // S9 is not named by a comment, nor S3 by a text: it('speaks of S3', …)",
      "  it('S3 and its own words', () => {})",
      "  ])('F99 %s: the part', () => {})",
      "{ rule: 'S7 no HTML', folder: '.' },",
    ].join('\n')
    expect([...namedIn(text)]).toEqual(['S1', 'S11', 'S46', 'S3', 'F99', 'S7'])
  })

  it('has every line of the checklist at one boundary', () => {
    expect(threatModel.flatMap(({ heldBy }) => Object.keys(heldBy)).toSorted()).toEqual(lines.toSorted())
  })

  it('names a test for each, whose title names the line', async () => {
    const named = await namedByFile()
    const missing = threatModel.flatMap(({ heldBy }) =>
      Object.entries(heldBy).filter(([line, file]) => !named.get(file)?.has(line)),
    )
    expect(missing).toEqual([])
  })

  it('goes with a test for every fault of the matrix', async () => {
    const named = new Set([...(await namedByFile()).values()].flatMap((each) => [...each]))
    expect(faults.filter((fault) => !named.has(fault))).toEqual([])
  })
})
