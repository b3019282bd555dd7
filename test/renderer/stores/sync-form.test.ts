import { describe, expect, test } from 'vitest'
import { destinationInputSchema } from '../../../src-preload/contract/destination.ts'
import { recommendedRules } from '../../../src-preload/contract/recommended-rules.ts'
import { syncOptionsSchema } from '../../../src-preload/contract/sync-plan.ts'
import {
  destinationWith,
  draftOf,
  formOfSync,
  formWith,
  syncFormProblems,
  syncOptionsOf,
  unkeptOf,
} from '../../../src-renderer/stores/sync-form.ts'
import { staticDestination } from '../sample-destination.ts'

const destination = staticDestination({
  folderId: 'folder',
  folder: { folderId: 'folder', name: 'site' },
})

describe('the options of a sync', () => {
  test('a destination as it was made asks for what the tutorial asks, with fingerprinted files and pages by their own rules, and removes nothing', () => {
    expect(syncOptionsOf(formOfSync(destination), destination)).toMatchObject({
      cacheControl: 'max-age=86400',
      rules: recommendedRules,
      exclude: [],
      removeRemoteOnly: false,
      removeForeign: false,
      manifestInBucket: false,
      visibility: 'public',
    })
    expect(destinationWith(formOfSync(destination), destination)).toBeNull()
  })

  test('own rules come before the recommended ones, and all of it fits the contract', () => {
    const form = {
      ...formOfSync(destination),
      rules: [{ glob: '*.pdf', contentDisposition: 'attachment' }],
      longCache: true,
      exclude: ' *.map \n\n drafts/ \n',
      cacheControl: ' no-store ',
    }
    const options = syncOptionsOf(form, destination)
    expect(options.rules).toEqual([{ glob: '*.pdf', contentDisposition: 'attachment' }, ...recommendedRules])
    expect(options.exclude).toEqual(['*.map', 'drafts/'])
    expect(options.cacheControl).toBe('no-store')
    expect(() => syncOptionsSchema.parse(options)).not.toThrow()
  })

  test('no rule is dropped, however many there are', () => {
    const rules = Array.from({ length: 99 }, (_, i) => ({ glob: `f${i}`, cacheControl: 'no-cache' }))
    const form = { ...formOfSync(destination), rules, precompress: 'gzip', longCache: true } as const
    const options = syncOptionsOf(form, destination)
    expect(options.rules).toEqual([...rules, { glob: '*', precompress: 'gzip' }, ...recommendedRules])
    expect(() => syncOptionsSchema.parse(options)).not.toThrow()
    expect(() => destinationInputSchema.parse(destinationWith(form, destination))).not.toThrow()
  })

  test('what is kept comes back as it was typed, but for removing', () => {
    const form = {
      ...formOfSync(destination),
      rules: [{ glob: 'downloads/', contentType: 'application/octet-stream' }],
      longCache: true,
      exclude: '*.map',
      manifestInBucket: true,
      removeRemoteOnly: true,
      removeForeign: true,
    }
    const input = destinationWith(form, destination)
    expect(() => destinationInputSchema.parse(input)).not.toThrow()
    const kept = { ...input!, id: 'd', folder: destination.folder }
    expect(formOfSync(kept)).toEqual({ ...form, removeRemoteOnly: false, removeForeign: false })
    expect(destinationWith(form, kept), 'kept already').toBeNull()
  })

  test('a Cache-Control that no header can carry is refused at the field', () => {
    const form = formOfSync(destination)
    expect(syncFormProblems({ ...form, cacheControl: ' max-age=60 ' })).toEqual({})
    expect(syncFormProblems({ ...form, cacheControl: 'max-age=60 – kurz' }).cacheControl).toContain(
      'plain text',
    )
  })

  test('no pattern of what stays out is dropped: one too many is refused at the field', () => {
    const patterns = Array.from({ length: 101 }, (_, i) => `f${i}`)
    const form = { ...formOfSync(destination), exclude: patterns.join('\n') }
    expect(syncFormProblems(form).exclude).toContain('take out 1,')
    expect(syncOptionsOf(form, destination).exclude).toEqual(patterns)
    expect(syncFormProblems({ ...form, exclude: patterns.slice(1).join('\n') })).toEqual({})
    expect(syncFormProblems({ ...form, exclude: 'x'.repeat(513) }).exclude).toContain('512 characters')
  })

  test('a limit of removals holds for a sync that removes, and is not kept', () => {
    const form = { ...formOfSync(destination), maxDelete: ' 2000 ' }
    expect(syncOptionsOf(form, destination).maxDelete).toBeNull()
    expect(syncOptionsOf({ ...form, removeRemoteOnly: true }, destination).maxDelete).toBe(2000)
    expect(destinationWith(form, destination)).toBeNull()
    const wrong = { ...form, removeRemoteOnly: true, maxDelete: '2,000' }
    expect(syncFormProblems(wrong).maxDelete).toContain('whole number')
    expect(syncFormProblems({ ...wrong, removeRemoteOnly: false })).toEqual({})
  })

  test('what others put there goes only together with what is ours', () => {
    const form = { ...formOfSync(destination), removeForeign: true }
    expect(syncOptionsOf(form, destination).removeForeign).toBe(false)
    expect(syncOptionsOf({ ...form, removeRemoteOnly: true }, destination).removeForeign).toBe(true)
  })
})

describe('what has been typed and not been kept yet', () => {
  const form = { ...formOfSync(destination), exclude: 'drafts/', removeRemoteOnly: true }

  test('is laid over what the destination says, which somebody may change meanwhile', () => {
    const draft = draftOf(form, destination)
    expect(draft).toEqual({ exclude: 'drafts/', removeRemoteOnly: true })
    expect(formWith({ ...destination, cacheControl: 'max-age=5' }, draft)).toEqual({
      ...form,
      cacheControl: 'max-age=5',
    })
    expect(formWith(destination, undefined)).toEqual(formOfSync(destination))
  })

  test('is nothing but what is asked anew at each sync once it has been kept', () => {
    expect(unkeptOf(form)).toEqual({ removeRemoteOnly: true, removeForeign: false, maxDelete: '' })
  })
})
