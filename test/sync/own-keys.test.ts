import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isPailsOwnKey } from '../../src-main/sync/own-keys.ts'
import { type SyncFixture, allRows, startSyncFixture } from './sync-fixture.ts'

describe('keys that Pail keeps for itself', () => {
  test.each([
    ['.pail-sync.json', '', true],
    ['site/.pail-sync.json', 'site/', true],
    ['site/.pail-sync.json', '', true],
    ['site/sub/.pail-sync.json', 'site/', true],
    ['site/x.pail-sync.json', 'site/', false],
    ['site/.pail-sync.json/a', 'site/', false],
    ['site/.pail-sync.json.gz', 'site/', false],
    ['other/.pail-sync.json', 'site/', false],
    ['.pail-releases/site/r1/a.html', '', true],
    ['.pail-releases/site/r1/a.html', 'site/', true],
    ['.pail-releases', '', false],
    ['site/.pail-releases/a.html', 'site/', false],
    ['.pail-releases-2/a.html', '', false],
  ] as const)('%s in “%s”: %s', (key, prefix, expected) => {
    expect(isPailsOwnKey(key, prefix)).toBe(expected)
  })
})

describe('a plan', () => {
  let fixture: SyncFixture
  beforeEach(async () => {
    fixture = await startSyncFixture()
  })
  afterEach(() => fixture.close())

  test('does not list, count or remove them', async () => {
    await fixture.write({ 'a.txt': 'a' })
    for (const key of ['.pail-sync.json', 'sub/.pail-sync.json', '.pail-releases/r1/a.txt'])
      await fixture.put(key, 'x')
    const planned = await fixture.plan({ removeRemoteOnly: true, removeForeign: true })
    expect(allRows(planned)).toEqual(['upload new a.txt'])
    expect(await fixture.apply(planned)).toMatchObject({ deleted: 0, deletesWithheld: null })
    expect(await fixture.keys()).toEqual([
      '.pail-releases/r1/a.txt',
      '.pail-sync.json',
      'a.txt',
      'sub/.pail-sync.json',
    ])
  })

  test('does not take them for the rest of a site: an emptied folder beside them alone is no hard stop', async () => {
    await fixture.put('.pail-sync.json', 'x')
    expect([...(await fixture.plan()).rows]).toEqual([])
  })

  test('leaves files of such names out, and says so', async () => {
    await fixture.write({ 'a.txt': 'a', '.pail-sync.json': '{}', '.pail-releases/r1/b.txt': 'b' })
    const planned = await fixture.plan()
    expect(allRows(planned)).toEqual([
      'upload new a.txt',
      'blocked pails-own .pail-releases/',
      'blocked pails-own .pail-sync.json',
    ])
    expect(planned.warnings.join('\n')).toMatch(/Pail keeps for itself.*\.pail-sync\.json/)
    expect(allRows(await fixture.plan({}, { prefix: 'p/' }))).toEqual([
      'upload new p/.pail-releases/r1/b.txt',
      'upload new p/a.txt',
      'blocked pails-own p/.pail-sync.json',
    ])
  })

  test('is not made for the place where previous versions are kept', async () => {
    await fixture.write({ 'a.txt': 'a' })
    await expect(fixture.plan({}, { prefix: '.pail-releases/x/' })).rejects.toMatchObject({
      error: { code: 'invalid-argument' },
    })
  })
})
