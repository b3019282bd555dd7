import { describe, expect, test } from 'vitest'
import { ok } from '../../src-preload/contract/result.ts'
import type { Transfer, UploadReport } from '../../src-preload/contract/transfer.ts'
import { type ApiDouble, createApiDouble } from './api-double.ts'
import { visibilityReport } from '../visibility-report.ts'
import { runForTest } from './run-for-test.ts'
import { batchThatEnds, snapshot, transfer, uploadReport } from './transfer-double.ts'

function uploads(
  ended: readonly Transfer[],
  problems: { name: string; reason: string }[] = [],
  report: Partial<UploadReport> = {},
): ApiDouble {
  const batch = batchThatEnds(() => double, ended, undefined, report)
  const double: ApiDouble = createApiDouble({
    registerDrop: ({ sources }) =>
      ok({
        selectionId: 'selection',
        names: [],
        files: sources.length - problems.length,
        sizeBytes: 0,
        problems,
      }),
    startUpload: batch.start,
    listTransfers: batch.list,
    clearTransfers: batch.clear,
  })
  return double
}

const put = ['put', 'a.txt', '/else/b.txt', 's3://bucket/dir/']

describe('pail put', () => {
  test('uploads privately and overwrites nothing, unless told', async () => {
    const double = uploads([transfer('dir/a.txt'), transfer('dir/b.txt')])
    const ran = await runForTest(put, double)
    expect(ran).toMatchObject({ code: 0, out: 's3://bucket/dir/a.txt\ns3://bucket/dir/b.txt\n' })
    expect(ran.err).toBe('2 files uploaded (20 bytes).\n')
    expect(double.inputs('registerDrop')).toEqual([
      { sources: [{ path: '/somewhere/a.txt' }, { path: '/else/b.txt' }] },
    ])
    expect(double.inputs('startUpload')[0]).toMatchObject({
      bucket: 'bucket',
      prefix: 'dir/',
      selectionId: 'selection',
      visibility: 'private',
      onConflict: 'fail',
    })
  })

  test.each([
    ['keep-both', 'keep-both'],
    ['rename', 'keep-both'],
    ['fail', 'fail'],
    ['overwrite', 'overwrite'],
    ['skip', 'skip'],
  ])('--on-conflict %s is %s to the backend', async (option, onConflict) => {
    const double = uploads([transfer('dir/a.txt')])
    await runForTest([...put, '--on-conflict', option, '--public'], double)
    expect(double.inputs('startUpload')[0]).toMatchObject({ onConflict, visibility: 'public' })
  })

  test('a key that exists fails by name with 1, and the others are uploaded', async () => {
    const error = { code: 'already-exists' as const, message: 'It is there already.', retryable: false }
    const double = uploads([transfer('dir/a.txt', { state: 'failed', error }), transfer('dir/b.txt')])
    const ran = await runForTest(put, double)
    expect(ran).toMatchObject({ code: 1, out: 's3://bucket/dir/b.txt\n' })
    expect(ran.err).toContain('pail: dir/a.txt: It is there already. (already-exists)\n')
    expect(JSON.parse((await runForTest([...put, '--json'], double)).out)).toEqual({
      uploaded: 1,
      skipped: 0,
      bytes: 10,
      failed: [{ key: 'dir/a.txt', code: 'already-exists', message: 'It is there already.' }],
      objects: [{ key: 'dir/b.txt', value: 'b.txt', bytes: 10, note: null, visibility: 'not-asked' }],
      overwriteGuard: 'by-service',
      publicCanRead: null,
      visibility: {
        public: 0,
        private: 0,
        unknown: 0,
        notAsked: 1,
        exposed: { objects: 0, sample: [] },
        blocked: { objects: 0, sample: [] },
      },
    })
  })

  test.each([
    [[], 0],
    [['--private'], 1],
  ])('S44 tells of each file who can read it, and names what contradicts %j', async (more, code) => {
    const checkedAt = new Date().toISOString()
    const check = { checkedAt, url: 'http://127.0.0.1/x' }
    const ended = [transfer('dir/a.txt'), transfer('dir/b.txt'), transfer('dir/c.txt')]
    const batch = batchThatEnds(
      () => double,
      ended,
      () => {
        const report = visibilityReport({ bucket: 'bucket', objects: 3, chosen: 3, notAsked: 3 })
        double.emit('onVisibilityReport', report)
        setTimeout(() => {
          const checks = [
            { ...check, key: 'dir/a.txt', visibility: 'private' as const, status: 403 },
            { ...check, key: 'dir/b.txt', visibility: 'public' as const, status: 200 },
          ]
          double.emit('onVisibilityAnswers', { reportId: 'r', profileId: 'p', bucket: 'bucket', checks })
          double.emit('onVisibilityReport', {
            ...report,
            state: 'stopped',
            counts: { public: 1, private: 1, unknown: 0 },
            notAsked: 1,
            exposed: { objects: 1, sample: ['dir/b.txt'] },
          })
        }, 10)
      },
      // The first and the last are private.
      { visibilityReportId: 'r', publicCanRead: 'no' },
    )
    const double: ApiDouble = createApiDouble({
      registerDrop: () => ok({ selectionId: 's', names: [], files: 3, sizeBytes: 0, problems: [] }),
      startUpload: batch.start,
      listTransfers: batch.list,
      clearTransfers: batch.clear,
    })
    const ran = await runForTest([...put, '--json', ...more], double)
    expect(ran.code).toBe(code)
    expect(ran.err).toContain('Everybody can read, though it is to be private, 1 object: dir/b.txt\n')
    const document = JSON.parse(ran.out)
    expect(document).toMatchObject({
      publicCanRead: 'yes',
      visibility: { public: 1, private: 1, unknown: 0, notAsked: 1, exposed: { objects: 1 } },
    })
    expect(document.objects.map(({ visibility }: { visibility: string }) => visibility)).toEqual([
      'private',
      'public',
      'not-asked',
    ])
  })

  test('templates, cleaning and reuse go to the backend; a template that cannot be used goes nowhere', async () => {
    const double = uploads([transfer('dir/2026/a.txt')])
    const template = '{yyyy}/{slug}.{ext}'
    const more = ['--key-template', template, '--clean-names', '--reuse-identical']
    const ran = await runForTest([...put, ...more, '--json'], double)
    expect(double.inputs('startUpload')[0]).toMatchObject({
      naming: { template, clean: 'django' },
      reuseIdentical: true,
    })
    expect(JSON.parse(ran.out)).toMatchObject({ objects: [{ key: 'dir/2026/a.txt', value: '2026/a.txt' }] })
    const none = createApiDouble({})
    const refused = await runForTest([...put, '--key-template', '{nope}.{ext}'], none)
    expect(refused.code).toBe(2)
    expect(refused.err).toContain('--key-template: There is no {nope}.')
    expect(none.calls).toEqual([])
  })

  test.each([
    [['--public'], undefined, undefined],
    [['--public', '--strip-metadata'], 'always', 3],
    [['--public', '--strip-metadata', '--send-unstripped'], 'where-possible', 3],
  ])('%s has metadata of pictures removed as it says, and tells of how many', async (more, how, removed) => {
    const double = uploads([transfer('dir/a.jpg')], [], { stripped: 3 })
    const ran = await runForTest([...put, ...more], double)
    expect(double.inputs('startUpload')[0]?.stripMetadata).toBe(how)
    if (removed !== undefined)
      expect(ran.err).toContain('location and other metadata removed from 3 pictures')
    expect(JSON.parse((await runForTest([...put, ...more, '--json'], double)).out).metadataRemoved).toBe(
      removed,
    )
  })

  test('skipped is not failed', async () => {
    const ran = await runForTest([...put, '--json'], uploads([transfer('dir/a.txt', { state: 'skipped' })]))
    expect(ran.code).toBe(0)
    expect(JSON.parse(ran.out)).toMatchObject({ uploaded: 0, skipped: 1, objects: [] })
  })

  test('a file that cannot be read fails by name with 1', async () => {
    const double = uploads([transfer('dir/b.txt')], [{ name: 'a.txt', reason: 'It cannot be read.' }])
    const ran = await runForTest(put, double)
    expect(ran.code).toBe(1)
    expect(ran.err).toContain('dir/a.txt: It cannot be read. (local-file)')
    const none = createApiDouble({
      registerDrop: () =>
        ok({
          selectionId: 's',
          names: [],
          files: 0,
          sizeBytes: 0,
          problems: [{ name: 'a.txt', reason: 'It is not there.' }],
        }),
    })
    expect((await runForTest(put, none)).code).toBe(1)
  })

  test('many files go in batches, so that the end of each is seen', async () => {
    const double = uploads([transfer('dir/a.txt')])
    const files = Array.from({ length: 1201 }, (_, index) => `f${index}`)
    await runForTest(['put', ...files, 's3://bucket'], double)
    expect(double.inputs('registerDrop').map(({ sources }) => sources.length)).toEqual([500, 500, 201])
    // Each batch is counted by itself.
    expect(double.inputs('clearTransfers')).toHaveLength(3)
  })

  test('what a snapshot has no room for is counted all the same', async () => {
    const seen = snapshot([transfer('dir/a.txt')])
    const double: ApiDouble = createApiDouble({
      registerDrop: () => ok({ selectionId: 's', names: [], files: 3, sizeBytes: 30, problems: [] }),
      startUpload: () => {
        setTimeout(() => double.emit('onUploadReport', uploadReport()), 1)
        return ok({ batchId: 'batch', transfers: 3 })
      },
      listTransfers: () => ok({ ...seen, movedBytes: 20, counts: { ...seen.counts, done: 2, failed: 1 } }),
      clearTransfers: () => ok({}),
    })
    const ran = await runForTest([...put, '--json'], double)
    expect(ran.code).toBe(1)
    expect(JSON.parse(ran.out)).toMatchObject({ uploaded: 2, bytes: 20, objects: [{ key: 'dir/a.txt' }] })
    expect(ran.err).toContain('1 more failed')
  })

  test('progress is one line that is rewritten, on a terminal only', async () => {
    const shown = await runForTest(put, uploads([transfer('dir/a.txt')]), { tty: true })
    expect(shown.err).toContain('\r\u001b[KUploading 0 of 1 file')
    expect(shown.err.endsWith('\r\u001b[K1 file uploaded (10 bytes).\n')).toBe(true)
    expect((await runForTest(put, uploads([transfer('dir/a.txt')]))).err).not.toContain('\r')
    expect((await runForTest([...put, '-q'], uploads([transfer('dir/a.txt')]), { tty: true })).err).toBe('')
  })

  test('Ctrl+C cancels the transfers, waits for their end, and ends with 130', async () => {
    const stop = new AbortController()
    let current = snapshot([])
    const running = transfer('dir/a.txt', { state: 'running' })
    const double: ApiDouble = createApiDouble({
      registerDrop: () => ok({ selectionId: 's', names: [], files: 1, sizeBytes: 10, problems: [] }),
      startUpload: () => {
        current = snapshot([running])
        setTimeout(() => stop.abort('interrupted'), 5)
        return ok({ batchId: 'batch', transfers: 1 })
      },
      listTransfers: () => ok(current),
      clearTransfers: () => ok({}),
      cancelTransfers: () => {
        setTimeout(() => {
          current = snapshot([{ ...running, state: 'cancelled' }])
          double.emit('onTransfers', current)
        }, 5)
        return ok({})
      },
    })
    const ran = await runForTest(put, double, { signal: stop.signal })
    expect(ran).toMatchObject({ code: 130, closed: true })
    expect(double.inputs('cancelTransfers')).toEqual([{ ids: 'all' }])
    expect(ran.err).toContain('interrupted')
  })

  test('a batch that ended before it had a name is seen all the same', async () => {
    const double: ApiDouble = createApiDouble({
      registerDrop: () => ok({ selectionId: 's', names: [], files: 1, sizeBytes: 10, problems: [] }),
      startUpload: () => {
        // The report may come before the batch has a name, too.
        double.emit('onUploadReport', uploadReport())
        return ok({ batchId: 'batch', transfers: 1 })
      },
      listTransfers: () => ok(snapshot([transfer('dir/a.txt')])),
      clearTransfers: () => ok({}),
    })
    expect((await runForTest(put, double)).code).toBe(0)
  })
})
