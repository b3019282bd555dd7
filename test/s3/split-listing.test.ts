import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failure } from '../../src-preload/contract/failure.ts'
import { listAllObjects } from '../../src-main/s3/list-objects.ts'
import { compareKeys } from '../../src-main/s3/object-key.ts'
import type { PageRequest, SplitLimits } from '../../src-main/s3/split-listing.ts'
import { listInRanges } from '../../src-main/s3/split-listing.ts'
import type { ScannedListing } from '../../src-main/s3/wire/list-scanner.ts'
import type { ScriptedServer } from './scripted-server.ts'
import { isHeadBucket, sendXml, startScriptedServer, testSession } from './scripted-server.ts'

/** A bucket in memory that answers as ListObjectsV2 does, `size` entries a page. */
function bucketOf(
  keys: readonly string[],
  size: number,
  startAfter: 'kept' | 'ignored' | 'inclusive' = 'kept',
) {
  const sorted = [...keys].sort(compareKeys)
  return (request: Omit<PageRequest, 'signal'>): ScannedListing => {
    const { prefix, delimiter, continuationToken } = request
    const after = continuationToken ?? (startAfter === 'ignored' ? undefined : request.startAfter)
    const isBeyond = (key: string) => {
      if (after === undefined) return true
      const order = compareKeys(key, after)
      return order > 0 || (order === 0 && startAfter === 'inclusive' && continuationToken === undefined)
    }
    const objects: ScannedListing['objects'] = []
    const folders: string[] = []
    let last = ''
    for (const key of sorted) {
      if (!key.startsWith(prefix) || !isBeyond(key)) continue
      const at = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length)
      const folder = at === -1 ? null : key.slice(0, at + 1)
      if (folder !== null && (folder === folders.at(-1) || after?.startsWith(folder))) {
        last = key
        continue
      }
      if (objects.length + folders.length === size) return { objects, folders, continuationToken: last }
      last = key
      if (folder === null)
        objects.push({ key, sizeBytes: 1, lastModified: null, eTag: null, storageClass: null })
      else folders.push(folder)
    }
    return { objects, folders, continuationToken: null }
  }
}

const name = fc.oneof(
  fc.constantFrom('a', 'b', 'b!', 'b0', 'c', '\ufffd', '\uff01', '😀'),
  fc.string({ maxLength: 3 }),
)
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => `p/${parts.join('/')}`)
const keySet = fc.oneof(
  fc.uniqueArray(path, { maxLength: 150 }),
  // Long folders beside short ones, and markers.
  fc
    .array(fc.record({ folder: path, files: fc.nat({ max: 60 }), marker: fc.boolean() }), { maxLength: 8 })
    .map((folders) => [
      ...new Set(
        folders.flatMap(({ folder, files, marker }) => [
          ...(marker ? [`${folder}/`] : []),
          ...Array.from({ length: files }, (_, index) => `${folder}/f${index}`),
        ]),
      ),
    ]),
)
const spread = {
  lanes: fc.integer({ min: 1, max: 6 }),
  pagesKept: fc.integer({ min: 1, max: 12 }),
  pagesPerRange: fc.integer({ min: 1, max: 4 }),
}
const limits: fc.Arbitrary<SplitLimits> = fc.record(
  {
    plainPages: fc.integer({ min: 1, max: 3 }),
    ...spread,
    near: fc.record({ withinMs: fc.constantFrom(0, 60_000), ...spread }),
  },
  { requiredKeys: ['plainPages', 'lanes', 'pagesKept', 'pagesPerRange'] },
)

async function keysOf(pages: AsyncIterable<readonly { readonly key: string }[]>): Promise<string[]> {
  const keys: string[] = []
  for await (const page of pages) keys.push(...page.map(({ key }) => key))
  return keys
}

/** Answers in an order of its own, as a network would. */
const late = (scheduler: fc.Scheduler, answer: (request: PageRequest) => ScannedListing) => {
  const ask = scheduler.scheduleFunction((request: PageRequest) => Promise.resolve(answer(request)))
  return (request: PageRequest) => ask(request)
}

describe('every key once and in order', () => {
  it.each(['kept', 'ignored', 'inclusive'] as const)(
    'whatever the keys, the limits and the order of answers; start-after %s',
    async (startAfter) => {
      await fc.assert(
        fc.asyncProperty(
          keySet,
          limits,
          fc.integer({ min: 1, max: 9 }),
          // Of an earlier listing, of none, or of another place.
          fc.oneof(fc.constant([]), fc.array(fc.oneof(path, fc.string({ maxLength: 4 })), { maxLength: 12 })),
          fc.scheduler(),
          async (keys, how, size, marks, s) => {
            const answer = bucketOf(['o/x', ...keys, 'q/x'], size, startAfter)
            const listed = keysOf(listInRanges(late(s, answer), { prefix: 'p/', marks }, how))
            const [found] = await Promise.all([listed, s.waitFor(listed)])
            expect(found).toEqual([...keys].sort(compareKeys))
          },
        ),
        { numRuns: 400 },
      )
    },
    120_000,
  )

  it('also when folders may not be asked for', async () => {
    await fc.assert(
      fc.asyncProperty(keySet, limits, async (keys, how) => {
        const answer = bucketOf(keys, 3)
        const ask = (request: PageRequest) =>
          request.delimiter === undefined
            ? Promise.resolve(answer(request))
            : Promise.reject(failure('access-denied', 'no'))
        expect(await keysOf(listInRanges(ask, { prefix: 'p/' }, how))).toEqual([...keys].sort(compareKeys))
      }),
      { numRuns: 200 },
    )
  })

  it('a key that one range saw and the next one left out is not lost', async () => {
    const keys = Array.from(
      { length: 400 },
      (_, index) => `p/${String(index >> 3).padStart(2, '0')}/${index & 7}`,
    )
    const answer = bucketOf(keys, 4)
    const ask = (request: PageRequest) => {
      const page = answer(request)
      // A service that begins one too late after a folder.
      const isRange = request.startAfter !== undefined && request.delimiter === undefined
      return sleep(isRange ? 5 : 0).then(() => (isRange ? { ...page, objects: page.objects.slice(1) } : page))
    }
    const how = { plainPages: 2, lanes: 4, pagesKept: 20, pagesPerRange: 2 }
    expect(await keysOf(listInRanges(ask, { prefix: 'p/' }, how))).toEqual([...keys].sort(compareKeys))
  })
})

it('a service with an order of its own loses no key: it is refused', async () => {
  // By the units of UTF-16, as some programs sort: emoji before full-width signs.
  const keys = ['p/a', 'p/😀', 'p/！', 'p/ｚ'].sort()
  const pages: Record<string, string[]> = {
    '': keys.slice(0, 2),
    'p/😀': keys.slice(2),
    'p/！': keys.slice(3),
  }
  const ask = ({ continuationToken, startAfter }: PageRequest) => {
    const found = pages[continuationToken ?? startAfter ?? ''] ?? []
    const objects = found.map((key) => ({
      key,
      sizeBytes: 1,
      lastModified: null,
      eTag: null,
      storageClass: null,
    }))
    const last = found.at(-1) ?? null
    return Promise.resolve({ objects, folders: [], continuationToken: last === 'p/ｚ' ? null : last })
  }
  await expect(keysOf(listInRanges(ask, { prefix: 'p/', marks: ['p/！'] }))).rejects.toMatchObject({
    error: { code: 'integrity' },
  })
})

describe('what it costs', () => {
  const tree = (folders: number, files: number) =>
    Array.from({ length: folders * files }, (_, index) => {
      const folder = Math.floor(index / files)
      return `p/section-${Math.floor(folder / 20)}/folder-${String(folder).padStart(4, '0')}/file-${index}`
    })

  async function counted(
    keys: readonly string[],
    size: number,
    { marks = [], afterMs = 1, how }: { marks?: readonly string[]; afterMs?: number; how?: SplitLimits } = {},
  ) {
    const answer = bucketOf(keys, size)
    let requests = 0
    let underWay = 0
    let most = 0
    let rounds = 0
    const ask = async (request: PageRequest) => {
      requests++
      most = Math.max(most, ++underWay)
      if (underWay === 1) rounds++
      await sleep(afterMs)
      underWay--
      return answer(request)
    }
    const found = await keysOf(listInRanges(ask, { prefix: 'p/', marks }, how))
    expect(found).toEqual([...keys].sort(compareKeys))
    return { requests, most, rounds }
  }

  it.each([0, 1, 99, 100, 101, 200, 499, 500])(
    '%i keys in pages of 100: their pages and nothing else',
    async (count) => {
      const keys = tree(50, 10).slice(0, count)
      expect((await counted(keys, 100)).requests).toBe(Math.max(1, Math.ceil(count / 100)))
    },
  )

  it('with the marks of an earlier listing: the same pages, all at once', async () => {
    const keys = tree(50, 10).sort(compareKeys)
    const marks = keys.filter((_, index) => index % 100 === 99).slice(0, -1)
    expect(await counted(keys, 100, { marks })).toEqual({ requests: 5, most: 5, rounds: 1 })
    // Grown by a key in one place: one page more. Shrunk: none.
    expect((await counted([...keys, `${keys[150]}x`], 100, { marks })).requests).toBe(6)
    expect((await counted(keys.toSpliced(120, 150), 100, { marks })).requests).toBe(5)
  })

  it('a long listing: several at once, for at most half as many requests again', async () => {
    for (const [folders, files] of [
      [400, 20],
      [40, 200],
      [2, 4000],
      [4000, 2],
    ] as const) {
      // Later than a service does that counts as near.
      const { requests, most } = await counted(tree(folders, files), 100, { afterMs: 20 })
      expect(requests).toBeLessThanOrEqual(80 + 4 + 45)
      if (folders > 2) expect(most).toBeGreaterThan(4)
    }
  })

  it('a service that answers at once is asked for little more than the pages, a few at a time', async () => {
    const near = { withinMs: 60_000, lanes: 4, pagesKept: 12, pagesPerRange: 12 }
    const how = { plainPages: 5, lanes: 24, pagesKept: 48, pagesPerRange: 3, near }
    const keys = tree(400, 20)
    const { requests, most } = await counted(keys, 100, { how })
    expect(requests).toBeLessThanOrEqual(80 + 20)
    expect(most).toBe(4)
    // As soon as it is not that near, it is one of the others.
    const far = { ...how, near: { ...near, withinMs: 0 } }
    expect((await counted(keys, 100, { how: far })).most).toBeGreaterThan(4)
  })

  it('pages far ahead wait until they are wanted', async () => {
    const answer = bucketOf(tree(400, 20), 20)
    const handed: string[] = []
    const ask = (request: PageRequest) => {
      const page = answer(request)
      const last = page.objects.at(-1)
      if (request.delimiter === undefined && last) handed.push(last.key)
      return Promise.resolve(page)
    }
    const how = { plainPages: 5, lanes: 8, pagesKept: 10, pagesPerRange: 2 }
    for await (const page of listInRanges(ask, { prefix: 'p/' }, how)) {
      await sleep(1)
      const read = page.at(-1)?.key ?? ''
      const ahead = handed.filter((key) => compareKeys(key, read) > 0)
      expect(ahead.length).toBeLessThanOrEqual(how.pagesKept + 2 * how.lanes)
    }
    expect(handed.length).toBeGreaterThan(400)
  })

  it('no page is asked for any more once the reader has left, and what is under way is cancelled', async () => {
    const answer = bucketOf(tree(400, 20), 20)
    const signals: AbortSignal[] = []
    const ask = async (request: PageRequest) => {
      signals.push(request.signal)
      await sleep(2)
      return answer(request)
    }
    let read = 0
    for await (const _ of listInRanges(ask, { prefix: 'p/' })) if (++read === 12) break
    const asked = signals.length
    await sleep(30)
    expect(signals.length).toBe(asked)
    expect(signals.every(({ aborted }) => aborted)).toBe(true)
  })
})

describe('F23 what cannot be trusted', () => {
  const keys = Array.from(
    { length: 300 },
    (_, index) => `p/${String(index >> 3).padStart(2, '0')}/${index & 7}`,
  )
  const how = { plainPages: 2, lanes: 4, pagesKept: 20, pagesPerRange: 2 }

  it('a page that fails, whichever it is, ends the listing', async () => {
    const answer = bucketOf(keys, 4)
    let total = 0
    const counting = (request: PageRequest) => {
      if (request.delimiter === undefined) total++
      return Promise.resolve(answer(request))
    }
    await keysOf(listInRanges(counting, { prefix: 'p/' }, how))
    for (let bad = 0; bad < total; bad += 5) {
      let count = 0
      const ask = (request: PageRequest) => {
        if (request.delimiter === undefined && count++ === bad)
          return Promise.reject(failure('server-error', 'x'))
        return Promise.resolve(answer(request))
      }
      await expect(keysOf(listInRanges(ask, { prefix: 'p/' }, how))).rejects.toMatchObject({
        error: { code: 'server-error' },
      })
    }
  })

  it.each<[string, (page: ScannedListing) => ScannedListing]>([
    ['is out of order', (page) => ({ ...page, objects: page.objects.toReversed() })],
    ['repeats a key', (page) => ({ ...page, objects: page.objects.flatMap((each) => [each, each]) })],
    [
      'has a key of another prefix',
      (page) => ({ ...page, objects: page.objects.map((each) => ({ ...each, key: `x${each.key}` })) }),
    ],
  ])('a page within a range that %s', async (_, spoil) => {
    const answer = bucketOf(keys, 4)
    const ask = (request: PageRequest) => {
      const page = answer(request)
      const isLate = page.objects.length > 1 && (page.objects[0]?.key ?? '') > 'p/30'
      return Promise.resolve(isLate && request.delimiter === undefined ? spoil(page) : page)
    }
    await expect(keysOf(listInRanges(ask, { prefix: 'p/' }, how))).rejects.toMatchObject({
      error: { code: 'integrity' },
    })
  })
})

describe('through a session', () => {
  let server: ScriptedServer
  const answer = bucketOf(
    Array.from(
      { length: 12_000 },
      (_, index) => `p/${String(Math.floor(index / 1000)).padStart(2, '0')}/${index}`,
    ),
    1000,
  )
  beforeAll(async () => {
    server = await startScriptedServer((request, response) => {
      if (isHeadBucket(request)) return response.writeHead(200).end()
      const query = new URL(request.url, 'http://x').searchParams
      const optional = (parameter: string, member: string) => {
        const value = query.get(parameter)
        return value === null ? {} : { [member]: value }
      }
      const page = answer({
        prefix: query.get('prefix') ?? '',
        ...optional('delimiter', 'delimiter'),
        ...optional('continuation-token', 'continuationToken'),
        ...optional('start-after', 'startAfter'),
      })
      return sendXml(
        response,
        `<ListBucketResult><IsTruncated>${page.continuationToken !== null}</IsTruncated>${
          page.continuationToken === null
            ? ''
            : `<NextContinuationToken>${page.continuationToken}</NextContinuationToken>`
        }${page.objects.map(({ key }) => `<Contents><Key>${key}</Key></Contents>`).join('')}${page.folders
          .map((folder) => `<CommonPrefixes><Prefix>${folder}</Prefix></CommonPrefixes>`)
          .join('')}</ListBucketResult>`,
      )
    })
  })
  afterAll(() => server.close())

  it.each([
    ['p/00/', 1000, 1],
    ['p/0', 10_000, null],
    ['p/1', 2000, 2],
    ['p/', 12_000, null],
    ['none/', 0, 1],
  ])('“%s”: %i keys', async (prefix, count, requests) => {
    const session = testSession(server.endpoint)
    await session.bucketRegion('b')
    server.requests.length = 0
    let found = 0
    for await (const _ of listAllObjects(session, { bucket: 'b', prefix })) found++
    expect(found).toBe(count)
    if (requests !== null) expect(server.requests).toHaveLength(requests)
    session.destroy()
  })
})
