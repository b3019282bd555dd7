import { describe, expect, test } from 'vitest'
import { ok } from '../../src-preload/contract/result.ts'
import { answer, createApiDouble, refuse } from './api-double.ts'
import { runForTest } from './run-for-test.ts'

describe('pail rm', () => {
  test('F22 names each key that is left, and goes on with the next bucket', async () => {
    let plans = 0
    const double = createApiDouble({
      planDelete: ({ bucket, keys }) => {
        plans += 1
        return bucket === 'gone'
          ? refuse('no-such-bucket')
          : ok({ planId: `plan${plans}`, objects: keys.length, sizeBytes: 0, sample: [], versioned: 'no' })
      },
      applyDelete: answer({
        deleted: 1,
        failed: [{ key: 'kept', code: 'AccessDenied', message: 'Not yours.' }],
      }),
    })
    const argv = ['rm', 's3://gone/a', 's3://here/b', 's3://here/kept', 's3://here/b']
    const ran = await runForTest(argv, double)
    expect(ran.code).toBe(1)
    expect(ran.err).toContain('s3://gone/a: It went wrong. (no-such-bucket)')
    expect(ran.err).toContain('s3://here/kept: Not yours. (AccessDenied)')
    expect(double.inputs('planDelete').map(({ keys, prefixes }) => [keys, prefixes])).toEqual([
      [['a'], []],
      [['b', 'kept'], []],
    ])
    expect(JSON.parse((await runForTest([...argv, '--json'], double)).out)).toEqual({
      deleted: 1,
      failed: [
        { key: 'a', code: 'no-such-bucket', message: 'It went wrong.' },
        { key: 'kept', code: 'AccessDenied', message: 'Not yours.' },
      ],
    })
  })
})
