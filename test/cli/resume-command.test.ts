import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startPlayground } from '../../src-main/playground/playground.ts'
import { ok } from '../../src-preload/contract/result.ts'
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

test('F27 what a killed pail put has left is listed, and pail resume sends the rest of it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pail-cli-resume-'))
  let parts = 0
  let onPart: () => void = () => undefined
  const server = await startPlayground({
    directory: join(folder, 'playground'),
    onRequest({ operation, status }) {
      if (operation !== 'UploadPart' || status >= 300) return
      parts++
      onPart()
    },
  })
  try {
    const big = randomBytes(64 * 1024 * 1024)
    await writeFile(join(folder, 'big.bin'), big)
    const pail = pailOn(server, folder)
    expect(await pail(['mb', 's3://killed'])).toMatchObject({ code: 0 })
    await pail(['put', join(folder, 'big.bin'), 's3://killed/dir/'], {
      onStart: (kill) => {
        onPart = () => kill('SIGKILL')
      },
    })
    onPart = () => undefined
    const listed = await pail(['transfers'])
    expect(listed.out).toMatch(/^interrupted +upload .*s3:\/\/killed\/dir\/big\.bin\n$/)
    expect(await pail(['resume'])).toMatchObject({ code: 0, out: 's3://killed/dir/big.bin\n' })
    // Eight parts; the four that were under way at the kill may have been sent twice.
    expect(parts).toBeLessThanOrEqual(8 + 4)
    await pail(['get', 's3://killed/dir/big.bin', join(folder, 'back.bin')])
    expect(big.equals(await readFile(join(folder, 'back.bin')))).toBe(true)
    expect(await pail(['transfers'])).toMatchObject({ code: 0, out: '' })
  } finally {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  }
}, 60_000)
