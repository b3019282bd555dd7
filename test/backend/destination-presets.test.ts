import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PresetInput } from '../../src-preload/contract/destination-preset.ts'
import { createFolders } from '../../src-main/backend/folders.ts'
import { destinationHandlers } from '../../src-main/backend/destination-handlers.ts'
import { presetHandlers } from '../../src-main/backend/preset-handlers.ts'
import { openSettingsFile } from '../../src-main/settings/settings-file.ts'
import { planSetup } from '../../src-main/setup/plan-setup.ts'

let work: string
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'pail-presets-'))
})
afterEach(() => rm(work, { recursive: true, force: true }))

const open = async () => presetHandlers(await openSettingsFile(work))
const reports: PresetInput = {
  kind: 'static',
  name: 'Reports',
  prefix: '/reports',
  visibility: 'private',
  cacheControl: 'no-cache',
  linkExpirySeconds: 900,
  linkFormat: 'markdown',
  exclude: ['*.map'],
}
const site = { bucket: 'b', region: 'us-east-1', versioning: false, origins: [] }

test('an own preset is there after a restart, has its name for itself, and goes when it is removed', async () => {
  const made = await (await open()).createDestinationPreset({ preset: reports })
  expect(made).toEqual({ ...reports, prefix: 'reports/', id: made.id })
  const handlers = await open()
  expect(await handlers.listDestinationPresets({})).toEqual([made])
  for (const [name, wayOut] of [
    ['Reports', 'Choose another name, or remove that one first.'],
    ['Private media', 'Choose another name.'],
  ] as const)
    await expect(handlers.createDestinationPreset({ preset: { ...reports, name } })).rejects.toMatchObject({
      error: { code: 'already-exists', message: `There is a preset named “${name}”. ${wayOut}` },
    })
  await handlers.deleteDestinationPreset({ presetId: made.id })
  expect(await (await open()).listDestinationPresets({})).toEqual([])
  expect(await handlers.createDestinationPreset({ preset: reports })).toMatchObject({ name: 'Reports' })
})

test('a key template that cannot be used is in no preset', async () => {
  const { exclude: _exclude, ...shared } = reports as Extract<PresetInput, { kind: 'static' }>
  const media: PresetInput = { ...shared, kind: 'media', onConflict: 'skip', keyTemplate: '{yyyy}.{ext}' }
  const handlers = await open()
  await expect(handlers.createDestinationPreset({ preset: media })).rejects.toMatchObject({
    error: { code: 'invalid-argument' },
  })
  expect(await handlers.listDestinationPresets({})).toEqual([])
})

test('a bucket is set up for own presets, too: what they say is private is in no policy', async () => {
  const handlers = await open()
  const hidden = await handlers.createDestinationPreset({ preset: reports })
  const shown = await handlers.createDestinationPreset({
    preset: { ...reports, name: 'Catalogue', prefix: 'catalogue', visibility: 'public' },
  })
  const presets = await handlers.listDestinationPresets({})
  const plan = (kinds: 'static'[], ids: string[]) =>
    planSetup({ ...site, kinds, presets: ids }, { provider: 'aws', https: true, presets })
  const { places, calls } = plan(['static'], [hidden.id, shown.id])
  expect(places.map(({ name, visibility }) => [name, visibility])).toEqual([
    ['Static', 'public'],
    ['Reports', 'private'],
    ['Catalogue', 'public'],
  ])
  const policy = String(calls.find(({ call }) => call === 'PutBucketPolicy')?.setting?.value)
  expect(policy).toContain('arn:aws:s3:::b/static/*')
  expect(policy).toContain('arn:aws:s3:::b/catalogue/*')
  expect(policy).not.toContain('reports')
  expect(plan([], [hidden.id]).calls.map(({ call }) => call)).not.toContain('PutBucketPolicy')
  expect(() => plan([], [])).toThrow('what the bucket is for')
  expect(() => plan([], ['gone'])).toThrow('not there any more')
})

test('S48 a bucket is not set up for presets of which one has the keys of another', async () => {
  const handlers = await open()
  const wide = await handlers.createDestinationPreset({
    preset: { ...reports, name: 'All', prefix: '', visibility: 'public' },
  })
  const presets = await handlers.listDestinationPresets({})
  expect(() =>
    planSetup(
      { ...site, kinds: ['private-media'], presets: [wide.id] },
      { provider: 'aws', https: true, presets },
    ),
  ).toThrow('whole bucket')
})

test('settings of before, whose destinations have the fields of both kinds, are read; a private static one is kept', async () => {
  const before = {
    profileId: 'p1',
    bucket: 'assets',
    visibility: 'private',
    cacheControl: null,
    onConflict: 'keep-both',
    baseUrl: null,
    linkExpirySeconds: 900,
    folderId: null,
    exclude: ['*.map'],
    keyTemplate: '{slug}.{ext}',
    cleanNames: true,
    longCache: true,
  }
  const settings = {
    version: 1,
    preferences: {
      theme: 'system',
      linkExpirySeconds: 3600,
      inspectorOpen: true,
      sidebarWidth: 220,
      lastProfileId: null,
      lastBucket: null,
    },
    profiles: [],
    destinations: [
      { ...before, id: 'd1', name: 'Reports', kind: 'static', prefix: 'reports/' },
      { ...before, id: 'd2', name: 'Media', kind: 'media', prefix: 'media/' },
    ],
    folders: [],
    deletedProfiles: [],
  }
  await writeFile(join(work, 'settings.json'), JSON.stringify(settings))
  const file = await openSettingsFile(work)
  expect(file.notices).toEqual([])
  const shared = {
    profileId: 'p1',
    bucket: 'assets',
    visibility: 'private',
    cacheControl: null,
    baseUrl: null,
    linkExpirySeconds: 900,
  }
  const handlers = destinationHandlers(file, createFolders(file))
  expect(await handlers.listDestinations({})).toEqual([
    {
      ...shared,
      id: 'd1',
      name: 'Reports',
      kind: 'static',
      prefix: 'reports/',
      folderId: null,
      folder: null,
      exclude: ['*.map'],
      longCache: true,
    },
    {
      ...shared,
      id: 'd2',
      name: 'Media',
      kind: 'media',
      prefix: 'media/',
      onConflict: 'keep-both',
      keyTemplate: '{slug}.{ext}',
      cleanNames: true,
    },
  ])
  await file.update((now) => now)
  const written = JSON.parse(await readFile(join(work, 'settings.json'), 'utf8')) as typeof settings
  expect(written.destinations[0]).not.toHaveProperty('onConflict')
  // A Pail that expects the fields of both kinds has to see that the file is from a newer one.
  expect(written.version).toBe(2)
  // What fits neither kind is still no destination.
  await writeFile(
    join(work, 'settings.json'),
    JSON.stringify({ ...settings, destinations: [{ ...settings.destinations[0], colour: 'red' }] }),
  )
  expect((await openSettingsFile(work)).notices).toHaveLength(1)
})
