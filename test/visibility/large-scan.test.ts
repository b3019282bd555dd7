import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inParallel } from '../../src-main/s3/in-parallel.ts'
import { putObjectBytes } from '../../src-main/s3/put-object.ts'
import { type LeakScanOptions, type ScanState, scanForLeaks } from '../../src-main/visibility/leak-scan.ts'
import { type PlaygroundForTest, startPlaygroundForTest } from '../transfers/playground-for-test.ts'

const prefix = 'media/private/'
/** Forty more than a scan asks for. */
const objects = 10_040

/** A private destination of more objects than are asked for, one in a hundred of which everybody can read. */
describe('a leak scan of more than 10,000 objects, on the playground', () => {
  let scene: PlaygroundForTest
  const leaky = (index: number) => index % 100 === 7
  const nameOf = (index: number) => `${prefix}${String(index).padStart(5, '0')}.txt`
  beforeAll(async () => {
    scene = await startPlaygroundForTest()
    const all = Array.from({ length: objects }, (_, index) => index)
    await inParallel(all, 32, async (index) => {
      const target = {
        bucket: scene.open,
        key: nameOf(index),
        headers: { contentType: 'text/plain' },
        ...(leaky(index) ? { acl: 'public-read' as const } : {}),
      }
      await putObjectBytes(scene.session, target, Buffer.from('x'))
    })
  }, 600_000)
  afterAll(() => scene.close())

  const scan = (more: Partial<LeakScanOptions> = {}): Promise<ScanState> =>
    scanForLeaks(scene.session, {
      bucket: scene.open,
      prefix,
      through: () => null,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      ...more,
    })
  /** The keys that were asked for without a signature, each once. */
  const asked = () =>
    scene.requests.flatMap(({ method, path }) =>
      method === 'HEAD' && path.includes(prefix) ? [decodeURIComponent(path.split('?')[0]!)] : [],
    )

  test('S45 asks for 10,000 that were chosen at random, and says so', async () => {
    scene.requests.length = 0
    const report = await scan({ perSecond: 1_000_000 })
    expect(report).toMatchObject({
      state: 'done',
      objects,
      chosen: 10_000,
      isSampled: true,
      notAsked: 0,
      error: null,
      listing: { visibility: 'private' },
    })
    const keys = new Set(asked())
    expect([keys.size, asked().length]).toEqual([10_000, 10_000])
    // Each key has the same chance: of the last forty, too, about all are there, and some of the first are not.
    const last = Array.from({ length: 40 }, (_, index) => `/${scene.open}/${nameOf(objects - 40 + index)}`)
    expect(last.filter((path) => keys.has(path)).length).toBeGreaterThan(30)
    const { counts, leaks } = report
    expect(counts.public + counts.private).toBe(10_000)
    expect(counts.unknown).toBe(0)
    // A hundred leak in all, and a sample can miss at most forty of them.
    expect(counts.public).toBeGreaterThanOrEqual(60)
    expect(leaks.map(({ key }) => key)).toEqual(
      leaks
        .map(({ key }) => key)
        .toSorted()
        .filter((key) => leaky(Number(key.slice(prefix.length, -4)))),
    )
    expect(leaks).toHaveLength(counts.public)
  }, 600_000)

  test('at its own pace asks for 50 in a second, and what it has not come to when it is stopped is told', async () => {
    scene.requests.length = 0
    const stop = new AbortController()
    let askingSince = 0
    const report = await scan({
      signal: stop.signal,
      onProgress: (read) => {
        const { state, notAsked, chosen } = read()
        if (state === 'asking' && askingSince === 0) askingSince = performance.now()
        if (chosen > 0 && chosen - notAsked >= 60) stop.abort()
      },
    })
    // The sixty-first has its turn 1.2 s after the first; eight are under way at once.
    expect(performance.now() - askingSince).toBeGreaterThan(1000)
    expect(report).toMatchObject({ state: 'stopped', chosen: 10_000, error: { code: 'cancelled' } })
    const { public: open, private: shut, unknown } = report.counts
    expect(open + shut + unknown + report.notAsked).toBe(10_000)
    expect(open + shut).toBeLessThan(80)
  }, 120_000)
})
