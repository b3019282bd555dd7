import { describe, expect, test } from 'vitest'
import { confirming, needsBucketName, type ToldOpens } from '../../src-preload/contract/told-opens.ts'
import { refuseUnconfirmed } from '../../src-main/backend/refuse-unconfirmed.ts'

const objects = (count: number): ToldOpens => ({ objects: count, sample: [] })
const folder = (count: number): ToldOpens => ({ ...objects(count), more: false, prefixes: ['media/'] })

describe('S44 what becomes public', () => {
  test.each<[string, ToldOpens, ReturnType<typeof confirming>, boolean]>([
    ['nothing', objects(0), {}, false],
    ['one object', objects(1), { confirmedPublic: 1 }, false],
    ['several objects', objects(2), { confirmedPublic: 2 }, true],
    ['a prefix with nothing in it yet', folder(0), { confirmedPublic: 0 }, true],
    ['a prefix with one object', folder(1), { confirmedPublic: 1 }, true],
  ])('is confirmed by its number: %s', (_, opens, confirmed, byName) => {
    expect(confirming(opens)).toEqual(confirmed)
    expect(needsBucketName(opens)).toBe(byName)
    expect(() => refuseUnconfirmed(opens, confirming(opens).confirmedPublic)).not.toThrow()
  })

  test.each<[string, ToldOpens | null, number | undefined, string | null]>([
    ['nobody has confirmed it', objects(2), undefined, '2 objects public, which nobody has confirmed'],
    ['not even that of a prefix with nothing in it', folder(0), undefined, 'which nobody has confirmed'],
    ['it is more by now', objects(2), 1, '2 objects public by now, but 1 were confirmed'],
    ['it is less by now', objects(1), 2, '1 object public by now, but 2 were confirmed'],
    ['it is none by now', objects(0), 2, '0 objects public by now, but 2 were confirmed'],
    ['nothing could become public', null, 2, null],
  ])('is refused or not: %s', (_, opens, confirmed, refusal) => {
    const refuse = () => refuseUnconfirmed(opens, confirmed)
    if (refusal === null) expect(refuse).not.toThrow()
    else expect(refuse).toThrow(refusal)
  })
})
