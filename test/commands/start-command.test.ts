import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startCommand, type StartCommandOptions } from '../../src-main/commands/start-command.ts'

let folder: string
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'pail-run-')))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function start(command: string, more: Partial<StartCommandOptions> = {}) {
  const pieces: string[] = []
  const waiting: (() => void)[] = []
  const running = await startCommand({
    command,
    folder,
    isFromTerminal: false,
    redact: (text) => text,
    waits: { killMs: 500, lineMs: 50 },
    ...more,
    onText(text) {
      pieces.push(text)
      for (const look of waiting) look()
    },
  })
  const text = () => pieces.join('')
  return {
    ...running,
    text,
    /** Resolves when the command has written this. */
    said: (what: string) =>
      new Promise<void>((resolve) => {
        const look = () => text().includes(what) && resolve()
        waiting.push(look)
        look()
      }),
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Waits until a process is gone. */
async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20))
}

describe.skipIf(process.platform === 'win32')('a command', () => {
  test('runs in its folder through the shell, and both its streams are told', async () => {
    const run = await start('pwd && echo "$((40 + 2))" >&2 | cat')
    expect(await run.ended).toEqual({ state: 'done', exitCode: 0, message: null })
    expect(run.text()).toContain(`${folder}\n`)
    expect(run.text()).toContain('42\n')
  })

  test.each([
    ['exit 3', 3, /exit code 3/],
    ['no-such-program-anywhere --build', 127, /did not find a program/],
    ['kill -SEGV $$', null, /SIGSEGV/],
  ])('%s is a failure with its words', async (command, exitCode, words) => {
    const run = await start(command)
    expect(await run.ended).toEqual({ state: 'failed', exitCode, message: expect.stringMatching(words) })
  })

  test('S27 has no keys in its environment, and no input to wait for', async () => {
    const run = await start('env; cat; echo end', {
      environment: {
        PATH: process.env['PATH'],
        AWS_SECRET_ACCESS_KEY: 'canary',
        PAIL_X: 'canary',
        SITE: 'yes',
      },
    })
    expect((await run.ended).state).toBe('done')
    expect(run.text()).toContain('SITE=yes')
    expect(run.text()).toMatch(/end\n$/)
    expect(run.text()).not.toMatch(/canary|AWS_|PAIL_/)
  })

  test('a line without an end is told after a while', async () => {
    const run = await start("printf 'Continue? '; sleep 5")
    await run.said('Continue? ')
    run.cancel()
    expect((await run.ended).state).toBe('cancelled')
  })

  test('cancelling ends it with all that it started', async () => {
    const run = await start('sleep 300 & echo "child $!"; sleep 300 & echo "second $!"; wait')
    await run.said('second ')
    const pids = [...run.text().matchAll(/(?:child|second) (\d+)/g)].map((match) => Number(match[1]))
    expect(pids).toHaveLength(2)
    expect(pids.map(isAlive)).toEqual([true, true])
    run.cancel()
    expect(await run.ended).toMatchObject({ state: 'cancelled', exitCode: null })
    await Promise.all(pids.map(gone))
  })

  test('what does not heed the polite signal is ended all the same', async () => {
    const run = await start(`trap '' TERM; echo "pid $$"; while :; do sleep 0.1; done`)
    await run.said('pid ')
    const started = performance.now()
    run.cancel()
    expect((await run.ended).state).toBe('cancelled')
    expect(performance.now() - started).toBeGreaterThan(400)
    await gone(Number(/pid (\d+)/.exec(run.text())?.[1]))
  })

  test('it has so much time and no more, and says so', async () => {
    const run = await start('echo begun; sleep 300', { timeLimitMs: 300 })
    expect(await run.ended).toMatchObject({ state: 'failed', message: expect.stringMatching(/ended after/) })
    expect(run.text()).toBe('begun\n')
  })

  test('what it leaves in the background does not keep it from being done, and is ended', async () => {
    const run = await start('sleep 300 & echo "left $!"')
    expect(await run.ended).toEqual({ state: 'done', exitCode: 0, message: null })
    await gone(Number(/left (\d+)/.exec(run.text())?.[1]))
  }, 15_000)

  test('what has left the group is not waited for', async () => {
    const run = await start('setsid sleep 30 & sleep 0.2; echo out')
    await run.said('out')
    expect((await run.ended).state).toBe('done')
  }, 15_000)

  test('a flood is passed on without an end in sight', async () => {
    const run = await start('yes "a line of a very long log" | head -n 200000')
    expect((await run.ended).state).toBe('done')
    expect(run.text().length).toBe(200_000 * 'a line of a very long log\n'.length)
  }, 30_000)

  test('a folder that is not there is said before anything runs', async () => {
    await expect(start('touch trace', { folder: join(folder, 'gone') })).rejects.toMatchObject({
      error: { code: 'local-missing' },
    })
    await writeFile(join(folder, 'file'), '')
    await expect(start('touch trace', { folder: join(folder, 'file') })).rejects.toMatchObject({
      error: { code: 'local-missing' },
    })
  })

  test('a shell that cannot be started is a failure', async () => {
    const run = await start('true', { platform: 'darwin', environment: { SHELL: join(folder, 'no-shell') } })
    expect(await run.ended).toMatchObject({
      state: 'failed',
      exitCode: null,
      message: expect.stringMatching(/ENOENT/),
    })
  })

  test('when Pail ends without a word, so does the command', async () => {
    const script = `
      import { startCommand } from ${JSON.stringify(join(process.cwd(), 'src-main/commands/start-command.ts'))}
      await startCommand({ command: 'echo $$ > pid; sleep 300', folder: ${JSON.stringify(folder)}, isFromTerminal: true, onText: () => {}, redact: (text) => text })
      setTimeout(() => process.exit(7), 500)
    `
    await writeFile(join(folder, 'main.ts'), script)
    const node = join(process.cwd(), 'node_modules/.bin/node')
    const code = await new Promise((resolve) => spawn(node, [join(folder, 'main.ts')]).on('close', resolve))
    expect(code).toBe(7)
    await gone(Number(await readFile(join(folder, 'pid'), 'utf8')))
  }, 20_000)
})
