import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { syncOptionsSchema } from '../../src-preload/contract/sync-plan.ts'
import { recommendedRules } from '../../src-preload/contract/recommended-rules.ts'
import { ok } from '../../src-preload/contract/result.ts'
import { answer, type ApiDouble, createApiDouble, refuse } from './api-double.ts'
import { visibilityReport } from '../visibility-report.ts'
import { runForTest } from './run-for-test.ts'
import { answers, outcome, pagesOf, plan, row, rows, sync } from './sync-answers.ts'

describe('pail sync', () => {
  test('asks the backend for a prefix that ends where a name ends, with the defaults of the manual', async () => {
    const double = createApiDouble(
      answers({ planSync: answer({ ...plan, counts: { ...plan.counts, delete: 0 } }) }),
    )
    expect((await runForTest(sync, double)).code).toBe(0)
    expect(double.inputs('chooseFolder')).toEqual([{ purpose: 'sync', typedPath: '/somewhere/folder' }])
    expect(double.inputs('planSync')[0]).toMatchObject({
      bucket: 'bucket',
      prefix: 'site/',
      folderId: 'folder',
      options: {
        cacheControl: 'max-age=86400',
        rules: [],
        exclude: [],
        removeRemoteOnly: false,
        removeForeign: false,
        manifestInBucket: false,
        maxDelete: null,
        visibility: 'private',
      },
    })
  })

  test('hands every option on', async () => {
    const double = createApiDouble(answers())
    await runForTest(
      [
        ...sync,
        '--delete',
        '--max-delete',
        '7',
        '--cache-control',
        'no-cache',
        '--exclude',
        '*.map',
        '--exclude',
        'x/**',
        '--yes',
        '--public',
        '--keep-previous',
      ],
      double,
    )
    expect(double.inputs('planSync')[0]?.options).toEqual({
      cacheControl: 'no-cache',
      rules: [],
      exclude: ['*.map', 'x/**'],
      removeRemoteOnly: true,
      removeForeign: false,
      manifestInBucket: false,
      maxDelete: 7,
      visibility: 'public',
      keepPrevious: true,
    })
    expect(double.inputs('applySync')).toEqual([
      { planId: 'plan', confirmedDeletes: 1, confirmedForeign: 0, checks: 'sample', expected: 'public' },
    ])
  })

  test('--precompress is a rule for all files, behind those of the file, and says what a row is', async () => {
    const copy = {
      key: 'site/a.css.gz',
      path: 'a.css',
      action: 'upload' as const,
      reason: 'new' as const,
      bytes: 3,
      headers: [],
      sentAs: { coding: 'gzip' as const, sibling: true },
    }
    const double = createApiDouble(answers({ listPlanRows: answer({ rows: [copy], total: 1 }) }))
    const { out } = await runForTest(
      [...sync, '--dry-run', '--precompress', 'siblings', '--long-cache'],
      double,
    )
    expect(double.inputs('planSync')[0]?.options.rules).toEqual([
      { glob: '*', precompress: 'siblings' },
      ...recommendedRules,
    ])
    expect(out).toMatch(/site\/a\.css\.gz {2}\(new, gzip copy of a\.css\)/)
    const json = await runForTest([...sync, '--dry-run', '--precompress', 'br', '--json'], double)
    expect(JSON.parse(json.out)).toMatchObject({ plan: [{ key: copy.key, sentAs: copy.sentAs }] })
    const wrong = await runForTest([...sync, '--precompress', 'zip'], double)
    expect(wrong.code).toBe(2)
    expect(wrong.err).toMatch(/--precompress takes siblings, gzip or br/)
  })

  test('as many rules as a file may have are all taken, and more are refused with their place', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pail-rules-'))
    try {
      const many = Array.from({ length: 101 }, (_, i) => ({ glob: `f${i}`, cacheControl: 'no-cache' }))
      await writeFile(join(directory, 'rules.json'), JSON.stringify(many.slice(1)))
      await writeFile(join(directory, 'more.json'), JSON.stringify(many))
      const double = createApiDouble(answers())
      const args = [...sync, '--dry-run', '--precompress', 'gzip', '--long-cache', '--rules']
      const run = (file: string) => runForTest([...args, file], double, { workingDirectory: directory })
      expect((await run('rules.json')).code).toBe(0)
      const [asked] = double.inputs('planSync')
      expect(syncOptionsSchema.parse(asked?.options).rules).toHaveLength(101 + recommendedRules.length)
      const refused = await run('more.json')
      expect([refused.code, refused.err]).toEqual([
        2,
        expect.stringMatching(/more\.json, line 1, column 1: /),
      ])
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })

  test('--rules are those of a file, before those of --long-cache', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pail-rules-'))
    try {
      const mine = [{ glob: '*.pdf', contentDisposition: 'attachment' }]
      await writeFile(join(directory, 'rules.json'), JSON.stringify(mine))
      await writeFile(join(directory, 'wrong.json'), '[\n  {"glob": "*", "cache": 1}\n]')
      const double = createApiDouble(answers())
      const args = [...sync, '--dry-run', '--rules']
      await runForTest([...args, 'rules.json'], double, { workingDirectory: directory })
      await runForTest([...args, 'rules.json', '--long-cache'], double, { workingDirectory: directory })
      expect(double.inputs('planSync').map(({ options }) => options.rules)).toEqual([
        mine,
        [...mine, ...recommendedRules],
      ])
      const wrong = await runForTest([...args, 'wrong.json'], double, { workingDirectory: directory })
      expect(wrong.code).toBe(2)
      expect(wrong.err).toContain('--rules wrong.json, line 2, column 17: A rule has no “cache”.')
      expect(double.inputs('planSync')).toHaveLength(2)
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })

  test('--json is the document of the manual', async () => {
    const ran = await runForTest([...sync, '--delete', '--yes', '--json'], createApiDouble(answers()))
    expect(ran.code).toBe(0)
    expect(JSON.parse(ran.out)).toEqual({
      opens: 0,
      uploaded: 1,
      updatedHeaders: 1,
      deleted: 1,
      skipped: 1,
      bytes: 10,
      release: 'release-1',
      failed: [],
      failedTotal: 0,
      untried: 0,
      plan: rows.map(({ key, action, reason, bytes, headers }) =>
        headers.length === 0 ? { key, action, reason, bytes } : { key, action, reason, bytes, headers },
      ),
      visibility: {
        public: 0,
        private: 0,
        unknown: 0,
        notAsked: 2,
        exposed: { objects: 0, sample: [] },
        blocked: { objects: 0, sample: [] },
      },
    })
  })

  test.each([
    [[], 'sample', null],
    [['--receipt'], 'all', null],
    [['--check-visibility', 'none', '--private'], 'none', 'private'],
    [['--check-visibility', 'all', '--public'], 'all', 'public'],
  ] as const)('with %j asks for %s of what it changes', async (more, checks, expected) => {
    const double = createApiDouble(answers({ createReceipt: () => refuse('unreachable') }))
    await runForTest([...sync, '--delete', '--yes', ...more], double)
    expect(double.inputs('applySync')).toMatchObject([{ checks, expected }])
    const wrong = await runForTest([...sync, '--check-visibility', 'some'], createApiDouble({}))
    expect(wrong).toMatchObject({ code: 2 })
  })

  test('S44 what everybody can read, though it was asked for as private, is named, and ends with 1', async () => {
    const double: ApiDouble = createApiDouble(
      answers({
        applySync: () => {
          setTimeout(() => {
            const report = visibilityReport({ bucket: 'bucket', objects: 2, chosen: 2, notAsked: 0 })
            double.emit('onVisibilityReport', {
              ...report,
              state: 'done',
              counts: { public: 1, private: 1, unknown: 0 },
              exposed: { objects: 1, sample: ['site/a.html'] },
            })
          }, 5)
          return ok({ ...outcome, visibilityReportId: 'r' })
        },
      }),
    )
    const ran = await runForTest([...sync, '--delete', '--yes', '--json'], double)
    expect(ran).toMatchObject({ code: 1 })
    expect(ran.err).toContain('Everybody can read, though it is to be private, 1 object: site/a.html')
    expect(JSON.parse(ran.out)).toMatchObject({
      visibility: { public: 1, private: 1, notAsked: 0, exposed: { objects: 1, sample: ['site/a.html'] } },
    })
  })

  test('prints what changes and why, and not what stays', async () => {
    const ran = await runForTest([...sync, '--delete', '--yes'], createApiDouble(answers()))
    expect(ran.out.split('\n')).toEqual([
      'upload                    10  site/a.html  (new)',
      'update-headers            10  site/b.css  (Cache-Control: none → max-age=86400)',
      'delete                    10  site/old.js  (not in the folder)',
      '',
    ])
  })

  test('--dry-run only plans', async () => {
    const double = createApiDouble(answers())
    const ran = await runForTest([...sync, '--delete', '--dry-run'], double)
    expect(ran.code).toBe(0)
    expect(ran.out).toContain('site/old.js')
    expect(double.inputs('applySync')).toEqual([])
    const json = await runForTest([...sync, '--delete', '--dry-run', '--json'], double)
    expect(JSON.parse(json.out)).toMatchObject({
      uploaded: 0,
      deleted: 0,
      plan: [
        { key: 'site/a.html' },
        { headers: [{ header: 'Cache-Control', from: null, to: 'max-age=86400' }] },
        {},
        {},
      ],
    })
  })
})

describe('what does not go up', () => {
  test('F33 an unreadable file fails the run by name, a link does not', async () => {
    const some = [row('site/secret', 'blocked', 'unreadable'), row('site/link', 'blocked', 'symlink')]
    const double = createApiDouble(
      answers({
        planSync: answer({ ...plan, counts: { ...plan.counts, delete: 0, blocked: 2 } }),
        listPlanRows: pagesOf(some),
      }),
    )
    const ran = await runForTest([...sync, '--json'], double)
    expect(ran.code).toBe(1)
    expect(ran.err).toContain('site/secret: The file cannot be read. (local-file)')
    expect(ran.err).toContain('site/link')
    expect(JSON.parse(ran.out).failed).toEqual([
      { key: 'site/secret', code: 'local-file', message: 'The file cannot be read.' },
    ])
  })

  test('a folder that is not there, and a plan that is refused', async () => {
    const missing = createApiDouble({
      chooseFolder: () => refuse('local-missing', 'There is no such folder.'),
    })
    expect((await runForTest(sync, missing)).code).toBe(1)
    const refused = createApiDouble(
      answers({ planSync: () => refuse('safety-refused', 'The folder is empty.') }),
    )
    expect((await runForTest(sync, refused)).code).toBe(3)
  })

  test('Ctrl+C cancels the running sync, waits for its end, and ends with 130', async () => {
    const stop = new AbortController()
    let finish: () => void = () => undefined
    const double = createApiDouble(
      answers({
        applySync: () => {
          setTimeout(() => stop.abort('interrupted'), 5)
          return new Promise((resolve) => {
            finish = () => resolve(ok({ ...outcome, deleted: 0, cancelled: true, untried: 7 }))
          })
        },
        cancelSync: () => {
          setTimeout(finish, 5)
          return ok({})
        },
      }),
    )
    const ran = await runForTest([...sync, '--delete', '--yes', '--json'], double, { signal: stop.signal })
    expect(ran.code).toBe(130)
    expect(double.inputs('cancelSync')).toEqual([{ planId: 'plan' }])
    expect(JSON.parse(ran.out)).toMatchObject({ uploaded: 1, deleted: 0, failedTotal: 0, untried: 7 })
    expect(ran.err).toContain('1 file uploaded')
    expect(ran.err).toContain(', 7 not tried.')
  })
})

describe.skipIf(process.platform === 'win32')('--run-before', () => {
  async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), 'pail-run-before-'))
    try {
      return await work(folder)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  test('runs here and before anything is looked at; its output is on stderr', () =>
    inFolder(async (folder) => {
      const double = createApiDouble(
        answers({
          chooseFolder: async () => {
            await access(join(folder, 'made'))
            return ok({ folderId: 'folder', name: 'folder' })
          },
        }),
      )
      const command = 'echo "123 static files copied"; echo "a warning" >&2; pwd; echo yes > made'
      const ran = await runForTest(
        [...sync, '--delete', '--yes', '--json', '--run-before', command],
        double,
        {
          workingDirectory: folder,
        },
      )
      expect(ran.code).toBe(0)
      expect(ran.err).toContain('123 static files copied\n')
      expect(ran.err).toContain('a warning\n')
      expect(ran.err).toContain(folder)
      expect(JSON.parse(ran.out)).toMatchObject({ uploaded: 1 })
    }))

  test('when it fails nothing is synced, and the exit status is 1', () =>
    inFolder(async (folder) => {
      for (const quiet of [[], ['--quiet']]) {
        const double = createApiDouble(answers())
        const ran = await runForTest(
          [...sync, ...quiet, '--json', '--run-before', 'printf "no module named django"; exit 3'],
          double,
          { workingDirectory: folder },
        )
        expect(ran.code).toBe(1)
        expect(double.calls).toEqual([])
        expect(ran.err).toContain('no module named django\n')
        expect(ran.err).toContain('exit code 3. Nothing was synced. (command-failed)')
        expect(JSON.parse(ran.out)).toMatchObject({ error: { code: 'command-failed' } })
      }
    }))

  test('with --quiet a command that does its work says nothing', () =>
    inFolder(async (folder) => {
      const ran = await runForTest(
        [...sync, '--delete', '--yes', '--quiet', '--run-before', 'echo words'],
        createApiDouble(answers()),
        { workingDirectory: folder },
      )
      expect(ran).toMatchObject({ code: 0, err: '' })
    }))

  test('a dry run does not run it', () =>
    inFolder(async (folder) => {
      const ran = await runForTest(
        [...sync, '--dry-run', '--run-before', 'touch made'],
        createApiDouble(answers()),
        { workingDirectory: folder },
      )
      expect(ran.code).toBe(0)
      expect(ran.err).toContain('Not run (--dry-run): touch made')
      await expect(access(join(folder, 'made'))).rejects.toThrow('ENOENT')
    }))

  test('Ctrl+C ends it', () =>
    inFolder(async (folder) => {
      const stop = new AbortController()
      const double = createApiDouble(answers())
      const running = runForTest([...sync, '--run-before', 'echo $$ > pid; sleep 300'], double, {
        workingDirectory: folder,
        signal: stop.signal,
      })
      let pid = ''
      while (pid === '') {
        await new Promise((resolve) => setTimeout(resolve, 20))
        pid = await readFile(join(folder, 'pid'), 'utf8').catch(() => '')
      }
      stop.abort('interrupted')
      expect((await running).code).toBe(130)
      expect(double.calls).toEqual([])
      expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH')
    }))

  test('an empty one is wrong usage', async () => {
    const ran = await runForTest([...sync, '--run-before', ' '], createApiDouble({}))
    expect(ran.code).toBe(2)
  })
})
