import { describe, expect, it } from 'vitest'
import type { Destination } from '../../../src-preload/contract/destination.ts'
import {
  cleanPrefix,
  destinationInputOf,
  destinationProblems,
  formOfDestination,
  formOfPreset,
  overlapProblem,
} from '../../../src-renderer/stores/destination-form.ts'
import { destinationOfKey } from '../../../src-renderer/stores/destination-store.ts'

describe('the presets', () => {
  it('are the three of the workflow', () => {
    const input = (preset: 'static' | 'public-media' | 'private-media') =>
      destinationInputOf(formOfPreset(preset), 'p', 'b')
    expect(input('static')).toMatchObject({
      kind: 'static',
      prefix: 'static/',
      visibility: 'public',
      cacheControl: 'max-age=86400',
      longCache: true,
    })
    expect(input('public-media')).toMatchObject({
      kind: 'media',
      visibility: 'public',
      onConflict: 'keep-both',
    })
    expect(input('private-media')).toMatchObject({
      kind: 'media',
      visibility: 'private',
      onConflict: 'keep-both',
      linkExpirySeconds: 3600,
    })
  })

  it('lose no private key for want of its ID, and are not held up by a field that is not there', () => {
    const form = { ...formOfPreset('private-media'), baseUrl: 'https://x.example' }
    expect(destinationProblems(form, true).keyPairId).toContain('private key')
    expect(destinationProblems(form, false)).toEqual({})
    expect(destinationProblems({ ...form, keyPairId: 'K2JCJMDEHXQW5F' }, true)).toEqual({})
    expect(destinationProblems({ ...form, keyPairId: 'wrong' }).keyPairId).toContain('K2JCJMDEHXQW5F')
    expect(destinationProblems({ ...form, keyPairId: 'wrong', baseUrl: '' }, true)).toEqual({})
  })

  it('have a key pair of CloudFront only with a base URL, and forget one that is taken out', () => {
    const form = { ...formOfPreset('private-media'), keyPairId: ' K2JCJMDEHXQW5F ' }
    expect(destinationInputOf(form, 'p', 'b').keyPairId).toBeUndefined()
    const input = destinationInputOf({ ...form, baseUrl: 'https://x.example' }, 'p', 'b')
    expect(input.keyPairId).toBe('K2JCJMDEHXQW5F')
    const saved: Destination = { ...input, id: 'd', folder: null }
    const edited = formOfDestination(saved)
    expect(edited.keyPairId).toBe('K2JCJMDEHXQW5F')
    expect(destinationInputOf({ ...edited, keyPairId: '' }, 'p', 'b', saved).keyPairId).toBeUndefined()
    expect(destinationProblems({ ...edited, keyPairId: 'not one' }).keyPairId).toBeDefined()
    expect(destinationProblems(edited)).toEqual({})
  })

  it('survive being saved and edited', () => {
    const form = {
      ...formOfPreset('private-media'),
      baseUrl: 'https://x.example',
      exclude: '*.map\ndrafts/**',
      longCache: true,
    }
    const saved: Destination = { ...destinationInputOf(form, 'p', 'b'), id: 'd', folder: null }
    expect(formOfDestination(saved)).toEqual(form)
    const more: Destination = { ...saved, rules: [{ glob: '*.dat', cacheControl: 'no-cache' }] }
    const { id: _, folder: __, longCache: ___, ...kept } = more
    expect(destinationInputOf({ ...form, longCache: false }, 'p', 'b', more)).toEqual(kept)
  })
})

describe('a prefix', () => {
  it.each([
    ['', ''],
    ['/', ''],
    ['static', 'static/'],
    ['/static//', 'static/'],
    ['a\\b', 'a/b/'],
    [' media/public/ ', 'media/public/'],
  ])('%j becomes %j', (typed, prefix) => {
    expect(cleanPrefix(typed)).toBe(prefix)
  })

  it('does not climb', () => {
    expect(destinationProblems({ ...formOfPreset('static'), prefix: 'a/../b' }).prefix).toBeDefined()
    expect(destinationProblems({ ...formOfPreset('static'), prefix: 'a..b/' }).prefix).toBeUndefined()
  })
})

it('S48 a folder that another destination has, or has a part of, is said at once', () => {
  const saved: Destination = {
    ...destinationInputOf(formOfPreset('static'), 'p', 'b'),
    id: 'd',
    folder: null,
  }
  const problem = (prefix: string, bucket = 'b', before: Destination | null = null) =>
    overlapProblem({ prefix }, { profileId: 'p', bucket }, [saved], before)
  expect(problem('static/css')).toContain('“Static”')
  expect(problem('')).toContain('“Static”')
  expect(problem('static-2024')).toBeNull()
  expect(problem('static', 'c')).toBeNull()
  expect(problem('static', 'b', saved)).toBeNull()
  const old: Destination = { ...saved, id: 'old', name: 'Old', prefix: '' }
  expect(overlapProblem({ prefix: '/' }, saved, [saved, old], old)).toBeNull()
  expect(overlapProblem({ prefix: 'static/x' }, saved, [saved, old], old)).toContain('“Static”')
})

it('a base URL is an address without query', () => {
  const problem = (baseUrl: string) => destinationProblems({ ...formOfPreset('static'), baseUrl }).baseUrl
  expect(problem('https://static.example.org')).toBeUndefined()
  expect(problem('https://cdn.example.org/site')).toBeUndefined()
  expect(problem('static.example.org')).toBeDefined()
  expect(problem('javascript:alert(1)')).toBeDefined()
  expect(problem('https://x.example?a=b')).toBeDefined()
})

it('a key belongs to the destination with the longest prefix of its bucket', () => {
  const make = (id: string, prefix: string, bucket = 'b'): Destination => ({
    ...destinationInputOf({ ...formOfPreset('public-media'), prefix }, 'p', bucket),
    id,
    folder: null,
  })
  const all = [
    make('whole', ''),
    make('media', 'media/'),
    make('deep', 'media/public/'),
    make('other', 'media/', 'c'),
  ]
  expect(destinationOfKey(all, 'p', 'b', 'media/public/a.jpg')?.id).toBe('deep')
  expect(destinationOfKey(all, 'p', 'b', 'media-old/a.jpg')?.id).toBe('whole')
  expect(destinationOfKey(all.slice(1), 'p', 'b', 'x')).toBeNull()
})
