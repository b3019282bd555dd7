import { describe, expect, test } from 'vitest'
import { exportDjango } from '../../../src-main/destinations/django/export-django.ts'
import type { DestinationInput } from '../../../src-preload/contract/destination.ts'
import { useProjectFolder } from './project-fixture.ts'

const fixture = useProjectFolder()

const shared = { profileId: 'p', bucket: 'assets', baseUrl: null, linkExpirySeconds: 900, cacheControl: null }
const site = { ...shared, kind: 'static' as const, folderId: null, exclude: [] }
const media = { ...shared, kind: 'media' as const, cleanNames: true, onConflict: 'keep-both' as const }

/** Each kind with who can read it, once and again, and with what a storage can say of it. */
const destinations: readonly DestinationInput[] = [
  {
    ...site,
    name: 'Static',
    prefix: 'static/',
    visibility: 'public',
    cacheControl: 'max-age=60',
    baseUrl: 'https://static.example.org',
  },
  { ...site, name: 'Theme', prefix: 'theme/', visibility: 'public' },
  { ...site, name: 'Drafts', prefix: 'drafts/', visibility: 'private', linkExpirySeconds: 77 },
  { ...media, name: 'Public media', prefix: 'media/', visibility: 'public', onConflict: 'overwrite' },
  {
    ...media,
    name: 'Papers',
    prefix: 'papers (old)/',
    visibility: 'private',
    cacheControl: 'no-store',
    rules: [{ glob: '*', contentDisposition: 'attachment', contentType: 'application/x-paper' }],
  },
  {
    ...media,
    name: 'Videos',
    prefix: 'videos/',
    visibility: 'private',
    baseUrl: 'https://video.example.org',
    keyPairId: 'K2JCJMDEHXQW5F',
  },
]
const ofPrivateSite = destinations.filter(({ name }) => name === 'Drafts' || name === 'Papers')

/** What comes back of a destination: not the names that only Pail has, nor what is of this computer. */
const kept = (destination: DestinationInput) => ({
  ...destination,
  name: undefined,
  profileId: undefined,
  // A public one has no signed links, so that its settings say nothing of their end.
  linkExpirySeconds: destination.visibility === 'public' ? 3600 : destination.linkExpirySeconds,
})

const ways = (['storages', 'older'] as const).flatMap((form) =>
  (['policy', 'acl'] as const).map((access) => ({ form, access })),
)

describe.each([
  { title: 'of every kind', chosen: destinations },
  { title: 'that are all private', chosen: ofPrivateSite },
])('destinations $title', ({ chosen }) => {
  test.each(ways)('come back from their own settings: $form, $access', async ({ form, access }) => {
    const exported = exportDjango({
      bucket: 'assets',
      service: { endpoint: null, region: 'eu-central-1', addressing: 'virtual' },
      destinations: chosen,
      form,
      access,
      module: 'site_x.storage_backends',
      origins: [],
    })
    const text = (name: string) => exported.files.find((file) => file.name === name)!.text
    const project = await fixture.read({
      'site_x/settings.py': 'from .s3_settings import *\n',
      'site_x/s3_settings.py': text('s3_settings.py'),
      'site_x/storage_backends.py': text('storage_backends.py'),
    })
    expect(project.questions).toEqual([])
    expect(project.profiles).toMatchObject([{ region: 'eu-central-1', bucketNames: ['assets'] }])
    const back = project.destinations.map(({ destination }) => destination)
    const byPrefix = (a: { prefix: string | null }, b: { prefix: string | null }) =>
      (a.prefix ?? '') < (b.prefix ?? '') ? -1 : 1
    expect(back.toSorted(byPrefix).map((each) => ({ ...each, name: undefined }))).toEqual(
      chosen.map(kept).toSorted(byPrefix),
    )
    expect(new Set(back.map(({ name }) => name)).size).toBe(chosen.length)
  })
})
