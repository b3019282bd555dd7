import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { destinationHandlers } from '../../src-main/backend/destination-handlers.ts'
import { createFolders } from '../../src-main/backend/folders.ts'
import { openSettingsFile } from '../../src-main/settings/settings-file.ts'
import type {
  DestinationInput,
  MediaDestinationInput,
  StaticDestinationInput,
} from '../../src-preload/contract/destination.ts'

let work: string
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'pail-destinations-'))
})
afterEach(() => rm(work, { recursive: true, force: true }))

const open = async () => {
  const settings = await openSettingsFile(work)
  return destinationHandlers(settings, createFolders(settings))
}
const media: MediaDestinationInput = {
  profileId: 'p1',
  bucket: 'sibtc-assets',
  name: 'Public media',
  kind: 'media',
  prefix: 'media/public',
  visibility: 'public',
  cacheControl: null,
  onConflict: 'keep-both',
  baseUrl: null,
  linkExpirySeconds: 3600,
}
const { onConflict: _, ...fields } = media
const site: StaticDestinationInput = { ...fields, kind: 'static', folderId: null, exclude: [] }
const code = (expected: string) => ({ error: { code: expected } })

describe('destinations', () => {
  test('are there after a restart, with a prefix that ends in a slash', async () => {
    const made = await (
      await open()
    ).createDestination({ destination: { ...media, prefix: '/media/public' } })
    expect(made.prefix).toBe('media/public/')
    expect(await (await open()).listDestinations({})).toEqual([made])
  })

  test('are changed and deleted by id; an unknown one says so', async () => {
    const handlers = await open()
    const made = await handlers.createDestination({ destination: media })
    await handlers.updateDestination({ destinationId: made.id, destination: { ...media, name: 'Pictures' } })
    expect((await handlers.listDestinations({})).map((each) => each.name)).toEqual(['Pictures'])
    await handlers.deleteDestination({ destinationId: made.id })
    expect(await handlers.listDestinations({})).toEqual([])
    await expect(
      handlers.updateDestination({ destinationId: made.id, destination: media }),
    ).rejects.toMatchObject(code('not-found'))
  })

  test('keep their rules for names; a key template that cannot be used is refused with the reason', async () => {
    const handlers = await open()
    const rules = {
      keyTemplate: '{yyyy}/{slug}.{ext}',
      cleanNames: true,
      reuseIdentical: true,
      linkFormat: 'html',
    } as const
    const made = await handlers.createDestination({ destination: { ...media, ...rules } })
    expect(made).toMatchObject(rules)
    expect(await (await open()).listDestinations({})).toEqual([made])
    await expect(
      handlers.updateDestination({
        destinationId: made.id,
        destination: { ...media, keyTemplate: '{yyyy}.{ext}' },
      }),
    ).rejects.toMatchObject({
      error: { code: 'invalid-argument', message: expect.stringContaining('the same key') as string },
    })
    expect(await handlers.listDestinations({})).toEqual([made])
  })

  test.each(['static', 'media'] as const)(
    'S48 none overlaps with one of %s, and photos is not photos-2024',
    async (kind) => {
      const handlers = await open()
      await handlers.createDestination({
        destination: { ...(kind === 'static' ? site : media), name: 'Pictures', prefix: 'photos' },
      })
      for (const prefix of ['', 'photos/', 'photos/a'])
        await expect(
          handlers.createDestination({ destination: { ...media, name: `x${prefix}`, prefix } }),
        ).rejects.toMatchObject({
          error: { code: 'safety-refused', message: expect.stringContaining('“Pictures”') as string },
        })
      await handlers.createDestination({ destination: { ...media, name: 'y', prefix: 'photos-2024' } })
      await handlers.createDestination({
        destination: { ...media, name: 'z', bucket: 'other', prefix: 'photos' },
      })
      expect(await handlers.listDestinations({})).toHaveLength(3)
    },
  )

  test('S48 an overlap that settings of before have stays as it is, and gets no worse', async () => {
    const settings = await openSettingsFile(work)
    const inner = { ...media, id: 'inner', name: 'Inner', prefix: 'media/' }
    const outer = { ...media, id: 'outer', name: 'Outer', prefix: '' }
    await settings.update((now) => ({ ...now, destinations: [inner, outer] }))
    const handlers = await open()
    expect((await handlers.listDestinations({})).map(({ name }) => name)).toEqual(['Inner', 'Outer'])
    const change = (
      more: { name?: string; prefix?: string; bucket?: string },
      from: DestinationInput = media,
    ) => {
      const destination = { ...from, name: 'Inner', prefix: 'media/', ...more }
      return handlers.updateDestination({ destinationId: 'inner', destination })
    }
    expect(await change({ name: 'Renamed', prefix: '/media' })).toMatchObject({ name: 'Renamed' })
    await expect(change({ prefix: 'media/public/' })).rejects.toMatchObject(code('safety-refused'))
    // A sync there would remove what the other has put there.
    await expect(change({}, site)).rejects.toMatchObject(code('safety-refused'))
    await expect(change({ bucket: 'other', prefix: '' })).resolves.toMatchObject({ bucket: 'other' })
    await expect(change({})).rejects.toMatchObject(code('safety-refused'))
  })

  test.each(['not a url', 'ftp://example.org', 'https://user@example.org', 'https://example.org/?q=1'])(
    'the base URL %s is refused',
    async (baseUrl) => {
      await expect(
        (await open()).createDestination({ destination: { ...media, baseUrl } }),
      ).rejects.toMatchObject(code('invalid-argument'))
    },
  )

  test('two in one bucket do not share a name', async () => {
    const handlers = await open()
    await handlers.createDestination({ destination: media })
    await expect(
      handlers.createDestination({ destination: { ...media, prefix: 'x' } }),
    ).rejects.toMatchObject(code('already-exists'))
  })
})
