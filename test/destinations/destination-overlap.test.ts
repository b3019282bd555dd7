import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isOverlapping, overlapsIn, overlapText } from '../../src-preload/contract/destination-overlap.ts'

const place = (prefix: string, more: { profileId?: string; bucket?: string } = {}) => ({
  profileId: 'p',
  bucket: 'b',
  prefix,
  ...more,
})

describe('S48 two destinations', () => {
  test.each([
    ['photos/', 'photos/', true],
    ['photos', 'photos/', true],
    ['photos/', 'photos/2024/', true],
    ['', 'photos/', true],
    ['', '', true],
    ['photos/', 'photos-2024/', false],
    ['photos', 'photos-2024', false],
    ['media/public/', 'media/private/', false],
    ['a/b/', 'b/', false],
    ['Photos/', 'photos/', false],
  ])('%j and %j overlap: %s', (one, other, expected) => {
    expect(isOverlapping(place(one), place(other))).toBe(expected)
    expect(isOverlapping(place(other), place(one))).toBe(expected)
  })

  test('in two buckets, or of two profiles, do not', () => {
    expect(isOverlapping(place('a/'), place('a/', { bucket: 'c' }))).toBe(false)
    expect(isOverlapping(place('a/'), place('a/', { profileId: 'q' }))).toBe(false)
  })

  test('overlap exactly when a key can be in both', () => {
    const segment = fc.constantFrom('a', 'a-b', 'b', 'ab')
    const prefix = fc.array(segment, { maxLength: 3 }).map((all) => all.map((each) => `${each}/`).join(''))
    fc.assert(
      fc.property(prefix, prefix, (one, other) => {
        // The longer prefix's own marker is the first key that both could have.
        const longer = one.length >= other.length ? one : other
        const both = `${longer}x`.startsWith(one) && `${longer}x`.startsWith(other)
        expect(isOverlapping(place(one), place(other))).toBe(both)
      }),
    )
  })

  test('are found among all, each two once', () => {
    const all = ['a/', 'b/', 'a/c/', ''].map((prefix) => place(prefix))
    expect(overlapsIn(all).map((pair) => pair.map(({ prefix }) => prefix))).toEqual([
      ['a/', 'a/c/'],
      ['a/', ''],
      ['b/', ''],
      ['a/c/', ''],
    ])
  })
})

test('the reason names the other destination, both folders and what to do', () => {
  const text = (prefix: string, other: string) => overlapText({ prefix }, { prefix: other, name: 'Media' })
  expect(text('media/', 'media/')).toBe(
    'media/ is the folder of the destination “Media” already. Choose another one.',
  )
  expect(text('media/public', 'media/')).toBe(
    'media/public/ is in media/, the folder of the destination “Media”. Choose one beside it.',
  )
  expect(text('media/', 'media/public/')).toBe(
    'media/ has media/public/ in it, the folder of the destination “Media”. Choose one beside it.',
  )
  expect(text('', 'media/')).toContain('The whole bucket has media/ in it')
  expect(text('media/', '')).toContain('Give “Media” a folder of its own first.')
  expect(text('', '')).toBe('The whole bucket is that of the destination “Media” already.')
})
