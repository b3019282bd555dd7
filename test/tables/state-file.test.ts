import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  appendToStateFile,
  readStateFile,
  replaceStateFile,
  type StateEntry,
} from '../../src-main/tables/state-file.ts'

let directory: string
let path: string
const about = ['aws', 'bucket', 'site/']

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pail-state-'))
  path = join(directory, 'made', 'x.state')
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const read = () => readStateFile(path, about)
const entriesOf = async () => {
  const found = await read()
  return found.kind === 'good' ? Object.fromEntries(found.entries) : found.kind
}

/** Three groups, with a key that has everything in it that could confuse a reader of lines. */
async function threeGroups(): Promise<Record<string, string>[]> {
  const strange = 'a\n#"\u0000\ud800,ü'
  const groups: StateEntry[][] = [
    [
      ['a', '1'],
      [strange, '2'],
    ],
    [
      ['b', '3'],
      ['a', null],
    ],
    [
      ['c', '4'],
      ['b', '5'],
    ],
  ]
  await replaceStateFile(path, about, groups[0] ?? [])
  for (const group of groups.slice(1)) expect(await appendToStateFile(path, about, group)).toBe(true)
  return [
    { a: '1', [strange]: '2' },
    { [strange]: '2', b: '3' },
    { [strange]: '2', b: '5', c: '4' },
  ]
}

describe('a state file', () => {
  test('has what was put into it, the last word about a key last', async () => {
    expect(await read()).toEqual({ kind: 'absent' })
    expect(await appendToStateFile(path, about, [['a', '1']])).toBe(false)
    expect(await read()).toEqual({ kind: 'absent' })
    const states = await threeGroups()
    expect(await entriesOf()).toEqual(states[2])
    expect(await read()).toMatchObject({ lines: 6, torn: false })
    await replaceStateFile(path, about, [])
    expect(await entriesOf()).toEqual({})
    expect(await readdir(join(directory, 'made'))).toEqual(['x.state'])
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o077).toBe(0)
  })

  test('of another place is not believed, nor one of a newer Pail', async () => {
    await threeGroups()
    expect(await readStateFile(path, ['aws', 'bucket', 'other/'])).toEqual({ kind: 'corrupt' })
    await writeFile(path, '{"pailSyncState":2,"about":["aws"]}\nwhatever')
    expect(await read()).toEqual({ kind: 'newer' })
    await writeFile(path, '{"pailSyncState":0}\n')
    expect(await read()).toEqual({ kind: 'corrupt' })
  })

  test('F30 F31 cut at any byte it is what it was after some group, or told to be damaged', async () => {
    const states = await threeGroups()
    const whole = await readFile(path)
    const seen = new Set<number>()
    for (let length = 0; length < whole.byteLength; length++) {
      await writeFile(path, whole.subarray(0, length))
      const found = await read()
      if (found.kind !== 'good') {
        expect(found.kind).toBe('corrupt')
        continue
      }
      const state = states.findIndex(
        (one) => JSON.stringify(one) === JSON.stringify(Object.fromEntries(found.entries)),
      )
      expect(state).toBeGreaterThanOrEqual(0)
      // Between two groups nothing shows that there was more.
      seen.add(state)
    }
    expect([...seen].toSorted((a, b) => a - b)).toEqual([0, 1])
  })

  test('F42 with any bit flipped it has nothing in it that was not put there', async () => {
    const states = await threeGroups()
    const whole = await readFile(path)
    const kinds = new Set<string>()
    for (let at = 0; at < whole.byteLength; at++) {
      const flipped = Buffer.from(whole)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8))
      await writeFile(path, flipped)
      const found = await read()
      kinds.add(found.kind)
      if (found.kind !== 'good') continue
      const text = JSON.stringify(Object.fromEntries(found.entries))
      expect(states.map((one) => JSON.stringify(one))).toContain(text)
      expect(found.torn).toBe(true)
    }
    expect(kinds).toContain('corrupt')
  })
})
