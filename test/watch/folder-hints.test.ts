import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFolderHints, type FolderHints, type HintsMode } from '../../src-main/watch/folder-hints.ts'
import type { OpenFolderWatcher, WatchedTree, WatcherListener } from '../../src-main/watch/folder-watcher.ts'

let work: string
let folder: string
let hints: FolderHints | null
let count: number
let modes: HintsMode[]
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'pail-hints-'))
  folder = join(work, 'site')
  await mkdir(folder)
  await writeFile(join(folder, 'index.html'), 'one')
  count = 0
  modes = []
  hints = null
})
afterEach(async () => {
  await hints?.close()
  await rm(work, { recursive: true, force: true })
})

/** A watcher that says what a test has it say. */
function watcherDouble() {
  const opened: (WatchedTree & { listener: WatcherListener })[] = []
  let closed = 0
  const open: OpenFolderWatcher = async (tree, listener) => {
    opened.push({ ...tree, listener })
    return { close: async () => void closed++ }
  }
  return { open, opened, closed: () => closed }
}

function look(
  openWatcher: OpenFolderWatcher,
  more: Partial<Parameters<typeof createFolderHints>[0]> = {},
): FolderHints {
  hints = createFolderHints({
    folder,
    exclude: [],
    onHint: () => count++,
    onMode: (mode) => modes.push(mode),
    openWatcher,
    lookEveryMs: 20,
    ...more,
  })
  return hints
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('hints', () => {
  test('come from the watcher, but for what is left out', async () => {
    await writeFile(join(folder, '.pailignore'), 'drafts/\n*.log\n')
    for (const name of ['css/print', 'drafts', 'empty', 'node_modules/a'])
      await mkdir(join(folder, name), { recursive: true })
    const watcher = watcherDouble()
    await look(watcher.open, { exclude: ['*.map'] }).refresh()
    expect(modes).toEqual([{ hints: 'events', message: null }])
    const { isLeftOut, listener, folders } = watcher.opened[0]!
    expect([...folders.keys()].sort()).toEqual(['', 'css/', 'css/print/', 'empty/'])
    const out = ['node_modules/', '.git/', 'drafts/', 'a/drafts/', 'debug.log', 'site.js.map', '.env']
    expect(out.map(isLeftOut)).toEqual(out.map(() => true))
    const kept = ['css/', 'index.html', '.pailignore', 'css/.pailignore', 'draft.html']
    expect(kept.map(isLeftOut)).toEqual(kept.map(() => false))
    for (const name of ['drafts/a.html', 'node_modules/a/index.js', 'debug.log']) listener.changed(name)
    expect(count).toBe(0)
    listener.changed('index.html')
    expect(count).toBe(1)
  })

  test('a changed ignore file counts from the next round on', async () => {
    const watcher = watcherDouble()
    const looking = look(watcher.open)
    await looking.refresh()
    expect(watcher.opened[0]!.isLeftOut('drafts/')).toBe(false)
    await looking.refresh()
    expect(watcher.opened).toHaveLength(1)
    await writeFile(join(folder, '.pailignore'), 'drafts/\n')
    watcher.opened[0]!.listener.changed('.pailignore')
    expect(count).toBe(1)
    await looking.refresh()
    expect(watcher.opened).toHaveLength(2)
    expect(watcher.closed()).toBe(1)
    expect(watcher.opened[1]!.isLeftOut('drafts/')).toBe(true)
    expect(count).toBe(2)
  })

  test('folders that come or go are watched from the next round on, and what was missed between is looked for', async () => {
    const watcher = watcherDouble()
    const looking = look(watcher.open)
    await looking.refresh()
    await mkdir(join(folder, 'css'))
    watcher.opened[0]!.listener.foldersChanged()
    expect(count).toBe(1)
    await looking.refresh()
    expect([...watcher.opened[1]!.folders.keys()]).toEqual(['', 'css/'])
    expect(count).toBe(2)
    await looking.refresh()
    expect(watcher.opened).toHaveLength(2)
    expect(count).toBe(2)
  })

  test('F39 another folder in its place is watched from the next round on', async () => {
    const watcher = watcherDouble()
    const looking = look(watcher.open)
    await looking.refresh()
    await rename(folder, join(work, 'before'))
    await looking.refresh()
    // While it is gone there is nothing to watch.
    expect(watcher.opened).toHaveLength(1)
    await mkdir(folder)
    await looking.refresh()
    expect(watcher.opened).toHaveLength(2)
    expect(watcher.closed()).toBe(1)
  })

  test('what changes while the watches are being set is noticed', async () => {
    const watcher = watcherDouble()
    await look(async (...asked) => {
      await writeFile(join(folder, 'meanwhile.html'), 'x')
      return watcher.open(...asked)
    }).refresh()
    expect(count).toBe(1)
  })

  test('F48 where the system refuses, the folder is looked through, and it says so', async () => {
    await look(async () => {
      throw new Error('The folder has more to watch than this system allows.')
    }).refresh()
    expect(modes).toEqual([
      { hints: 'looking', message: 'The folder has more to watch than this system allows.' },
    ])
    // The first look is what the next ones are compared with.
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(count).toBe(0)
    await writeFile(join(folder, 'new.html'), 'x')
    await until(() => count === 1)
    await appendFile(join(folder, 'index.html'), 'more')
    await until(() => count === 2)
    await rm(join(folder, 'new.html'))
    await until(() => count === 3)
    await mkdir(join(folder, 'node_modules'))
    await writeFile(join(folder, 'node_modules', 'x.js'), 'x')
    // That the folder appeared is one hint too many at most, which comes late where the processor is busy; what is in it is
    // not looked at.
    let before: number
    do {
      before = count
      await new Promise((resolve) => setTimeout(resolve, 500))
    } while (count !== before)
    await writeFile(join(folder, 'node_modules', 'y.js'), 'y')
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(count).toBe(before)
  })

  test('F48 a watcher that ends later is replaced by looking', async () => {
    const watcher = watcherDouble()
    await look(watcher.open).refresh()
    watcher.opened[0]!.listener.failed('The system does not tell of changes any more.')
    await until(() => watcher.closed() === 1)
    expect(modes.at(-1)).toEqual({
      hints: 'looking',
      message: 'The system does not tell of changes any more.',
    })
    await new Promise((resolve) => setTimeout(resolve, 100))
    await writeFile(join(folder, 'new.html'), 'x')
    await until(() => count === 1)
    watcher.opened[0]!.listener.changed('index.html')
    expect(count).toBe(1)
  })

  test('F48 a tree of more folders than the system should watch is looked through', async () => {
    for (let n = 0; n < 12; n++) {
      await mkdir(join(folder, `d${n}`))
      await writeFile(join(folder, `d${n}`, 'index.html'), '')
    }
    const watcher = watcherDouble()
    await look(watcher.open, { mostWatchedFolders: 10 }).refresh()
    expect(watcher.opened).toHaveLength(0)
    expect(modes[0]?.message).toMatch(/13 folders/)
    await writeFile(join(folder, 'new.html'), 'x')
    await until(() => count === 1)
  })

  test('F39 looking through a folder that goes away hints once, and again when it is back', async () => {
    await look(async () => {
      throw new Error('no')
    }).refresh()
    await new Promise((resolve) => setTimeout(resolve, 100))
    await rename(folder, join(work, 'away'))
    await until(() => count === 1)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(count).toBe(1)
    await rename(join(work, 'away'), folder)
    await until(() => count === 2)
  })

  test('after closing there are none', async () => {
    const looking = look(async () => {
      throw new Error('no')
    })
    await looking.refresh()
    await looking.close()
    await writeFile(join(folder, 'new.html'), 'x')
    await looking.refresh()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(count).toBe(0)
  })
})
