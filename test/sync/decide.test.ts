import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Facts } from '../../src-main/sync/decide.ts'
import { compareContent, decide } from '../../src-main/sync/decide.ts'

/** The table of the doc comment, word for word. */
const table = `
 | file  | none   | -       | -          | -       | -       | -        | -      | -       | upload         | new               |
 | file  | object | differs | -          | -       | -       | -        | -      | -       | upload         | size-differs      |
 | file  | object | same    | differs    | -       | -       | -        | -      | -       | upload         | content-differs   |
 | file  | object | same    | unverified | -       | -       | -        | -      | -       | upload         | unverified        |
 | file  | object | same    | same       | differ  | -       | -        | -      | -       | update-headers | header-differs    |
 | file  | object | same    | same       | same    | -       | -        | -      | -       | skip           | same              |
 | none  | marker | -       | -          | -       | -       | -        | -      | -       | foreign        | folder-marker     |
 | none  | object | -       | -          | -       | ours    | a reason | -      | -       | skip           | that reason       |
 | none  | object | -       | -          | -       | ours    | none     | no     | -       | skip           | remote-only       |
 | none  | object | -       | -          | -       | ours    | none     | yes    | -       | delete         | remote-only       |
 | none  | object | -       | -          | -       | changed | a reason | -      | -       | foreign        | that reason       |
 | none  | object | -       | -          | -       | changed | none     | no     | -       | foreign        | changed-by-others |
 | none  | object | -       | -          | -       | changed | none     | yes    | no      | foreign        | changed-by-others |
 | none  | object | -       | -          | -       | changed | none     | yes    | yes     | delete         | changed-by-others |
 | none  | object | -       | -          | -       | other   | a reason | -      | -       | foreign        | that reason       |
 | none  | object | -       | -          | -       | other   | none     | no     | -       | foreign        | not-ours          |
 | none  | object | -       | -          | -       | other   | none     | yes    | no      | foreign        | not-ours          |
 | none  | object | -       | -          | -       | other   | none     | yes    | yes     | delete         | not-ours          |
`
const rows = table
  .trim()
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))

/** Every value that a cell stands for. */
function values<const T>(
  cell: string | undefined,
  all: readonly T[],
  named: Record<string, T>,
): readonly T[] {
  return cell === '-' ? all : [named[cell ?? ''] as T]
}

function factsOf(cells: readonly string[]): Facts[] {
  const [, local, remote, size, content, headers, owner, protection, remove, foreign] = cells
  const every: Facts[] = []
  for (const s of values(size, ['same', 'differs'] as const, { same: 'same', differs: 'differs' }))
    for (const c of values(content, ['same', 'differs', 'unverified'] as const, {
      same: 'same',
      differs: 'differs',
      unverified: 'unverified',
    }))
      for (const h of values(headers, ['same', 'differ'] as const, { same: 'same', differ: 'differ' }))
        for (const o of values(owner, ['ours', 'changed', 'other'] as const, {
          ours: 'ours',
          changed: 'changed',
          other: 'other',
        }))
          for (const p of values(protection, [null, 'symlink'] as const, {
            none: null,
            'a reason': 'symlink',
          }))
            for (const r of values(remove, [true, false], { yes: true, no: false }))
              for (const f of values(foreign, [true, false], { yes: true, no: false }))
                every.push({
                  local: local as Facts['local'],
                  remote: remote as Facts['remote'],
                  size: s,
                  content: c,
                  headers: h,
                  owner: o,
                  protection: p,
                  removeRemoteOnly: r,
                  removeForeign: f,
                })
  return every
}

describe('the truth table', () => {
  test.each(rows.map((cells) => [cells.slice(1, -1).join(' | '), cells] as const))('%s', (_, cells) => {
    const [action, reason] = cells.slice(10)
    const facts = factsOf(cells)
    expect(facts.length).toBeGreaterThan(0)
    for (const one of facts)
      expect(decide(one)).toEqual({ action, reason: reason === 'that reason' ? one.protection : reason })
  })

  test('is the one in the doc comment', () => {
    const source = readFileSync(new URL('../../src-main/sync/decide.ts', import.meta.url), 'utf8')
    for (const line of table.trim().split('\n')) expect(source).toContain(line.trim())
  })

  test('what was not established is sent, never skipped', () => {
    expect(decide({ local: 'file', remote: 'object' }).action).toBe('upload')
    expect(decide({ local: 'file', remote: 'object', size: 'same' })).toEqual({
      action: 'upload',
      reason: 'unverified',
    })
  })

  test('what was not established to be ours is not removed', () => {
    expect(decide({ local: 'none', remote: 'object', removeRemoteOnly: true })).toEqual({
      action: 'foreign',
      reason: 'not-ours',
    })
  })
})

describe('content', () => {
  const a = '0cc175b9c0f1b6a831c399e269772661'
  const b = '92eb5ffee6ae2fec3ad71c777531578f'
  const parts = '5d41402abc4b2a76b9719d911017c592-3'
  const local = { md5: a, multipart: new Set([parts]) }
  test.each([
    [`"${a}"`, false, null, 'same'],
    [a.toUpperCase(), false, null, 'same'],
    [`W/"${a}"`, false, null, 'same'],
    [`"${b}"`, false, null, 'differs'],
    [`"${b}"`, false, a, 'differs'],
    [`"${b}-3"`, false, a, 'same'],
    [`"${a}-3"`, false, b, 'differs'],
    [`"${b}-3"`, false, null, 'unverified'],
    [`"${b}-3"`, false, 'nonsense', 'unverified'],
    [`"${parts}"`, false, null, 'same'],
    [`"${parts}"`, true, null, 'unverified'],
    [`"${a}"`, true, null, 'unverified'],
    [`"${b}"`, true, a, 'same'],
    [null, false, null, 'unverified'],
    ['"opaque"', false, a, 'same'],
  ] as const)('ETag %s, opaque %s, own MD5 %s: %s', (eTag, eTagIsOpaque, ownMd5, expected) => {
    expect(compareContent(local, { eTag, eTagIsOpaque, ownMd5 })).toBe(expected)
  })
})
