import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isTemporaryName } from '../../src-main/s3/target-folder.ts'
import { startPlayground } from '../../src-main/playground/playground.ts'
import { ok } from '../../src-preload/contract/result.ts'
import { visibilityReport } from '../visibility-report.ts'
import { createApiDouble } from './api-double.ts'
import { pailOn } from './pail-process.ts'
import { runForTest } from './run-for-test.ts'
import { batchThatEnds, transfer } from './transfer-double.ts'

describe('pail resume', () => {
  test('goes on with what was left, names what arrived, and leaves a running process alone', async () => {
    const batch = batchThatEnds(() => double, [transfer('dir/a.bin'), transfer('dir/b.bin')])
    const double: ReturnType<typeof createApiDouble> = createApiDouble({
      resumeUnfinishedTransfers: () => {
        batch.start()
        return ok({ transfers: 2, inUse: 1, notices: ['One line is lost.'] })
      },
      retryTransfers: () => ok({}),
      resumeTransfers: () => ok({}),
      listTransfers: batch.list,
      clearTransfers: batch.clear,
    })
    const ran = await runForTest(['resume'], double)
    expect(ran).toMatchObject({ code: 0, out: 's3://bucket/dir/a.bin\ns3://bucket/dir/b.bin\n' })
    expect(ran.err).toMatch(
      /^pail: One line is lost\.\n1 transfer of a running Pail left to it\.\n2 transfers finished/,
    )
    expect(double.inputs('retryTransfers')).toEqual([{ ids: 'failed' }])
  })

  test.each([
    ['blocked', 'public', 'Visitors are refused, though it is to be public,', 1],
    ['exposed', 'private', 'Everybody can read, though it is to be private,', 1],
    ['nothing', 'private', '', 0],
  ] as const)('S44 ends with 1 when what arrived is %s', async (kind, visibility, words, code) => {
    const sample = { objects: 1, sample: ['dir/a.bin'] }
    const batch = batchThatEnds(
      () => double,
      [transfer('dir/a.bin', { visibility })],
      () => {
        const report = visibilityReport({
          bucket: 'bucket',
          objects: 1,
          chosen: 1,
          notAsked: 0,
          state: 'done',
        })
        const counts = { public: Number(kind === 'exposed'), private: Number(kind !== 'exposed'), unknown: 0 }
        double.emit('onVisibilityReport', {
          ...report,
          counts,
          ...(kind === 'nothing' ? {} : { [kind]: sample }),
        })
      },
      { visibilityReportId: 'r' },
    )
    const double: ReturnType<typeof createApiDouble> = createApiDouble({
      resumeUnfinishedTransfers: () => {
        batch.start()
        return ok({ transfers: 1, inUse: 0, notices: [] })
      },
      retryTransfers: () => ok({}),
      resumeTransfers: () => ok({}),
      listTransfers: batch.list,
      clearTransfers: batch.clear,
    })
    const ran = await runForTest(['resume'], double)
    expect(ran.code).toBe(code)
    if (words === '') expect(ran.err).not.toContain('though it is to be')
    else expect(ran.err).toContain(`${words} 1 object: dir/a.bin`)
    // What arrived is named all the same.
    expect(ran.out).toBe('s3://bucket/dir/a.bin\n')
  })
})

describe('pail transfers', () => {
  test('lists state, bytes and key', async () => {
    const one = {
      id: 'transfer_1',
      direction: 'upload' as const,
      profileId: 'environment',
      bucket: 'bucket',
      key: 'dir/big\u001b.bin',
      name: 'big.bin',
      sizeBytes: 40_000_000,
      movedBytes: 16_000_000,
      state: 'interrupted' as const,
      error: null,
      addedAt: '2026-01-02T03:04:05.000Z',
    }
    const double = createApiDouble({
      listUnfinishedTransfers: () => ok({ transfers: [one], total: 1, notices: ['One \u001bline is lost.'] }),
    })
    const ran = await runForTest(['transfers'], double)
    expect(ran.code).toBe(0)
    expect(ran.err).toMatch(/^pail: One .*line is lost\.\n/)
    expect(ran.err).not.toContain('\u001b')
    expect(ran.out).toMatch(
      /^interrupted {2}upload {4}16\.0 MB of 40\.0 MB {4}s3:\/\/bucket\/dir\/big\S*\.bin\n$/,
    )
    expect(ran.out).not.toContain('\u001b')
  })
})

/** A playground with a bucket, `pail` on it, and who hears of its answers. */
async function startKilled() {
  const folder = await mkdtemp(join(tmpdir(), 'pail-cli-resume-'))
  const heard = { onAnswer: (_operation: string): void => undefined }
  const server = await startPlayground({
    directory: join(folder, 'playground'),
    onRequest: ({ operation, status }) => void (status < 300 && heard.onAnswer(operation)),
  })
  const pail = pailOn(server, folder)
  expect(await pail(['mb', 's3://killed'])).toMatchObject({ code: 0 })
  return {
    folder,
    heard,
    pail,
    async close() {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

test('F27 F28 what a killed pail put or get has left is listed, and pail resume moves the rest of it', async () => {
  const { folder, heard, pail, close } = await startKilled()
  let parts = 0
  try {
    const big = randomBytes(64 * 1024 * 1024)
    await writeFile(join(folder, 'big.bin'), big)
    await pail(['put', join(folder, 'big.bin'), 's3://killed/dir/'], {
      onStart: (kill) => {
        heard.onAnswer = (operation) => {
          if (operation !== 'UploadPart') return
          parts++
          kill('SIGKILL')
        }
      },
    })
    const listed = await pail(['transfers'])
    expect(listed.out).toMatch(/^interrupted +upload .*s3:\/\/killed\/dir\/big\.bin\n$/)
    heard.onAnswer = (operation) => void (operation === 'UploadPart' && parts++)
    expect(await pail(['resume'])).toMatchObject({ code: 0, out: 's3://killed/dir/big.bin\n' })
    // Eight parts; the four that were under way at the kill may have been sent twice.
    expect(parts).toBeLessThanOrEqual(8 + 4)

    // F28: and what a killed pail get has left comes to where it was to go, and not before it is whole.
    const target = join(folder, 'target')
    await mkdir(target)
    await writeFile(join(target, 'mine.bin'), 'mine')
    await pail(['get', 's3://killed/dir/big.bin', join(target, 'mine.bin'), '--force'], {
      onStart: (kill) => {
        heard.onAnswer = (operation) => void (operation === 'GetObject' && kill('SIGKILL'))
      },
    })
    expect(await readFile(join(target, 'mine.bin'), 'utf8')).toBe('mine')
    expect((await readdir(target)).filter(isTemporaryName)).toHaveLength(1)
    expect((await pail(['transfers'])).out).toMatch(
      /^interrupted +download .*s3:\/\/killed\/dir\/big\.bin\n$/,
    )
    heard.onAnswer = () => undefined
    expect(await pail(['resume'])).toMatchObject({ code: 0, out: 's3://killed/dir/big.bin\n' })
    expect(await readdir(target)).toEqual(['mine.bin'])
    expect(big.equals(await readFile(join(target, 'mine.bin')))).toBe(true)
    expect(await pail(['transfers'])).toMatchObject({ code: 0, out: '' })
  } finally {
    await close()
  }
}, 90_000)
