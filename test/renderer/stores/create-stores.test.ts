import { describe, expect, it } from 'vitest'
import type { Transfer } from '../../../src-preload/contract/transfer.ts'
import { createStores, openWindow } from '../../../src-renderer/stores/create-stores.ts'
import { isStatic } from '../../../src-renderer/stores/destination-store.ts'
import { jobOf } from '../../../src-renderer/stores/sync-store.ts'
import { memoryApi } from '../memory-api.ts'
import { sampleMemory } from '../preview/sample-memory.ts'

/** Lets every answer that is under way arrive. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 5))

async function openSample() {
  const memory = sampleMemory()
  const stores = createStores(memoryApi(memory))
  await openWindow(stores)
  await settle()
  return { memory, stores }
}

describe('a window', () => {
  it('opens where the person was', async () => {
    const { stores } = await openSample()
    expect(stores.profiles.getState().selectedId).toBe('p1')
    expect(stores.view.getState().bucket).toBe('example-assets')
    expect(stores.browse.getState().objects.length).toBeGreaterThan(5)
  })

  it('remembers where the person goes', async () => {
    const { memory, stores } = await openSample()
    stores.view.getState().openBucket('example-static')
    await settle()
    expect(memory.info.preferences).toMatchObject({ lastProfileId: 'p1', lastBucket: 'example-static' })
  })

  it('S45 asks again for what a changed destination hands out at another address', async () => {
    const { memory, stores } = await openSample()
    const destination = stores.destinations.getState().destinations[0]!
    const { id, ...input } = destination
    const ref = {
      profileId: destination.profileId,
      bucket: destination.bucket,
      key: `${destination.prefix}a`,
    }
    stores.checks.getState().look(ref)
    const asked = () =>
      memory.calls.filter(
        ({ method, input: of }) =>
          method === 'checkVisibility' && JSON.stringify(of).includes(JSON.stringify(ref.key)),
      ).length
    await expect.poll(asked).toBe(1)
    // Its name has nothing to do with that.
    await stores.destinations.getState().update(id, { ...input, name: 'Another name' })
    await settle()
    expect(asked()).toBe(1)
    await stores.destinations.getState().update(id, { ...input, baseUrl: 'https://other.example.org' })
    await expect.poll(asked).toBe(2)
  })

  it('S17 keeps no secret in any store', async () => {
    const { stores } = await openSample()
    const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
    await stores.profiles.getState().setSecret({
      profileId: 'p1',
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: secret,
      sessionToken: null,
      keepForSession: false,
    })
    const everything = Object.values(stores)
      .map((store) => ('getState' in store ? JSON.stringify(store.getState()) : ''))
      .join('')
    expect(everything).toContain('AKIA…MPLE')
    expect(everything).not.toContain(secret)
  })

  it('shows new uploads when the last has arrived, and does not wait for their links to be tried', async () => {
    const { memory, stores } = await openSample()
    const shows = () => stores.browse.getState().objects.some(({ key }) => key === 'sent.txt')
    const sent = {
      id: 't1',
      batchId: 'b',
      direction: 'upload',
      profileId: 'p1',
      bucket: 'example-assets',
      key: 'sent.txt',
      name: 'sent.txt',
      sizeBytes: 1,
      movedBytes: 0,
      visibility: 'private',
      error: null,
      note: null,
    } as const
    const { snapshot } = stores.transfers.getState()
    const tell = (...states: Transfer['state'][]) =>
      memory.emitTransfers({
        ...snapshot,
        transfers: states.map((state, index) => ({ ...sent, id: `t${index}`, state })),
      })
    tell('queued', 'running')
    memory.objects
      .get('example-assets')
      ?.push({ key: 'sent.txt', sizeBytes: 1, lastModified: '', visibility: 'private' })
    tell('done', 'running')
    await settle()
    expect(shows()).toBe(false)
    const listed = memory.calls.filter(({ method }) => method === 'listObjects').length
    tell('done', 'done')
    await expect.poll(shows).toBe(true)
    // Nothing more has arrived.
    tell('done', 'done')
    await settle()
    expect(memory.calls.filter(({ method }) => method === 'listObjects')).toHaveLength(listed + 1)
  })

  it('shows new uploads without being asked', async () => {
    const { memory, stores } = await openSample()
    const before = stores.browse.getState().objects.length
    memory.objects
      .get('example-assets')
      ?.push({ key: 'new.txt', sizeBytes: 1, lastModified: '', visibility: 'private' })
    memory.emitReport({
      batchId: 'b',
      bucket: 'example-assets',
      uploaded: 1,
      failed: 0,
      skipped: 0,
      cancelled: 0,
      link: null,
      linkError: null,
    })
    await settle()
    expect(stores.browse.getState().objects.length).toBe(before + 1)
    expect(stores.transfers.getState().lastReport?.batchId).toBe('b')
  })

  it('the inspector follows the selection only while it is open', async () => {
    const { stores } = await openSample()
    const select = (key: string) =>
      stores.browse.getState().setSelection({ ids: new Set([key]), anchor: key, lead: key })
    select('index.html')
    await settle()
    expect(stores.details.getState().ref).toBeNull()
    await stores.app.getState().setPreferences({ inspectorOpen: true })
    await settle()
    expect(stores.details.getState().details?.key).toBe('index.html')
    select('media/')
    await settle()
    expect(stores.details.getState().ref).toBeNull()
  })

  it('several links are copied together, one a line', async () => {
    const { memory, stores } = await openSample()
    const refs = ['index.html', 'robots.txt'].map((key) => ({
      profileId: 'p1',
      bucket: 'example-assets',
      key,
    }))
    await stores.links.getState().copy(refs, { kind: 'presigned', expiresInSeconds: 300 }, [])
    expect(memory.clipboard.split('\n')).toHaveLength(2)
    expect(memory.clipboard).toContain('X-Amz-Expires=300')
    const tried = memory.calls.flatMap(({ method, input }) =>
      method === 'copyLinks' && typeof input === 'object' && input !== null && 'selfTest' in input
        ? [input.selfTest]
        : [],
    )
    expect(tried).toEqual([true])
  })

  it('links in HTML have the sizes of pictures, and none where there is no answer', async () => {
    const { memory, stores } = await openSample()
    const refs = ['media/a.jpg', 'robots.txt'].map((key) => ({
      profileId: 'p1',
      bucket: 'example-assets',
      key,
    }))
    const wanted = { kind: 'public', expiresInSeconds: 300, format: 'html' } as const
    await stores.links.getState().copy(refs, wanted, [])
    expect(memory.clipboard).toMatch(
      /^<img src="[^"]+" width="30" height="50" alt="a">\n<a href="[^"]+">robots.txt<\/a>$/,
    )
    memory.failures.set('measurePictures', { code: 'access-denied', message: '', retryable: false })
    await stores.links.getState().copy(refs, wanted, [])
    expect(memory.clipboard).toMatch(/^<img src="[^"]+" alt="a">\n/)
  })

  it('more links than the clipboard is good for are refused with their number', async () => {
    const { memory, stores } = await openSample()
    const refs = Array.from({ length: 5001 }, (_, index) => ({
      profileId: 'p1',
      bucket: 'example-assets',
      key: `${index}.txt`,
    }))
    const result = await stores.links.getState().copy(refs, { kind: 'public', expiresInSeconds: 300 }, [])
    expect(result).toMatchObject({
      ok: false,
      error: { code: 'too-many', message: expect.stringContaining('5,000 links') as string },
    })
    expect(memory.clipboard).toBe('')
  })

  it('a link that does not work is copied only when it is wanted all the same', async () => {
    const { memory, stores } = await openSample()
    const problem = { code: 'no-such-key' as const, message: 'It is gone.' }
    memory.linkTest = { outcome: 'failed', status: 404, problem }
    const before = memory.links.length
    const refs = ['index.html', 'robots.txt'].map((key) => ({
      profileId: 'p1',
      bucket: 'example-assets',
      key,
    }))
    const wanted = { kind: 'presigned', expiresInSeconds: 300 } as const
    const result = await stores.links.getState().copy(refs, wanted, [])
    expect(result).toMatchObject({
      ok: true,
      value: { first: { test: { outcome: 'failed' } }, count: 0, recordIds: [] },
    })
    expect([memory.clipboard, memory.links.length]).toEqual(['', before])
    await stores.links.getState().copy(refs, { ...wanted, anyway: true }, [])
    expect(memory.clipboard.split('\n')).toHaveLength(2)
    expect(memory.links).toHaveLength(before + 2)
  })

  it('of several links each is tried, those that do not work are named, and how far it is can be followed and ended', async () => {
    const { memory, stores } = await openSample()
    const problem = { code: 'no-such-key' as const, message: 'It is gone.' }
    memory.linkTests.set('robots.txt', { outcome: 'failed', status: 404, problem })
    const refs = ['index.html', 'robots.txt', 'a.txt'].map((key) => ({
      profileId: 'p1',
      bucket: 'example-assets',
      key,
    }))
    const wanted = { kind: 'presigned', expiresInSeconds: 300 } as const
    const stop = new AbortController()
    const seen: number[][] = []
    memory.whileCopying = (planId) => {
      const moment = { bytesDone: 0, bytesTotal: 0, bytesPerSecond: 0, secondsLeft: null, current: null }
      for (const each of [planId, 'another'])
        memory.emitSync({
          planId: each,
          state: 'planning',
          filesDone: 2,
          filesTotal: 3,
          ...moment,
        })
      stop.abort()
    }
    const result = await stores.links.getState().copy(refs, wanted, [], {
      onTested: (tested, links) => seen.push([tested, links]),
      signal: stop.signal,
    })
    expect(result).toMatchObject({
      ok: true,
      value: { dead: [{ key: 'robots.txt', code: 'no-such-key', message: 'It is gone.' }], count: 0 },
    })
    expect(memory.clipboard).toBe('')
    expect(seen).toEqual([[2, 3]])
    const copied = memory.calls.find(({ method }) => method === 'copyLinks')?.input as { planId: string }
    expect(memory.calls.filter(({ method }) => method === 'cancelSync').map(({ input }) => input)).toEqual([
      { planId: copied.planId },
    ])
  })

  it('the list of links is what its filter leaves, live links first', async () => {
    const { stores } = await openSample()
    const { setFilter } = stores.links.getState()
    await setFilter({})
    expect(stores.links.getState().list?.links.map(({ id }) => id)).toEqual(['l1', 'l2', 'l3', 'l4'])
    expect(stores.links.getState().list?.live).toBe(2)
    await setFilter({ search: 'anna' })
    expect(stores.links.getState().list?.links.map(({ id }) => id)).toEqual(['l3'])
    // The answer to a filter that was left is not shown.
    const slow = setFilter({ search: 'printer' })
    await setFilter({ search: '' })
    await slow
    expect(stores.links.getState().list?.total).toBe(4)
    expect(await stores.links.getState().setNote(['l2'], 'The site')).toBeNull()
    expect(stores.links.getState().list?.links[1]?.note).toBe('The site')
  })

  it('a sync is planned, its rows are fetched, and the confirmed number of deletions is the plan’s', async () => {
    const { memory, stores } = await openSample()
    const [destination] = stores.destinations.getState().destinations.filter(isStatic)
    if (destination === undefined) throw new Error('The sample has a static destination')
    const sync = stores.sync.getState()
    await sync.plan(destination, {
      cacheControl: 'max-age=86400',
      rules: [],
      exclude: [],
      removeRemoteOnly: true,
      removeForeign: false,
      manifestInBucket: false,
      maxDelete: null,
      visibility: 'public',
      keepPrevious: false,
    })
    const planned = jobOf(stores.sync.getState(), destination.id)
    expect(planned).toMatchObject({ phase: 'planned', rowTotal: 4 })
    expect(planned.rows.get(0)?.action).toBe('upload')
    await sync.apply(destination.id)
    expect(jobOf(stores.sync.getState(), destination.id)).toMatchObject({
      phase: 'done',
      outcome: { deleted: 1 },
    })
    expect(memory.calls.find((call) => call.method === 'applySync')?.input).toMatchObject({
      confirmedDeletes: 1,
      confirmedForeign: 0,
    })
  })
})
