import { appendFile, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import { ok } from '../../src-preload/contract/result.ts'
import type { Watch } from '../../src-preload/contract/watch.ts'
import { answer, type ApiDouble, createApiDouble, refuse } from './api-double.ts'
import { pailOn } from './pail-process.ts'
import { visibilityReport } from '../visibility-report.ts'
import { runForTest } from './run-for-test.ts'
import { playgroundServer } from './servers.ts'

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString()
const counts = { uploaded: 2, updatedHeaders: 0, deleted: 1, failed: 0, bytes: 1500 }
const error: AppError = { code: 'unreachable', message: 'The server cannot be reached.', retryable: true }

const watch: Watch = {
  watchId: 'w',
  profileId: 'p',
  bucket: 'bucket',
  prefix: 'site/',
  destinationId: null,
  folderId: 'folder',
  folderName: 'folder',
  state: 'waiting',
  reason: null,
  message: null,
  hints: 'events',
  hintsMessage: null,
  startedAt: at(0),
  changesSeen: 0,
  rounds: 0,
  checkedAt: null,
  nextCheckAt: at(0),
  lastSync: null,
  lastError: null,
  progress: null,
}

const command = ['sync', 'folder', 's3://bucket/site', '--watch']

/** Runs a watch whose reports are these, and then presses Ctrl+C. */
async function runWatch(more: readonly string[], reports: readonly Partial<Watch>[], pressAtEnd = true) {
  const stop = new AbortController()
  let now = watch
  const double: ApiDouble = createApiDouble({
    chooseFolder: answer({ folderId: 'folder', name: 'folder' }),
    startWatch() {
      setTimeout(() => {
        for (const report of reports) double.emit('onWatch', (now = { ...now, ...report }))
        if (pressAtEnd) setTimeout(() => stop.abort('interrupted'), 20)
      }, 5)
      return ok(watch)
    },
    stopWatch() {
      double.emit('onWatch', (now = { ...now, state: 'stopped', reason: 'asked' }))
      return ok({})
    },
  })
  const ran = await runForTest([...command, ...more], double, { signal: stop.signal })
  return { ...ran, double }
}

const rounds: Partial<Watch>[] = [
  { state: 'planning' },
  { state: 'applying', progress: { filesDone: 1, filesTotal: 2, bytesDone: 1, bytesTotal: 2 } },
  { state: 'waiting', progress: null, rounds: 1, checkedAt: at(1), lastSync: { at: at(1), counts } },
  { changesSeen: 3 },
  { rounds: 2, checkedAt: at(2) },
  {
    rounds: 3,
    checkedAt: at(3),
    state: 'paused',
    reason: 'offline',
    message: 'The server cannot be reached.',
    lastError: error,
  },
  { rounds: 4, checkedAt: at(4), state: 'waiting', reason: null, message: null, lastError: null },
]

describe('pail sync --watch', () => {
  test('says one line a round, and Ctrl+C is its good end', async () => {
    const { code, out, err, double } = await runWatch([], rounds)
    expect(code).toBe(0)
    const lines = out.split('\n').filter((line) => line !== '')
    expect(lines.map((line) => line.replace(/^\d\d:\d\d:\d\d {2}/, ''))).toEqual([
      '2 files uploaded (1.5 KB), 0 headers changed, 1 removed',
      'nothing to do',
      'paused: The server cannot be reached.',
      'nothing to do',
    ])
    expect(err).toContain('Ctrl+C ends it')
    expect(double.inputs('startWatch')).toMatchObject([
      {
        profileId: 'environment',
        bucket: 'bucket',
        prefix: 'site/',
        folderId: 'folder',
        options: { removeRemoteOnly: false },
        confirmDeletes: false,
      },
    ])
    expect(double.inputs('stopWatch')).toEqual([{ watchId: 'w' }])
  })

  test('S44 what contradicts is named once, and told to programs each time', async () => {
    const stop = new AbortController()
    const report = visibilityReport({ cause: 'watch', causeId: 'w', state: 'done', notAsked: 0 })
    const open = { objects: 1, sample: ['site/a.html'] }
    const double: ApiDouble = createApiDouble({
      chooseFolder: answer({ folderId: 'folder', name: 'folder' }),
      startWatch() {
        setTimeout(() => {
          double.emit('onVisibilityReport', { ...report, counts: { public: 0, private: 1, unknown: 0 } })
          for (let round = 0; round < 2; round++)
            double.emit('onVisibilityReport', {
              ...report,
              counts: { public: 1, private: 0, unknown: 0 },
              exposed: open,
            })
          setTimeout(() => stop.abort('interrupted'), 20)
        }, 5)
        return ok(watch)
      },
      stopWatch: answer({}),
    })
    const ran = await runForTest([...command, '--json', '--private'], double, { signal: stop.signal })
    expect(double.inputs('startWatch')).toMatchObject([{ expected: 'private' }])
    expect(ran.err.split('site/a.html')).toHaveLength(2)
    const events = ran.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
    expect(events).toMatchObject([
      { event: 'visibility', exposed: open },
      { event: 'visibility', exposed: open },
      { event: 'stopped' },
    ])
  })

  test('--json is one line of JSON a round', async () => {
    const { code, out } = await runWatch(['--json'], rounds)
    expect(code).toBe(0)
    const lines = out.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { event: 'round', round: 1, at: at(1), state: 'waiting', uploaded: 2, deleted: 1, error: null },
      { event: 'round', round: 2, changesSeen: 3, uploaded: 0, deleted: 0 },
      { event: 'round', round: 3, state: 'paused', reason: 'offline', error: { code: 'unreachable' } },
      { event: 'round', round: 4, state: 'waiting', error: null },
      { event: 'stopped', rounds: 4 },
    ])
  })

  test('F48 that the folder is only looked through is said once', async () => {
    const message = 'The folder has more to watch than this system allows.'
    const { err } = await runWatch([], [{ hints: 'looking', hintsMessage: message }, ...rounds])
    expect(err.split(message)).toHaveLength(2)
  })

  test('a file that fails is named, and the exit status tells of it', async () => {
    const failed: AppError = {
      code: 'access-denied',
      message: 'Not allowed.',
      key: 'site/a',
      retryable: false,
    }
    const report: Partial<Watch> = {
      rounds: 1,
      checkedAt: at(1),
      lastSync: { at: at(1), counts: { ...counts, failed: 1 } },
      lastError: failed,
    }
    const { code, out, err } = await runWatch([], [report])
    expect(out).toContain('1 failed')
    expect(err).toContain('site/a: Not allowed. (access-denied)')
    expect(code).toBe(130)
  })

  test('a first round that cannot work ends the command', async () => {
    const denied: AppError = { code: 'no-such-bucket', message: 'There is no such bucket.', retryable: false }
    const report: Partial<Watch> = {
      rounds: 1,
      checkedAt: at(1),
      state: 'paused',
      reason: 'refused',
      message: denied.message,
      lastError: denied,
    }
    const { code, err, out, double } = await runWatch(['--json'], [report], false)
    expect(code).toBe(1)
    expect(err).toContain('There is no such bucket. (no-such-bucket)')
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
        .at(-1),
    ).toMatchObject({
      error: { code: 'no-such-bucket' },
    })
    expect(double.inputs('stopWatch')).toHaveLength(1)
  })

  test('S44 a destination that says something else ends it: 3, and why', async () => {
    const message = 'Its destination is private now, and the watch published as public.'
    const report: Partial<Watch> = { state: 'stopped', reason: 'destination-changed', message }
    const { code, err } = await runWatch([], [...rounds, report], false)
    expect(code).toBe(3)
    expect(err).toContain(message)
  })

  test('what is refused at the start is the end', async () => {
    const double = createApiDouble({
      chooseFolder: answer({ folderId: 'folder', name: 'folder' }),
      startWatch: () => refuse('safety-refused', 'Another watch publishes to this place.'),
    })
    expect(await runForTest(command, double)).toMatchObject({ code: 3 })
  })

  test('S46 removing needs both words, and gives them to the watch', async () => {
    expect(await runForTest([...command, '--delete'], createApiDouble({}))).toMatchObject({ code: 2 })
    const { double } = await runWatch(['--delete', '--yes'], rounds)
    expect(double.inputs('startWatch')).toMatchObject([
      { options: { removeRemoteOnly: true }, confirmDeletes: true },
    ])
    const { double: without } = await runWatch(['--yes'], rounds)
    expect(without.inputs('startWatch')).toMatchObject([
      { options: { removeRemoteOnly: false }, confirmDeletes: false },
    ])
  })

  test.each(['--dry-run', '--receipt'])('%s does not go with it', async (option) => {
    expect(await runForTest([...command, option], createApiDouble({}))).toMatchObject({ code: 2 })
  })
})

test('a process watches a folder on a real service until it is interrupted', async () => {
  const server = await playgroundServer()
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'pail-cli-watch-')))
  const folder = join(directory, 'site')
  const pail = pailOn(server, directory)
  try {
    expect(await pail(['mb', 's3://watched'])).toMatchObject({ code: 0 })
    await mkdir(folder)
    await writeFile(join(folder, 'index.html'), 'one')
    let step = 0
    const ran = await pail(
      [
        'sync',
        folder,
        's3://watched/site',
        '--watch',
        '--json',
        '--run-before',
        'echo $((40 + 2)) pages built',
      ],
      {
        environment: { PAIL_LOG: '' },
        onOutput(out, kill) {
          const seen = out
            .split('\n')
            .slice(0, -1)
            .map((line) => JSON.parse(line) as { uploaded: number })
          if (step === 0 && seen.some(({ uploaded }) => uploaded === 1)) {
            step = 1
            void appendFile(join(folder, 'index.html'), ' and more')
            void writeFile(join(folder, 'about.html'), 'new')
          }
          const uploads = seen.reduce((sum, { uploaded }) => sum + uploaded, 0)
          if (step === 1 && uploads === 3) {
            step = 2
            kill('SIGINT')
          }
        },
      },
    )
    expect(ran.code).toBe(0)
    expect(ran.err).toContain('42 pages built\n')
    // Run once, not by each round.
    expect(ran.err.split('42 pages built')).toHaveLength(2)
    const got = await pail(['get', 's3://watched/site/index.html', '-'])
    expect(got.out).toBe('one and more')
  } finally {
    await server.close()
    await rm(directory, { recursive: true, force: true })
  }
}, 120_000)
