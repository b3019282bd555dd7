import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type SyncFixture, allRows, changes, startSyncFixture } from './sync-fixture.ts'

let fixture: SyncFixture

beforeEach(async () => {
  fixture = await startSyncFixture()
})
afterEach(() => fixture.close())

describe('names that a sync meets', () => {
  test('names with anything in them arrive as they are, and once', async () => {
    const names = [
      'a b.txt',
      'a+b.txt',
      'a#b.txt',
      'a?b.txt',
      '100%.txt',
      '%41.txt',
      'emoji 🪣.txt',
      'line\nbreak.txt',
      'quo"te&<>\'.txt',
      'back\\slash.txt',
      'deep/er/ü.txt',
      '\uFF5E.txt',
      '\u{1F600}.txt',
      'trailing dot.',
      '-dash',
    ]
    await fixture.write(Object.fromEntries(names.map((name) => [name, name])))
    expect(await fixture.apply(await fixture.plan({}, { prefix: 'p/' }))).toMatchObject({
      uploaded: names.length,
      failed: [],
    })
    expect((await fixture.keys()).sort()).toEqual(names.map((name) => `p/${name}`).sort())
    for (const name of names) expect(await fixture.body(`p/${name}`)).toBe(name)
    expect(changes(await fixture.plan({}, { prefix: 'p/' }))).toEqual([])
  })

  test('names that are trouble elsewhere are told before they are sent, and not again', async () => {
    await fixture.write({ 'Logo.png': 'a', 'logo.png': 'b', 'aux.js': 'c', 'a+b.html': 'd', 'ok.html': 'e' })
    const planned = await fixture.plan()
    expect(planned.warnings).toEqual([
      expect.stringContaining('only in upper and lower case: “Logo.png”, “logo.png”'),
      expect.stringContaining('Windows cannot have: “aux.js”'),
      expect.stringContaining('web address: “a+b.html”'),
    ])
    await fixture.apply(planned)
    await fixture.write({ 'ok.html': 'edited', 'LOGO.png': 'new' })
    expect((await fixture.plan()).warnings).toEqual([
      expect.stringContaining('“LOGO.png”, “Logo.png”, “logo.png”'),
    ])
  })

  test('of two spellings of one name the one in NFC is sent, and the other is named', async () => {
    await fixture.write({ 'cafe\u0301.txt': 'nfd', 'caf\u00e9.txt': 'nfc' })
    const planned = await fixture.plan()
    expect(planned.counts).toMatchObject({ upload: 1, blocked: 1 })
    expect(planned.warnings).toEqual([
      expect.stringMatching(/^1 name in the folder is there twice.*caf\u00e9\.txt/),
    ])
    await fixture.apply(planned)
    expect(await fixture.body('caf\u00e9.txt')).toBe('nfc')
  })

  test('a name in NFD becomes a key in NFC, and meets its object in either spelling', async () => {
    const nfd = 'cafe\u0301.txt'
    await fixture.write({ [nfd]: 'a' })
    const planned = await fixture.plan()
    expect(changes(planned)).toEqual(['upload new caf\u00e9.txt'])
    await fixture.apply(planned)
    expect(await fixture.keys()).toEqual(['caf\u00e9.txt'])
    expect(changes(await fixture.plan({ removeRemoteOnly: true }))).toEqual([])
  })

  test('an object whose key is in NFD stays where pages link to it', async () => {
    const nfd = 'cafe\u0301.txt'
    await fixture.write({ 'caf\u00e9.txt': 'new', 'z.txt': 'z' })
    await fixture.put(nfd, 'old')
    const planned = await fixture.plan({ removeRemoteOnly: true })
    expect(changes(planned)).toEqual([`upload content-differs ${nfd}`, 'upload new z.txt'])
    await fixture.apply(planned)
    expect(await fixture.keys()).toEqual([nfd, 'z.txt'])
    expect(await fixture.body(nfd)).toBe('new')
  })

  test('so does one whose spelling the listing shows behind the file’s, or that is the file as it is', async () => {
    // The signs for Kelvin and Ångström are, in NFC, the letters K and Å, which come before them.
    const files = { 'K.txt': 'kelvin', '\u00c5.txt': 'new', 'sub/K.txt': 'other size' }
    const objects = {
      '\u212a.txt': 'kelvin',
      '\u212b.txt': 'old',
      'sub/\u212a.txt': '',
      'gone/\u212a.txt': 'x',
    }
    await fixture.write(files)
    for (const [key, body] of Object.entries(objects))
      await fixture.put(key, body, {
        ContentType: 'text/plain; charset=utf-8',
        CacheControl: 'max-age=86400',
      })
    const planned = await fixture.plan({ removeRemoteOnly: true })
    expect(allRows(planned)).toEqual([
      'upload size-differs sub/\u212a.txt',
      'upload content-differs \u212b.txt',
      'foreign not-ours gone/\u212a.txt',
      'skip same \u212a.txt',
    ])
    expect(planned.counts).toMatchObject({
      upload: 2,
      skip: 1,
      foreign: 1,
      bytes: 'new'.length + 'other size'.length,
    })
    await fixture.apply(planned)
    expect(await fixture.keys()).toEqual(['gone/\u212a.txt', 'sub/\u212a.txt', '\u212a.txt', '\u212b.txt'])
  })

  test('a key that is too long is reported, and the others are sent', async () => {
    const name = `${'x'.repeat(200)}/`.repeat(5) + 'y'.repeat(100)
    await fixture.write({ [name]: 'a', 'ok.txt': 'ok' })
    const planned = await fixture.plan()
    expect(planned.counts).toMatchObject({ upload: 1, blocked: 1 })
    expect(planned.rows.find(({ action }) => action === 'blocked')).toMatchObject({ reason: 'key-too-long' })
    expect(await fixture.apply(planned)).toMatchObject({ uploaded: 1, failed: [] })
  })
})
