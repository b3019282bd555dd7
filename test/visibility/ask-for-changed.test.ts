import { afterEach, expect, test } from 'vitest'
import { createVisibilityChecks } from '../../src-main/backend/create-visibility-checks.ts'
import type { VisibilityAnswers, VisibilityReport } from '../../src-preload/contract/visibility-report.ts'
import { isHeadBucket, startScriptedServer, testSession } from '../s3/scripted-server.ts'

const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** Checks against a server that answers so; null is none. `reached` counts what it has under way. */
async function checksOf(
  answer: (key: string, count: number) => number | null,
  more: { mostAsked?: number; perSecond?: number; waitMs?: number; isThere?: (key: string) => boolean } = {},
) {
  const { mostAsked, perSecond = 5000, waitMs = 0, isThere = () => true } = more
  const lookedUp: string[] = []
  const asked: string[] = []
  const reached = { now: 0, most: 0 }
  const server = await startScriptedServer((request, response) => {
    if (isHeadBucket(request)) return void response.writeHead(200).end()
    const key = request.url.slice('/b/'.length)
    if (request.headers.authorization !== undefined) {
      lookedUp.push(key)
      return void response.writeHead(isThere(key) ? 200 : 404, { 'content-length': 1 }).end()
    }
    asked.push(key)
    reached.now++
    reached.most = Math.max(reached.most, reached.now)
    const status = answer(key, asked.length - 1)
    setTimeout(() => {
      reached.now--
      if (status === null) response.destroy()
      else response.writeHead(status).end()
    }, waitMs)
  })
  closers.push(() => server.close())
  const session = testSession(server.endpoint)
  closers.push(() => session.destroy())
  const reports: VisibilityReport[] = []
  const answers: VisibilityAnswers['checks'] = []
  let look = () => {}
  const checks = createVisibilityChecks({
    sessions: { open: () => Promise.resolve(session), forget: () => undefined, close: () => undefined },
    reports: {
      emit(report) {
        reports.push(report)
        look()
      },
    },
    answers: { emit: (event) => void answers.push(...event.checks) },
    throughOf: () => null,
    promisedFor: ({ key }) => (key.startsWith('p') ? 'private' : null),
    perSecond,
    ...(mostAsked === undefined ? {} : { mostAsked }),
  })
  closers.push(() => checks.close())
  const place = { profileId: 'p', bucket: 'b' }
  const begin = (keys: readonly string[], expected?: 'public' | 'private') =>
    checks.after(
      place,
      { cause: 'upload', causeId: null },
      keys.map((key) => (expected === undefined ? { key } : { key, expected })),
    )
  const end = async (id: string | null): Promise<VisibilityReport> => {
    for (;;) {
      const found = reports.find(({ reportId, state }) => reportId === id && state !== 'asking')
      if (found !== undefined) return found
      await new Promise<void>((resolve) => {
        look = resolve
      })
    }
  }
  return { checks, place, begin, end, asked, lookedUp, reached, reports, answers }
}

const keys = (count: number, from = 'k') =>
  Array.from({ length: count }, (_, index) => `${from}${String(index).padStart(3, '0')}`)

test('S45 of very many a sample is asked for, and what was not asked for is told as that', async () => {
  const { begin, end, asked } = await checksOf(() => 403, { mostAsked: 10 })
  const report = await end(begin(keys(40), 'private'))
  expect(report).toMatchObject({
    state: 'done',
    objects: 40,
    chosen: 10,
    notAsked: 30,
    counts: { private: 10 },
  })
  expect(new Set(asked).size).toBe(10)
})

test('F7 what the service has no time for is asked for again, and not called unknown', async () => {
  const { begin, end, asked } = await checksOf((_, count) => (count < 12 ? 503 : 200))
  const report = await end(begin(keys(20), 'private'))
  expect(report).toMatchObject({ counts: { public: 20, unknown: 0 }, exposed: { objects: 20 } })
  expect(asked).toHaveLength(32)
})

test('F7 where there is nothing but refusals it is given up, and the rest is not asked for', async () => {
  const { begin, end } = await checksOf(() => 503)
  const report = await end(begin(keys(300)))
  expect(report.state).toBe('stopped')
  expect(report.notAsked).toBeGreaterThan(250)
})

test('F1 where nothing answers it is given up', async () => {
  const { begin, end, asked } = await checksOf(() => null)
  const report = await end(begin(keys(200)))
  expect(report).toMatchObject({ state: 'stopped', counts: { public: 0, private: 0 } })
  expect(report.notAsked).toBeGreaterThan(150)
  expect(new Set(asked).size).toBeLessThan(40)
})

test('several changes together ask no more at once than one, and a small one does not wait for a large one', async () => {
  const { begin, end, reached, asked } = await checksOf(() => 403, { waitMs: 5 })
  const large = begin(keys(200))
  const small = begin(keys(2, 's'))
  await end(small)
  expect(asked.length).toBeLessThan(150)
  await end(large)
  expect(reached.most).toBeLessThanOrEqual(8)
})

test('what is expected is what was asked for, else what the destination promises', async () => {
  const { begin, end, answers } = await checksOf((key) => (key.endsWith('1') ? 200 : 403))
  const promised = await end(begin(['p1', 'p2', 'k1', 'k2']))
  expect(promised).toMatchObject({ exposed: { objects: 1, sample: ['p1'] }, blocked: { objects: 0 } })
  const asked = await end(begin(['p1', 'p2'], 'public'))
  expect(asked).toMatchObject({ exposed: { objects: 0 }, blocked: { objects: 1, sample: ['p2'] } })
  expect(answers).toHaveLength(6)
})

test('an object that was removed meanwhile is no visitor’s refusal, as S3 answers both with 403', async () => {
  const { begin, end, answers, lookedUp } = await checksOf(() => 403, { isThere: (key) => key !== 'k003' })
  const report = await end(begin(keys(60), 'public'))
  expect(report).toMatchObject({ counts: { private: 59, unknown: 1 }, blocked: { objects: 59 } })
  expect(report.blocked.sample).not.toContain('k003')
  expect(answers.find(({ key }) => key === 'k003')).toMatchObject({
    visibility: 'unknown',
    reason: expect.stringMatching(/no such object/) as string,
  })
  // Where nothing is missing the others are not looked up one by one.
  expect(lookedUp.length).toBeLessThan(35)
  // What is private as asked for needs no look with the keys of the profile.
  lookedUp.length = 0
  await end(begin(keys(5), 'private'))
  expect(lookedUp).toEqual([])
})

test('what is known of an object is told and not asked for again', async () => {
  const { checks, place, end, asked, answers } = await checksOf(() => 403)
  const known = {
    visibility: 'public',
    checkedAt: new Date().toISOString(),
    status: 200,
    url: 'http://x/a',
  } as const
  const id = checks.after(place, { cause: 'visibility', causeId: null }, [
    { key: 'a', known, expected: 'private' },
    { key: 'b', expected: 'private' },
  ])
  expect(await end(id)).toMatchObject({ counts: { public: 1, private: 1 }, exposed: { sample: ['a'] } })
  expect(asked).toEqual(['b'])
  expect(answers.find(({ key }) => key === 'a')).toMatchObject(known)
})

test('an end that is not waited for is one: closed, nothing is asked for any more', async () => {
  const { checks, begin, end, reports } = await checksOf(() => 403, { perSecond: 100 })
  const id = begin(keys(100))
  await new Promise((resolve) => setTimeout(resolve, 60))
  await checks.close()
  const report = await end(id)
  expect(report).toMatchObject({ state: 'stopped', counts: { unknown: 0, public: 0 } })
  expect(report.notAsked).toBe(100 - report.counts.private)
  const told = reports.length
  expect(begin(keys(3))).toBeNull()
  expect(reports).toHaveLength(told)
})

test('S45 what a change was to come to is not expected any more once it is taken back', async () => {
  let isUndone = false
  let begun = () => {}
  const { checks, place, begin, end, asked } = await checksOf(
    (_, count) => {
      if (count === 5) begun()
      return isUndone ? 403 : 200
    },
    { perSecond: 100, waitMs: 20 },
  )
  const keys = Array.from({ length: 200 }, (_, index) => `k${index}`)
  const changed = keys.map((key) => ({ key, expected: 'public' as const }))
  const sixth = new Promise<void>((resolve) => {
    begun = resolve
  })
  const id = checks.after(place, { cause: 'visibility', causeId: 'made' }, changed)
  await sixth
  // Of another bucket nothing is known by that.
  checks.changing({ ...place, bucket: 'other' })
  checks.changing(place)
  isUndone = true
  const report = await end(id)
  expect(report).toMatchObject({ state: 'stopped', objects: 200, blocked: { objects: 0, sample: [] } })
  const { counts, notAsked } = report
  expect(counts).toMatchObject({ private: 0, unknown: 0 })
  expect(counts.public + notAsked).toBe(200)
  expect(asked.length).toBeLessThan(100)
  // What was uploaded is asked for to the end, whoever changes what.
  const uploaded = begin(['k1', 'k2', 'k3'], 'private')
  checks.changing(place)
  expect(await end(uploaded)).toMatchObject({ state: 'done', counts: { private: 3 } })
})
