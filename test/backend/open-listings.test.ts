import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createOpenListings } from '../../src-main/backend/open-listings.ts'
import { type NullServer, startNullServer } from '../bench/start-null-server.ts'
import { testSession } from '../s3/scripted-server.ts'

const place = { bucket: 'long', prefix: '' }
const keys = Array.from(
  { length: 12_000 },
  (_, index) => `${String(index % 40).padStart(2, '0')}/${String(index).padStart(6, '0')}.txt`,
).toSorted()

let server: NullServer

beforeAll(async () => {
  server = await startNullServer(0)
  await server.fill(
    place.bucket,
    keys.map((key) => [key, 1] as const),
  )
  await server.fill('short', [['a.txt', 1]])
})

afterAll(() => server.stop())

describe('a listing that is handed over page by page', () => {
  test('has every key once and in order, and knows tokens of its own only', async () => {
    const listings = createOpenListings()
    const session = testSession(server.endpoint)
    let page = await listings.begin(session, place)
    const seen = page.objects.map(({ key }) => key)
    expect(seen).toHaveLength(1000)
    while (page.continuationToken !== null) {
      const next = await listings.next(session, place, page.continuationToken)
      if (next === null) throw new Error('the token was not known')
      page = next
      seen.push(...page.objects.map(({ key }) => key))
    }
    expect(seen).toEqual(keys)
    expect(await listings.next(session, place, 'a token of the service')).toBeNull()
    session.destroy()
  })

  test('of one page ends with it', async () => {
    const session = testSession(server.endpoint)
    const page = await createOpenListings().begin(session, { bucket: 'short', prefix: '' })
    expect(page).toMatchObject({ objects: [{ key: 'a.txt' }], continuationToken: null })
    session.destroy()
  })

  test('F1 after an error goes on where it was, when it is asked for again', async () => {
    const listings = createOpenListings()
    const session = testSession(server.endpoint)
    const gone = testSession(server.endpoint)
    const first = await listings.begin(gone, place)
    const token = first.continuationToken ?? ''
    // The profile was changed meanwhile: what was begun with the old one is not gone on with.
    const next = await listings.next(session, place, token)
    expect(next?.objects[0]?.key).toBe(keys[first.objects.length])
    session.destroy()
    gone.destroy()
  })

  test('that was given up for newer ones is not known any more', async () => {
    const listings = createOpenListings(1)
    const session = testSession(server.endpoint)
    const first = await listings.begin(session, place)
    await listings.begin(session, place)
    await expect(listings.next(session, place, first.continuationToken ?? '')).rejects.toMatchObject({
      error: { code: 'not-found' },
    })
    session.destroy()
  })
})
