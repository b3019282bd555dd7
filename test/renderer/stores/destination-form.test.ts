import { describe, expect, it } from 'vitest'
import { builtInPresets } from '../../../src-preload/contract/built-in-presets.ts'
import { presetInputSchema } from '../../../src-preload/contract/destination-preset.ts'
import type { Destination, StaticDestination } from '../../../src-preload/contract/destination.ts'
import {
  cleanPrefix,
  destinationInputOf,
  destinationProblems,
  formOfDestination,
  formOfOtherPreset,
  formOfPreset,
  overlapProblem,
  presetInputOf,
} from '../../../src-renderer/stores/destination-form.ts'
import { destinationOfKey } from '../../../src-renderer/stores/destination-store.ts'
import { savedDestination } from '../memory-destinations.ts'
import { mediaDestination, staticDestination } from '../sample-destination.ts'

describe('the presets', () => {
  it('are the three of the workflow', () => {
    const input = (preset: 'static' | 'public-media' | 'private-media') =>
      destinationInputOf(formOfPreset(builtInPresets[preset]), 'p', 'b')
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
    const form = { ...formOfPreset(builtInPresets['private-media']), baseUrl: 'https://x.example' }
    expect(destinationProblems(form, true).keyPairId).toContain('private key')
    expect(destinationProblems(form, false)).toEqual({})
    expect(destinationProblems({ ...form, keyPairId: 'K2JCJMDEHXQW5F' }, true)).toEqual({})
    expect(destinationProblems({ ...form, keyPairId: 'wrong' }).keyPairId).toContain('K2JCJMDEHXQW5F')
    expect(destinationProblems({ ...form, keyPairId: 'wrong', baseUrl: '' }, true)).toEqual({})
  })

  it('have a key pair of CloudFront only with a base URL, and forget one that is taken out', () => {
    const form = { ...formOfPreset(builtInPresets['private-media']), keyPairId: ' K2JCJMDEHXQW5F ' }
    expect(destinationInputOf(form, 'p', 'b').keyPairId).toBeUndefined()
    const input = destinationInputOf({ ...form, baseUrl: 'https://x.example' }, 'p', 'b')
    expect(input.keyPairId).toBe('K2JCJMDEHXQW5F')
    const saved = savedDestination(input, 'd')
    const edited = formOfDestination(saved)
    expect(edited.keyPairId).toBe('K2JCJMDEHXQW5F')
    expect(destinationInputOf({ ...edited, keyPairId: '' }, 'p', 'b', saved).keyPairId).toBeUndefined()
    expect(destinationProblems({ ...edited, keyPairId: 'not one' }).keyPairId).toBeDefined()
    expect(destinationProblems(edited)).toEqual({})
  })

  it('are looked through without the loss of a word that was typed', () => {
    const { static: site, 'public-media': open, 'private-media': closed } = builtInPresets
    const typed = {
      name: 'Docs',
      baseUrl: 'https://docs.example.org',
      exclude: '*.map',
      folder: { folderId: 'folder_1', name: 'docs' },
    }
    const first = { ...formOfPreset(site), ...typed }
    const second = formOfOtherPreset(first, site, open)
    expect(second).toEqual({ ...formOfPreset(open), ...typed })
    const third = formOfOtherPreset({ ...second, prefix: 'docs/' }, open, closed)
    expect(third).toMatchObject({ ...typed, prefix: 'docs/', kind: 'media', visibility: 'private' })
    expect(formOfOtherPreset(third, closed, site)).toEqual({ ...first, prefix: 'docs/' })
  })

  it('are as they are where nothing was typed, with who can read', () => {
    const { static: site, 'private-media': closed } = builtInPresets
    const looked = formOfOtherPreset({ ...formOfPreset(site), visibility: 'public' }, site, closed)
    expect(looked).toEqual(formOfPreset(closed))
  })

  it('survive being saved and edited', () => {
    const form = {
      ...formOfPreset(builtInPresets.static),
      visibility: 'private',
      baseUrl: 'https://x.example',
      exclude: '*.map\ndrafts/**',
      linkFormat: 'markdown',
      linkExpirySeconds: 900,
    } as const
    const saved = savedDestination(destinationInputOf(form, 'p', 'b'), 'd')
    expect(formOfDestination(saved)).toEqual(form)
    const more: StaticDestination = {
      ...staticDestination(),
      ...(saved as StaticDestination),
      rules: [{ glob: '*.dat', cacheControl: 'no-cache' }],
      runBefore: { command: 'make', folderId: null },
      distributionId: 'E2QWRUHAPOMQZL',
      keepPrevious: true,
    }
    const { id: _, folder: __, longCache: ___, ...kept } = more
    expect(destinationInputOf({ ...form, longCache: false }, 'p', 'b', more)).toEqual(kept)
    const pictures = {
      ...formOfPreset(builtInPresets['private-media']),
      keyTemplate: '{yyyy}/{slug}.{ext}',
      stripMetadata: true,
    }
    expect(formOfDestination(savedDestination(destinationInputOf(pictures, 'p', 'b'), 'd'))).toEqual(pictures)
  })

  it('become one’s own under another name, without what belongs to one bucket or computer', () => {
    const form = {
      ...formOfPreset(builtInPresets.static),
      visibility: 'private',
      prefix: '/reports',
      baseUrl: 'https://x.example',
      keyPairId: 'K2JCJMDEHXQW5F',
      folder: { folderId: 'f', name: 'reports' },
      linkExpirySeconds: 900,
      keyTemplate: '{slug}.{ext}',
    } as const
    const preset = presetInputOf(form, ' Reports ', staticDestination({ keepPrevious: true }))
    expect(preset).toEqual({
      kind: 'static',
      name: 'Reports',
      prefix: 'reports/',
      visibility: 'private',
      cacheControl: 'max-age=86400',
      linkExpirySeconds: 900,
      exclude: [],
      longCache: true,
      keepPrevious: true,
    })
    expect(presetInputSchema.parse(preset)).toEqual(preset)
    const made = destinationInputOf(formOfPreset({ ...preset, id: 'x' }), 'p', 'b', { ...preset, id: 'x' })
    expect(made).toEqual({ ...preset, profileId: 'p', bucket: 'b', baseUrl: null, folderId: null })
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
    expect(
      destinationProblems({ ...formOfPreset(builtInPresets.static), prefix: 'a/../b' }).prefix,
    ).toBeDefined()
    expect(
      destinationProblems({ ...formOfPreset(builtInPresets.static), prefix: 'a..b/' }).prefix,
    ).toBeUndefined()
  })
})

it('S48 a folder that another destination has, or has a part of, is said at once', () => {
  const saved = staticDestination()
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
  const problem = (baseUrl: string) =>
    destinationProblems({ ...formOfPreset(builtInPresets.static), baseUrl }).baseUrl
  expect(problem('https://static.example.org')).toBeUndefined()
  expect(problem('https://cdn.example.org/site')).toBeUndefined()
  expect(problem('static.example.org')).toBeDefined()
  expect(problem('javascript:alert(1)')).toBeDefined()
  expect(problem('https://x.example?a=b')).toBeDefined()
})

it('a key belongs to the destination with the longest prefix of its bucket', () => {
  const make = (id: string, prefix: string, bucket = 'b') => mediaDestination({ id, prefix, bucket })
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
