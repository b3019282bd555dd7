import { describe, expect, test } from 'vitest'
import { environmentProfileId } from '../../src-main/backend/backend-parts.ts'
import { ok } from '../../src-preload/contract/result.ts'
import { answer, type Answers, createApiDouble, refuse } from './api-double.ts'
import { runForTest } from './run-for-test.ts'
import { all, hidden, noKeys } from './sample-destinations.ts'
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

  test('of several each is tried: those that work are printed, one a line, and the others named', async () => {
    const problem = { code: 'no-such-key' as const, message: 'The object does not exist (any more).' }
    const double = createApiDouble({
      createLink: ({ key, bucket, selfTest }) => {
        if (key === 'refused') return refuse('access-denied', 'Not yours.')
        const isGone = selfTest === true && key.startsWith('gone')
        return ok({
          ...madeLink,
          url: `https://${bucket}.example.org/${key}`,
          endsAt: `2026-01-02T03:04:0${key.length}.000Z`,
          limitedBy: 'seven-days',
          test: isGone ? { outcome: 'failed', status: 404, problem } : null,
          recordId: isGone ? null : 'link_1',
        })
      },
    })
    const argv = ['link', 's3://b/cc', 's3://b/gone', 's3://other/a', 's3://b/refused', '--expires', '7d']
    const ran = await runForTest(argv, double)
    expect([ran.code, ran.out]).toEqual([1, 'https://b.example.org/cc\nhttps://other.example.org/a\n'])
    expect(ran.err).toContain('pail: s3://b/gone: The link does not work: The object does not exist')
    expect(ran.err).toContain('pail: s3://b/refused: Not yours. (access-denied)')
    // What is the same of all is said once.
    expect(ran.err.match(/The links end after 7 days/g)).toHaveLength(1)
    expect(ran.err).toContain('All work until 2026-01-02T03:04:01.000Z.')
    expect(double.inputs('createLink').map(({ selfTest }) => selfTest)).toEqual([true, true, true, true])
    const { links, failed } = JSON.parse((await runForTest([...argv, '--json'], double)).out)
    expect(links).toMatchObject([
      { bucket: 'b', key: 'cc', url: 'https://b.example.org/cc', limitedBy: 'seven-days' },
      { bucket: 'other', key: 'a' },
    ])
    expect(failed).toMatchObject([
      { bucket: 'b', key: 'gone', code: 'no-such-key' },
      { bucket: 'b', key: 'refused', code: 'access-denied' },
    ])
    const untested = await runForTest(['link', 's3://b/cc', 's3://b/gone', '--no-test'], double)
    expect(untested).toMatchObject({ code: 0, out: expect.stringContaining('/gone\n') as string })
  })

  test.each([
    ['seven-days', 'The link ends after 7 days: S3 allows no more.'],
    ['credentials', 'The link ends when the temporary keys do.'],
    ['policy', 'The link ends earlier than asked: the bucket’s policy says so.'],
    [null, null],
  ] as const)('what ends it is said: %s, and until when in any case', async (limitedBy, words) => {
    const double = createApiDouble({ createLink: answer({ ...madeLink, limitedBy }) })
    const ran = await runForTest(['link', 's3://bucket/key', '--expires', '7d'], double)
    expect(ran.err).toBe(`${words === null ? '' : `${words}\n`}Works until ${madeLink.endsAt}.\n`)
    const json = await runForTest(['link', 's3://bucket/key', '--json'], double)
    expect(JSON.parse(json.out)).toMatchObject({ limitedBy, endsAt: madeLink.endsAt })
  })

  test('--public asks for the plain address', async () => {
    const double = createApiDouble({ createLink: answer(madeLink) })
    await runForTest(['link', 's3://bucket/key', '--public'], double)
    expect(double.inputs('createLink')[0]?.kind).toBe('public')
  })

  const inFormat = (linkFormat: 'markdown' | 'html' | 'list', more: Answers = {}) =>
    createApiDouble({
      ...all,
      listDestinations: answer([{ ...hidden, linkFormat }]),
      createLink: ({ key }) => ok({ ...madeLink, url: `https://b.example.org/${key.slice(2)}?a=1&b=(2)` }),
      measurePictures: ({ keys }) =>
        ok({ sizes: keys.map((key) => (key.endsWith('.png') ? { width: 20, height: 10 } : null)) }),
      ...more,
    })
  test.each([
    [
      'markdown',
      [
        '![a](https://b.example.org/a.png?a=1&b=\\(2\\))',
        '[b.txt](https://b.example.org/b.txt?a=1&b=\\(2\\))',
      ],
    ],
    [
      'html',
      [
        '<img src="https://b.example.org/a.png?a=1&amp;b=(2)" width="20" height="10" alt="a">',
        '<a href="https://b.example.org/b.txt?a=1&amp;b=(2)">b.txt</a>',
      ],
    ],
    [
      'list',
      ['a.png: https://b.example.org/a.png?a=1&b=(2)', 'b.txt: https://b.example.org/b.txt?a=1&b=(2)'],
    ],
  ] as const)('--to prints them as its destination has it: %s, one or several', async (format, lines) => {
    const double = inFormat(format)
    const run = (...argv: string[]) => runForTest(['link', ...argv, '--to', hidden.name], double, noKeys)
    expect(await run('a.png')).toMatchObject({ code: 0, out: `${lines[0]}\n` })
    expect(await run('a.png', 'b.txt')).toMatchObject({ code: 0, out: `${lines.join('\n')}\n` })
    // Its expiry, too; another one is said.
    await run('a.png', '--expires', '5m')
    expect(double.inputs('createLink').map(({ expiresInSeconds }) => expiresInSeconds)).toEqual([
      900, 900, 900, 300,
    ])
    const asked = double.inputs('measurePictures').map(({ bucket, keys }) => [bucket, ...keys])
    expect(asked).toEqual(
      format === 'html'
        ? [
            ['assets', 'p/a.png'],
            ['assets', 'p/a.png', 'p/b.txt'],
            ['assets', 'p/a.png'],
          ]
        : [],
    )
    const json = await run('a.png', '--json')
    expect(JSON.parse(json.out)).toMatchObject({ url: 'https://b.example.org/a.png?a=1&b=(2)' })
  })

  test('a picture that cannot be measured is linked to without a size', async () => {
    const double = inFormat('html', { measurePictures: () => refuse('access-denied', 'Not yours.') })
    const ran = await runForTest(['link', 'a.png', '--to', hidden.name], double, noKeys)
    expect(ran).toMatchObject({
      code: 0,
      out: '<img src="https://b.example.org/a.png?a=1&amp;b=(2)" alt="a">\n',
    })
  })
})
