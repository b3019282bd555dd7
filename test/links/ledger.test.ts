import { appendFile, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createLinkLedger, type HandedOutLink } from '../../src-main/links/ledger.ts'
import type { LinkFilter } from '../../src-preload/contract/presigned-url.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pail-ledger-'))
  path = join(folder, 'links.jsonl')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const noon = new Date('2026-01-01T12:00:00.000Z')
const signingKey = { id: 'abc', hint: 'AKIA…WXYZ', isTemporary: false, endsAt: null }
const link: HandedOutLink = {
  profileId: 'p1',
  service: 's3.test:9000',
  bucket: 'sibtc-assets',
  key: 'media/private/a b.pdf',
  kind: 'presigned',
  note: '',
  endsAt: '2026-01-02T00:00:00.000Z',
  signingKey,
}
const place = { profileId: 'p1', service: 's3.test:9000', bucket: 'sibtc-assets' }
const all: LinkFilter = { bucket: null, search: '', signingKeyId: null, includeEnded: true }

/** A ledger on the file of this test, at a time. */
const open = (at = noon) => createLinkLedger(path, () => at)
const keys = async (filter: Partial<LinkFilter> = {}, at = noon) =>
  (await open(at).list({ ...all, ...filter })).links.map(({ key }) => key)

describe('the ledger of links', () => {
  test('S41 remembers what was given out, newest first, and never a URL or signature', async () => {
    const ledger = open()
    const leaky = { ...link, url: 'https://s3.test/x?X-Amz-Signature=abc' }
    await Promise.all([
      ledger.add([leaky]),
      ledger.add([
        { ...link, key: 'second' },
        { ...link, key: 'third' },
      ]),
    ])
    expect(await keys()).toEqual(['third', 'second', link.key])
    expect(await readFile(path, 'utf8')).not.toMatch(/X-Amz|https?:/)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  test('a torn last line loses nothing else, before or after', async () => {
    await open().add([link])
    await appendFile(path, '{"id":"link_torn","prof')
    expect(await keys()).toHaveLength(1)
    await open().add([{ ...link, key: 'after' }])
    expect(await keys()).toEqual(['after', link.key])
  })

  test('is empty before the first link', async () => {
    expect(await open().list(all)).toEqual({ links: [], total: 0, live: 0, buckets: [], signingKeys: [] })
  })

  test('reads what earlier versions wrote', async () => {
    const { profileId, bucket, key, kind, endsAt } = link
    const old = { id: 'link_old', profileId, bucket, key, kind, madeAt: noon.toISOString(), endsAt }
    await appendFile(path, `${JSON.stringify(old)}\n`)
    expect((await open().list(all)).links).toMatchObject([
      { ...old, note: '', signingKey: null, revokedAt: null },
    ])
    // Only the profile is known of it.
    expect(await open().revoke({ ...place, profileId: 'p2' }, [key], null)).toBe(0)
    expect(await open().revoke(place, [key], null)).toBe(1)
  })

  test('has live links first, until they end', async () => {
    await open().add([{ ...link, key: 'long', endsAt: '2026-01-07T00:00:00.000Z' }])
    await open().add([{ ...link, key: 'short' }])
    await open().add([{ ...link, key: 'public', kind: 'public', endsAt: null, signingKey: null }])
    expect(await keys()).toEqual(['public', 'short', 'long'])
    const later = new Date('2026-01-02T00:00:00.000Z')
    expect(await keys({}, later)).toEqual(['public', 'long', 'short'])
    expect(await keys({ includeEnded: false }, later)).toEqual(['public', 'long'])
    expect(await open(later).list(all)).toMatchObject({ total: 3, live: 2 })
  })

  test('is filtered by bucket, text and signing key', async () => {
    const other = { ...signingKey, id: 'def' }
    await open().add([
      { ...link, key: 'one', note: 'Anna’s printer' },
      { ...link, key: 'two', bucket: 'backups', signingKey: other },
      { ...link, key: 'three', bucket: 'backups', signingKey: other },
    ])
    expect(await keys({ bucket: 'backups' })).toEqual(['three', 'two'])
    expect(await keys({ search: 'PRINTER' })).toEqual(['one'])
    expect(await keys({ search: 'BACK' })).toEqual(['three', 'two'])
    expect(await keys({ signingKeyId: 'abc' })).toEqual(['one'])
    const { buckets, signingKeys } = await open().list({ ...all, search: 'nothing' })
    expect(buckets).toEqual(['backups', 'sibtc-assets'])
    expect(signingKeys.map(({ key, live }) => [key.id, live])).toEqual([
      ['def', 2],
      ['abc', 1],
    ])
  })

  test('whom a link is for can be said anew, and is said of no other', async () => {
    const [first, second] = (await open().add([link, { ...link, key: 'other' }])) ?? []
    await open().setNote([first!.id], 'Anna')
    await open().setNote([first!.id], 'Berta')
    const { links } = await open().list(all)
    expect(Object.fromEntries(links.map(({ id, note }) => [id, note]))).toEqual({
      [first!.id]: 'Berta',
      [second!.id]: '',
    })
    await expect(open().setNote(['link_unknown'], 'x')).rejects.toMatchObject({
      error: { code: 'not-found' },
    })
  })

  test('all links of a key are revoked at once, by whichever profile they were made, and no others', async () => {
    await open().add([
      link,
      { ...link, profileId: 'environment' },
      { ...link, endsAt: '2026-01-01T00:00:00.000Z' },
      { ...link, key: 'other' },
      { ...link, kind: 'upload' },
      { ...link, service: 'elsewhere.test' },
      { ...link, bucket: 'backups' },
    ])
    expect(await open().liveLinksOf(place, link.key)).toHaveLength(3)
    expect(await open().revoke(place, [link.key, 'without links'], 'new key')).toBe(2)
    await open().add([link])
    const { links } = await open().list(all)
    const revoked = links.filter(({ revokedAt }) => revokedAt !== null)
    expect(revoked.map(({ key, profileId }) => [key, profileId])).toEqual([
      [link.key, 'environment'],
      [link.key, 'p1'],
    ])
    expect(revoked[0]).toMatchObject({ revokedAt: noon.toISOString(), movedTo: 'new key' })
    // What was made afterwards leads to what is there now, and an upload link to what comes there.
    expect(await open().liveLinksOf(place, link.key)).toHaveLength(2)
    expect((await readFile(path, 'utf8')).match(/"revoked"/g)).toHaveLength(1)
  })

  test('links that have not ended are live again when something comes to their key', async () => {
    await open().add([link, { ...link, endsAt: '2026-01-01T13:00:00.000Z' }, { ...link, key: 'other' }])
    await open().revoke(place, [link.key, 'other'], 'new key')
    const later = new Date('2026-01-01T14:00:00.000Z')
    expect(await open(later).revive({ ...place, bucket: 'backups' }, [link.key])).toBe(0)
    expect(await open(later).revive(place, [link.key, 'without links'])).toBe(1)
    const { links, live } = await open(later).list(all)
    expect(live).toBe(1)
    expect(links[0]).toMatchObject({ key: link.key, endsAt: link.endsAt, revokedAt: null, movedTo: null })
    expect(links.slice(1).every(({ revokedAt }) => revokedAt !== null)).toBe(true)
    // And dead again.
    expect(await open(later).revoke(place, [link.key], null)).toBe(1)
  })

  test('a link that cannot be kept is handed out all the same, and the list says why it cannot be read', async () => {
    await mkdir(path)
    expect(await open().add([link])).toBeNull()
    await expect(open().list(all)).rejects.toMatchObject({ error: { code: 'local-file' } })
    await expect(open().revoke(place, [link.key], null)).rejects.toMatchObject({
      error: { code: 'local-file' },
    })
  })

  test('two processes append to one file', async () => {
    const many = Array.from({ length: 40 }, (_, n) => n)
    const [one, two] = [open(), open()]
    await Promise.all(many.map((n) => (n % 2 === 0 ? one : two).add([{ ...link, key: `${n}` }])))
    expect((await keys()).toSorted()).toEqual(many.map(String).toSorted())
  })
})
