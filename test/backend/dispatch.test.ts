import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDispatch, subscribeToEvents } from '../../src-main/backend/dispatch.ts'
import { inspectInput } from '../../src-main/backend/inspect-input.ts'
import { limitOf } from '../../src-main/backend/call-limits.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import { methodNames } from '../../src-preload/contract/methods.ts'
import { ok } from '../../src-preload/contract/result.ts'
import { schemas } from '../../src-preload/contract/schemas.ts'
import { createApiDouble } from '../api-double.ts'
import { createLogDouble } from '../log-double.ts'

function setUp(now?: () => number) {
  const double = createApiDouble()
  const log = createLogDouble()
  return { double, log, dispatch: createDispatch(double.api, { log, ...(now === undefined ? {} : { now }) }) }
}

/** A clock that leaves a second between two looks at it, so that no rate is ever reached. */
function slowClock(): () => number {
  let time = 0
  return () => (time += 1000)
}

const preferences = {
  theme: 'dark',
  linkExpirySeconds: 60,
  inspectorOpen: true,
  sidebarWidth: 220,
  lastProfileId: null,
  lastBucket: null,
}

describe('dispatch', () => {
  test('S13 a known method with a fitting argument reaches the backend and its answer comes back', async () => {
    const { double, dispatch } = setUp()
    double.answer('setPreferences', () => ok(preferences))
    expect(await dispatch('setPreferences', { theme: 'dark' })).toEqual(ok(preferences))
    expect(double.calls).toEqual([{ name: 'setPreferences', input: { theme: 'dark' } }])
  })

  test.each(['', 'toString', '__proto__', 'constructor', 'onTransfers', 'getappinfo', 'getAppInfo '])(
    'S12 the name %j is not a method',
    async (name) => {
      const { double, dispatch } = setUp()
      expect(await dispatch(name, {})).toMatchObject({ ok: false, error: { code: 'not-allowed' } })
      expect(double.calls).toEqual([])
    },
  )

  test('S13 a refusal names the field and never echoes the value', async () => {
    const { double, dispatch } = setUp()
    const canary = 'CANARYCANARY'
    const results = [
      await dispatch('setProfileSecret', {
        profileId: 'p1',
        accessKeyId: canary.repeat(100),
        secretAccessKey: canary,
        sessionToken: null,
        keepForSession: false,
      }),
      await dispatch('listBuckets', { profileId: `not an id ${canary}` }),
      await dispatch('setPreferences', { theme: canary }),
      await dispatch('listBuckets', { profileId: 'p1', [canary]: canary }),
    ]
    for (const result of results)
      expect(result).toMatchObject({ ok: false, error: { code: 'invalid-argument' } })
    expect(JSON.stringify(results)).not.toContain(canary)
    expect(JSON.stringify(results[0])).toContain('accessKeyId')
    expect(JSON.stringify(results[1])).toContain('profileId')
    expect(double.calls).toEqual([])
  })

  test.each([
    ['__proto__', JSON.parse('{"profileId":"p1","__proto__":{"polluted":true}}')],
    ['constructor', { profileId: 'p1', constructor: { prototype: {} } }],
    ['nested', { profile: JSON.parse('{"__proto__":1}') }],
    ['a class', Object.create({ profileId: 'p1' })],
    ['a Map', new Map([['profileId', 'p1']])],
    ['a getter', Object.defineProperty({}, 'profileId', { enumerable: true, get: () => 'p1' })],
    [
      'a proxy that throws',
      new Proxy(
        {},
        {
          ownKeys() {
            throw new Error('trap')
          },
        },
      ),
    ],
  ])('S13 an argument with %s is refused before its schema', async (_what, input) => {
    const { double, dispatch } = setUp()
    expect(await dispatch('listBuckets', input)).toMatchObject({
      ok: false,
      error: { code: 'invalid-argument' },
    })
    expect(double.calls).toEqual([])
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  test('a Failure becomes its error, with everything that was meant to cross', async () => {
    const { double, log, dispatch } = setUp()
    double.answer('listBuckets', () => {
      throw failure('access-denied', 'No.', { s3Code: 'AccessDenied', retryable: true })
    })
    expect(await dispatch('listBuckets', { profileId: 'p1' })).toEqual({
      ok: false,
      error: { code: 'access-denied', message: 'No.', s3Code: 'AccessDenied', retryable: true },
    })
    expect(log.lines).toEqual([])
  })

  test('S24 anything else that is thrown is a bug: logged, and nothing of it crosses', async () => {
    const { double, log, dispatch } = setUp()
    const thrown = new Error('the secret is wJalrXUtnFEMI')
    double.answer('listBuckets', () => {
      throw thrown
    })
    const result = await dispatch('listBuckets', { profileId: 'p1' })
    expect(result).toMatchObject({ ok: false, error: { code: 'bug', retryable: false } })
    expect(JSON.stringify(result)).not.toContain('wJalr')
    expect(log.lines).toMatchObject([{ level: 'error', details: { op: 'listBuckets', error: thrown } }])
  })

  test.each([
    ['an extra field', { ...preferences, secretAccessKey: 'wJalrXUtnFEMI' }],
    ['a missing field', { theme: 'dark' }],
    ['nothing', undefined],
  ])('S13 an answer with %s does not cross', async (_what, value) => {
    const { double, log, dispatch } = setUp()
    double.answer('setPreferences', () => ({ ok: true, value }))
    const result = await dispatch('setPreferences', {})
    expect(result).toMatchObject({ ok: false, error: { code: 'bug' } })
    expect(JSON.stringify([result, log.lines])).not.toContain('wJalr')
    expect(log.lines).toHaveLength(1)
  })

  test('S13 an error that does not fit its schema does not cross either', async () => {
    const { double, dispatch } = setUp()
    double.answer('listBuckets', () => ({
      ok: false,
      error: { code: 'surprise', message: 'x', stack: 'wJalr' },
    }))
    const result = await dispatch('listBuckets', { profileId: 'p1' })
    expect(result).toMatchObject({ ok: false, error: { code: 'bug' } })
    expect(JSON.stringify(result)).not.toContain('wJalr')
  })

  test('S18 a link for each of five thousand selected objects is not too many, nor are all of them too long', async () => {
    const { double, dispatch } = setUp(() => 0)
    const links = Array.from({ length: 5000 }, (_, index) => ({
      key: `${'k'.repeat(1000)}${index}`,
      baseUrl: 'https://static.example.org',
    }))
    const wanted = { profileId: 'p1', bucket: 'b1', kind: 'presigned', expiresInSeconds: 60, format: 'url' }
    expect(await dispatch('copyLinks', { ...wanted, links })).toMatchObject({ error: { code: 'not-found' } })
    expect(double.calls.map(({ name }) => name)).toEqual(['copyLinks'])
    double.answer('copyText', () => ok({}))
    expect(await dispatch('copyText', { text: 'x'.repeat(1000 * 2000) })).toEqual(ok({}))
  })

  test('S18 calls beyond the burst are refused until time has passed', async () => {
    let time = 0
    const { double, dispatch } = setUp(() => time)
    const { burst, perSecond } = limitOf('startPlayground')
    const codes: string[] = []
    for (let call = 0; call < burst + 3; call += 1) {
      const result = await dispatch('startPlayground', {})
      codes.push(result.ok ? 'ok' : result.error.code)
    }
    expect(codes.filter((code) => code === 'too-many')).toHaveLength(3)
    // Another method is not held up by it.
    expect(await dispatch('listProfiles', {})).toMatchObject({ error: { code: 'not-found' } })
    time += 1000 / perSecond
    expect(await dispatch('startPlayground', {})).toMatchObject({ error: { code: 'not-found' } })
    expect(double.calls).toHaveLength(burst + 2)
  })

  test('S18 an argument above its size is refused without being parsed', async () => {
    const { double, dispatch } = setUp()
    const text = 'x'.repeat(limitOf('copyText').maxBytes + 1)
    expect(await dispatch('copyText', { text })).toMatchObject({ error: { code: 'invalid-argument' } })
    const holes: unknown[] = []
    holes.length = 10_000_000
    expect(inspectInput(holes, 1024)).toBe('too-large')
    expect(double.calls).toEqual([])
  })

  test('S18 the largest arguments that the contract allows fit', () => {
    const keys = Array.from({ length: 10_000 }, (_, index) => 'k'.repeat(1000) + index)
    const input = { profileId: 'p', bucket: 'bucket', keys, prefixes: [] }
    expect(inspectInput(input, limitOf('planDelete').maxBytes)).toBeNull()
    const sources = Array.from({ length: 20_000 }, (_, index) => ({
      path: `/home/ann/photos/${index}`.padEnd(200, 'x'),
    }))
    expect(inspectInput({ sources }, limitOf('registerDrop').maxBytes)).toBeNull()
  })

  test('S13 fuzz: 10,000 payloads to every method: nothing is thrown, and only what fits reaches the backend', async () => {
    const fields =
      'profileId bucket key keys prefix prefixes sources path ids planId folderId text profile theme offset limit filter options destination copy __proto__ constructor prototype toString then ok value'.split(
        ' ',
      )
    const leaf = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom('p1', 'all', 'files', '/etc/passwd', '../../x', 'javascript:alert(1)', '', '\0'),
      fc.double(),
      fc.bigInt(),
      fc.constantFrom(null, undefined, true, false, -0, Number.MAX_SAFE_INTEGER),
    )
    const payload = fc.oneof(
      fc.anything({
        maxDepth: 3,
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withNullPrototype: true,
      }),
      fc.dictionary(fc.constantFrom(...fields), fc.oneof(leaf, fc.array(leaf, { maxLength: 3 })), {
        maxKeys: 6,
      }),
    )
    // Making them takes longer than trying them, so that every method gets the same ones.
    const seed = Date.now() % 2 ** 31
    const payloads = fc.sample(payload, { numRuns: 10_000, seed })
    expect(payloads).toHaveLength(10_000)
    let reached = 0
    for (const name of methodNames) {
      const { double, dispatch } = setUp(slowClock())
      for (const [index, input] of payloads.entries()) {
        const before = double.calls.length
        const result = await dispatch(name, input)
        const call = double.calls.length > before ? double.calls.at(-1) : undefined
        // It reached the backend: then it fits, and the double's own error came back.
        const isRight =
          !result.ok &&
          (call === undefined
            ? result.error.code === 'invalid-argument'
            : result.error.code === 'not-found' &&
              call.name === name &&
              schemas[name].input.safeParse(call.input).success)
        if (!isRight) expect.fail(`${name} with payload ${index} of seed ${seed}: ${JSON.stringify(result)}`)
      }
      reached += double.calls.length
    }
    // Some of it must have been valid, or the fuzz proves nothing.
    expect(reached).toBeGreaterThan(50)
    expect(Object.keys(Object.prototype)).toEqual([])
  }, 120_000)
})

describe('events', () => {
  const progress = {
    planId: 'plan',
    state: 'running',
    filesDone: 1,
    filesTotal: 2,
    bytesDone: 1,
    bytesTotal: 2,
    bytesPerSecond: 1,
    secondsLeft: null,
    current: null,
  } as const

  test('S13 an event crosses checked, and one that does not fit is dropped and logged', () => {
    const { double, log } = setUp()
    const seen: unknown[] = []
    const stop = subscribeToEvents(double.api, { log }, (name, event) => seen.push([name, event]))
    double.emit('onSyncProgress', progress)
    double.emit('onSyncProgress', { ...progress, secretAccessKey: 'wJalr' } as typeof progress)
    expect(seen).toEqual([['onSyncProgress', progress]])
    expect(log.lines).toHaveLength(1)
    expect(JSON.stringify(log.lines)).not.toContain('wJalr')
    stop()
    expect(double.listeners('onSyncProgress')).toBe(0)
  })
})
