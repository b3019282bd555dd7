import { describe, expect, test } from 'vitest'
import { environmentProfileId } from '../../src-main/backend/backend-parts.ts'
import { ok } from '../../src-preload/contract/result.ts'
import { answer, createApiDouble } from './api-double.ts'
import { runForTest } from './run-for-test.ts'
import { madeLink } from './sample-link.ts'

describe('pail link', () => {
  test('prints the link alone on stdout and its end on stderr', async () => {
    const double = createApiDouble({ createLink: answer(madeLink) })
    const ran = await runForTest(
      ['link', 's3://bucket/a b+c%20d', '--expires', '5m', '--download-as', 'ü.txt'],
      double,
    )
    expect(ran).toMatchObject({ code: 0, out: `${madeLink.url}\n` })
    expect(ran.err).toContain('2026-01-02T03:04:05.000Z')
    expect(double.inputs('createLink')).toEqual([
      {
        profileId: environmentProfileId,
        bucket: 'bucket',
        key: 'a b+c%20d',
        kind: 'presigned',
        expiresInSeconds: 300,
        downloadAs: 'ü.txt',
        baseUrl: null,
        copy: false,
        selfTest: true,
      },
    ])
  })

  test('says when S3 or the keys end it earlier than asked', async () => {
    const limited = answer({
      ...madeLink,
      limitedBy: 'credentials' as const,
      insecure: true,
      signingKey: { id: 'k', hint: 'ASIA…WXYZ', isTemporary: true, endsAt: null },
    })
    const ran = await runForTest(['link', 's3://bucket/key', '-q'], createApiDouble({ createLink: limited }))
    expect(ran.err).toContain('temporary keys')
    expect(ran.err).toContain('can be read on the way')
    expect(ran.err).toContain('do not tell their end')
  })

  test('a link that does not work is not printed, unless it is not tried', async () => {
    const problem = { code: 'no-such-key' as const, message: 'The object does not exist (any more).' }
    const double = createApiDouble({
      createLink: ({ selfTest }) =>
        ok({
          ...madeLink,
          test: selfTest === true ? { outcome: 'failed', status: 404, problem } : null,
          recordId: null,
        }),
    })
    const ran = await runForTest(['link', 's3://bucket/key'], double)
    expect(ran).toMatchObject({ code: 1, out: '' })
    expect(ran.err).toMatch(/^pail: key: The link does not work: .* --no-test prints it all the same/)
    expect(await runForTest(['link', 's3://bucket/key', '--no-test'], double)).toMatchObject({
      code: 0,
      out: `${madeLink.url}\n`,
    })
  })

  test('a link that could not be tried is printed, and that is said', async () => {
    const double = createApiDouble({
      createLink: answer({
        ...madeLink,
        test: {
          outcome: 'not-tested' as const,
          status: null,
          problem: { code: 'unreachable' as const, message: 'It cannot be reached.' },
        },
      }),
    })
    const ran = await runForTest(['link', 's3://bucket/key', '-q'], double)
    expect(ran).toMatchObject({ code: 0, out: `${madeLink.url}\n` })
    expect(ran.err).toBe('Whether the link works could not be tried: It cannot be reached.\n')
  })

  test('--public asks for the plain address', async () => {
    const double = createApiDouble({ createLink: answer(madeLink) })
    await runForTest(['link', 's3://bucket/key', '--public'], double)
    expect(double.inputs('createLink')[0]?.kind).toBe('public')
  })
})
