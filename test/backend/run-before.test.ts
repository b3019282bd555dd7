import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Dialogs } from '../../src-main/backend/backend-parts.ts'
import { createDispatch } from '../../src-main/backend/dispatch.ts'
import type { StaticDestinationInput } from '../../src-preload/contract/destination.ts'
import type { CommandOutput } from '../../src-preload/contract/run-before.ts'
import { createLogDouble } from '../log-double.ts'
import { codeOf, type RunningBackend, runBackend, value } from './running-backend.ts'

let backend: RunningBackend
/** What the dialog was asked, and what the person answers. */
let asked: { command: string; folder: string }[]
let answers: (boolean | Promise<boolean>)[]
let next: string | null
const dialogs: Dialogs = {
  chooseFiles: async () => null,
  chooseFolder: async () => next,
  async confirmCommand(command, folder) {
    asked.push({ command, folder })
    return answers.shift() ?? false
  },
}

beforeEach(async () => {
  asked = []
  answers = []
  next = null
  backend = await runBackend({ host: 'electron', dialogs })
})
afterEach(() => backend.close())

/** A folder that the person chose in the dialog. */
async function chosen(name: string): Promise<string> {
  next = join(backend.folder, name)
  await mkdir(next, { recursive: true })
  const folder = await value(backend.api.chooseFolder({ purpose: 'command', typedPath: null }))
  return folder!.folderId
}

const input = (more: Partial<StaticDestinationInput>): StaticDestinationInput => ({
  profileId: 'p1',
  bucket: 'site',
  name: 'Static',
  kind: 'static',
  prefix: 'static/',
  visibility: 'private',
  cacheControl: null,
  baseUrl: null,
  linkExpirySeconds: 3600,
  folderId: null,
  exclude: [],
  ...more,
})

async function destinationWith(command: string, more: Partial<StaticDestinationInput> = {}) {
  const folderId = more.runBefore?.folderId ?? (await chosen('project'))
  const destination = input({ runBefore: { command, folderId }, ...more })
  return { destination, ...(await value(backend.api.createDestination({ destination }))) }
}

/** Every piece of output until a run has ended. */
function listen(): CommandOutput[] {
  const outputs: CommandOutput[] = []
  backend.api.onCommandOutput((output) => outputs.push(output))
  return outputs
}

async function allow(destinationId: string) {
  answers.push(true)
  return value(backend.api.allowRunBefore({ destinationId }))
}

const exists = (path: string) =>
  stat(join(backend.folder, path)).then(
    () => true,
    () => false,
  )

describe.skipIf(process.platform === 'win32')('the command before a sync', () => {
  test('runs after the person allowed it in the dialog, and its output arrives in pieces', async () => {
    const { id } = await destinationWith('echo one; sleep 0.3; echo two; pwd')
    expect(await codeOf(backend.api.runBeforeSync({ destinationId: id }))).toBe('command-not-allowed')
    expect(await value(backend.api.getRunBefore({ destinationId: id }))).toEqual({
      command: 'echo one; sleep 0.3; echo two; pwd',
      folder: { folderId: expect.any(String), name: 'project' },
      allowed: false,
      timeLimitSeconds: 1800,
      lastRun: null,
    })
    const state = await allow(id)
    expect(state.allowed).toBe(true)
    expect(asked).toEqual([
      { command: 'echo one; sleep 0.3; echo two; pwd', folder: join(backend.folder, 'project') },
    ])
    const outputs = listen()
    const outcome = await value(backend.api.runBeforeSync({ destinationId: id }))
    expect(outcome).toEqual({ runId: expect.any(String), state: 'done', exitCode: 0, message: null })
    expect(outputs.map(({ state }) => state)).toEqual([...Array(outputs.length - 1).fill('running'), 'done'])
    expect(outputs.length).toBeGreaterThanOrEqual(3)
    const text = `one\ntwo\n${join(backend.folder, 'project')}\n`
    expect(outputs.map((output) => output.text).join('')).toBe(text)
    // A window that was loaded again finds it all.
    expect((await value(backend.api.getRunBefore({ destinationId: id })))?.lastRun).toMatchObject({
      runId: outcome.runId,
      state: 'done',
      position: 0,
      text,
    })
  })

  test('a failure is an answer, with its exit code', async () => {
    const { id } = await destinationWith('echo "cannot find manage.py" >&2; exit 2')
    await allow(id)
    const outputs = listen()
    expect(await value(backend.api.runBeforeSync({ destinationId: id }))).toMatchObject({
      state: 'failed',
      exitCode: 2,
      message: 'The command ended with exit code 2.',
    })
    expect(outputs.at(-1)).toMatchObject({ state: 'failed', exitCode: 2 })
    expect(outputs.map(({ text }) => text).join('')).toBe('cannot find manage.py\n')
  })

  test('without a folder of its own it runs in the folder that is synced', async () => {
    const folderId = await chosen('public')
    const { id } = await destinationWith('pwd > here', {
      folderId,
      runBefore: { command: 'pwd > here', folderId: null },
    })
    await allow(id)
    await value(backend.api.runBeforeSync({ destinationId: id }))
    expect(await readFile(join(backend.folder, 'public', 'here'), 'utf8')).toBe(
      `${join(backend.folder, 'public')}\n`,
    )
  })

  test('S31 cancelling the dialog allows nothing', async () => {
    const { id } = await destinationWith('touch trace')
    answers.push(false)
    expect((await value(backend.api.allowRunBefore({ destinationId: id }))).allowed).toBe(false)
    expect(await codeOf(backend.api.runBeforeSync({ destinationId: id }))).toBe('command-not-allowed')
    expect(await exists('project/trace')).toBe(false)
  })

  test('S31 another command or another folder has to be allowed anew, also on the way back', async () => {
    const first = await chosen('project')
    const second = await chosen('other')
    const { id, destination } = await destinationWith('touch trace', {
      runBefore: { command: 'touch trace', folderId: first },
    })
    await allow(id)
    const change = async (command: string, folderId: string) => {
      const runBefore = { command, folderId }
      await value(
        backend.api.updateDestination({ destinationId: id, destination: { ...destination, runBefore } }),
      )
      return codeOf(backend.api.runBeforeSync({ destinationId: id }))
    }
    expect(await change('touch trace; touch more', first)).toBe('command-not-allowed')
    expect(await change('touch trace', second)).toBe('command-not-allowed')
    expect(await change('touch trace', first)).toBe('command-not-allowed')
    await allow(id)
    // What has nothing to do with it changes nothing.
    await value(
      backend.api.updateDestination({ destinationId: id, destination: { ...destination, name: 'Site' } }),
    )
    expect(await codeOf(backend.api.runBeforeSync({ destinationId: id }))).toBe('ok')
    expect(await exists('project/trace')).toBe(true)
    expect(await exists('other/trace')).toBe(false)
    expect(await exists('project/more')).toBe(false)
  })

  test('S31 what is changed behind the open dialog is not what was allowed', async () => {
    const { id, destination } = await destinationWith('true')
    let press: (allows: boolean) => void = () => undefined
    answers.push(new Promise((resolve) => (press = resolve)))
    const asking = backend.api.allowRunBefore({ destinationId: id })
    // One question at a time: a page cannot bury the person in dialogs.
    expect(await codeOf(backend.api.allowRunBefore({ destinationId: id }))).toBe('too-many')
    await value(
      backend.api.updateDestination({
        destinationId: id,
        destination: {
          ...destination,
          runBefore: { command: 'touch trace', folderId: destination.runBefore!.folderId },
        },
      }),
    )
    press(true)
    expect((await value(asking)).allowed).toBe(false)
    expect(await codeOf(backend.api.runBeforeSync({ destinationId: id }))).toBe('command-not-allowed')
    expect(await exists('project/trace')).toBe(false)
  })

  test('S15 S31 what the window sends cannot carry consent', async () => {
    const { id, destination } = await destinationWith('touch trace')
    const dispatch = createDispatch(backend.api, { log: createLogDouble() })
    for (const forged of [
      { ...destination, allowed: true },
      { ...destination, allowedCommands: [{ command: 'touch trace' }] },
      { ...destination, runBefore: { ...destination.runBefore, allowed: true } },
    ])
      expect(await dispatch('updateDestination', { destinationId: id, destination: forged })).toMatchObject({
        error: { code: 'invalid-argument' },
      })
    expect(await dispatch('setPreferences', { allowedCommands: [] })).toMatchObject({
      error: { code: 'invalid-argument' },
    })
    expect(await codeOf(backend.api.runBeforeSync({ destinationId: id }))).toBe('command-not-allowed')
    expect(asked).toEqual([])
  })

  test.each(['two\nlines', 'a\u0000b', 'ls \u202egnp', 'a\u200bb', 'x'.repeat(1001), '   '])(
    'S36 the command %j cannot be seen whole and is refused',
    async (command) => {
      const dispatch = createDispatch(backend.api, { log: createLogDouble() })
      const destination = input({ runBefore: { command, folderId: null } })
      expect(await dispatch('createDestination', { destination })).toMatchObject({
        error: { code: 'invalid-argument' },
      })
    },
  )

  test('where there is no system dialog it says where to allow it', async () => {
    await backend.close()
    backend = await runBackend()
    const folder = await value(backend.api.chooseFolder({ purpose: 'command', typedPath: backend.folder }))
    const destination = input({ runBefore: { command: 'touch trace', folderId: folder!.folderId } })
    const { id } = await value(backend.api.createDestination({ destination }))
    const refused = await backend.api.allowRunBefore({ destinationId: id })
    expect(refused).toMatchObject({
      ok: false,
      error: { code: 'not-allowed', message: expect.stringMatching(/application.*command line/) },
    })
    expect(await codeOf(backend.api.runBeforeSync({ destinationId: id }))).toBe('command-not-allowed')
    expect(await exists('trace')).toBe(false)
  })

  test('consent lasts over a restart and goes with the destination', async () => {
    const { id } = await destinationWith('true')
    await allow(id)
    await backend.restart()
    expect(await codeOf(backend.api.runBeforeSync({ destinationId: id }))).toBe('ok')
    await value(backend.api.deleteDestination({ destinationId: id }))
    expect(await codeOf(backend.api.runBeforeSync({ destinationId: id }))).toBe('not-found')
    const settings = JSON.parse(await readFile(join(backend.folder, 'user-data', 'settings.json'), 'utf8'))
    expect(settings.allowedCommands).toEqual([])
  })

  test('settings of the version before are opened', async () => {
    const { id } = await destinationWith('true')
    await backend.close()
    const before = {
      version: 1,
      preferences: {
        theme: 'dark',
        linkExpirySeconds: 60,
        inspectorOpen: true,
        sidebarWidth: 220,
        lastProfileId: null,
        lastBucket: null,
      },
      profiles: [],
      destinations: [{ ...input({}), id }],
      folders: [],
      deletedProfiles: [],
    }
    const folder = join(backend.folder, 'user-data')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'settings.json'), JSON.stringify(before))
    await backend.restart()
    expect((await value(backend.api.getAppInfo({}))).notices).toEqual([])
    expect(await value(backend.api.getRunBefore({ destinationId: id }))).toBeNull()
  })

  test('it runs once at a time, and is cancelled with all that it started', async () => {
    const { id } = await destinationWith('sleep 300 & echo "child $!"; wait')
    await allow(id)
    const outputs = listen()
    const running = backend.api.runBeforeSync({ destinationId: id })
    while (!outputs.some(({ text }) => text.includes('child')))
      await new Promise((resolve) => setTimeout(resolve, 10))
    expect(await codeOf(backend.api.runBeforeSync({ destinationId: id }))).toBe('too-many')
    await value(backend.api.cancelRunBefore({ destinationId: id }))
    expect(await value(running)).toMatchObject({ state: 'cancelled', exitCode: null })
    expect(outputs.at(-1)?.state).toBe('cancelled')
  })

  test.each(['deleting its destination', 'closing'])('%s ends it', async (what) => {
    const { id } = await destinationWith('echo "pid $$"; sleep 300')
    await allow(id)
    const outputs = listen()
    const running = backend.api.runBeforeSync({ destinationId: id })
    while (!outputs.some(({ text }) => text.includes('pid')))
      await new Promise((resolve) => setTimeout(resolve, 10))
    if (what === 'closing') await backend.restart()
    else await value(backend.api.deleteDestination({ destinationId: id }))
    expect(await value(running)).toMatchObject({ state: 'cancelled' })
  })

  test('S25 what the log would remove is removed from the output', async () => {
    await backend.close()
    const log = { ...createLogDouble(), redact: (text: string) => text.replaceAll('hunter2', '[removed]') }
    backend = await runBackend({ host: 'electron', dialogs, log })
    const { id } = await destinationWith('printf "the key is hun"; sleep 0.1; echo ter2')
    await allow(id)
    const outputs = listen()
    await value(backend.api.runBeforeSync({ destinationId: id }))
    expect(outputs.map(({ text }) => text).join('')).toBe('the key is [removed]\n')
  })

  test('S18 a flood is told at most ten times a second, in pieces that fit, and its end is kept', async () => {
    const { id } = await destinationWith(
      'i=0; while [ $i -lt 60000 ]; do echo "a line of a long log $i"; i=$((i+1)); done',
    )
    await allow(id)
    const outputs = listen()
    const started = performance.now()
    await value(backend.api.runBeforeSync({ destinationId: id }))
    const seconds = (performance.now() - started) / 1000
    expect(outputs.length).toBeLessThanOrEqual(Math.ceil(seconds * 10) + 3)
    expect(Math.max(...outputs.map(({ text }) => text.length))).toBeLessThanOrEqual(32_768)
    const { lastRun } = (await value(backend.api.getRunBefore({ destinationId: id })))!
    expect(lastRun!.text).toHaveLength(200_000)
    expect(lastRun!.text).toMatch(/a line of a long log 59999\n$/)
    const total = outputs.at(-1)!.position + outputs.at(-1)!.text.length
    expect(lastRun!.position + lastRun!.text.length).toBe(total)
  }, 60_000)
})
