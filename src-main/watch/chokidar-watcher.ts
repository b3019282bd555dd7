import type { Stats } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { OpenFolderWatcher } from './folder-watcher.ts'

/** Why the system does not watch, in words. */
function inWords(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC')
    return 'The folder has more to watch than this system allows (fs.inotify.max_user_watches).'
  if (code === 'EMFILE' || code === 'ENFILE') return 'Too many files are open to watch the folder.'
  return `The system does not tell of changes in this folder${code === undefined ? '' : ` (${code})`}.`
}

/** chokidar looks at each name of a folder when it begins to watch it: so many at once, and then others have a turn. */
const namesAtOnce = 250
const pauseMs = 10

/**
 * Watches with chokidar, which is loaded on first use. It is given folder by folder, since by itself it would look at a
 * whole tree at once and keep the process busy for seconds; and folders alone, since the system tells of the files in
 * them as well. The first watch that is refused ends it, because from then on it would miss changes.
 */
export const openChokidarWatcher: OpenFolderWatcher = async ({ root, folders, isLeftOut }, listener) => {
  const { FSWatcher } = await import('chokidar')
  const nameOf = (path: string) => relative(root, path).split(sep).join('/').normalize('NFC')
  const watcher = new FSWatcher({
    depth: 0,
    ignoreInitial: true,
    followSymlinks: false,
    ignorePermissionErrors: true,
    // Its own guesses about editors' temporary files are not those of a sync.
    atomic: false,
    ignored(path: string, stats?: Stats) {
      const name = nameOf(path)
      if (name === '' || name.startsWith('../')) return false
      if (stats === undefined) return isLeftOut(name)
      return !stats.isDirectory() || isLeftOut(`${name}/`)
    },
  })
  let refused: Error | null = null
  let isOver = false
  let settle: () => void = () => undefined
  const isSettled = new Promise<void>((resolve) => {
    settle = resolve
  })
  const close = async () => {
    isOver = true
    await watcher.close()
  }
  const tell = (path: string) => {
    const name = nameOf(path)
    if (!isOver && name !== '' && !isLeftOut(name) && !isLeftOut(`${name}/`)) listener.changed(name)
  }
  // The system's own words, also about files.
  watcher.on('raw', (_event, path, about) => {
    const { watchedPath } = about as { watchedPath?: string }
    if (watchedPath !== undefined) tell(path ? join(watchedPath, path) : watchedPath)
  })
  for (const event of ['addDir', 'unlinkDir'] as const)
    watcher.on(event, (path) => {
      if (!isOver && !isLeftOut(`${nameOf(path)}/`)) listener.foldersChanged()
    })
  watcher.on('error', (error) => {
    if (isOver) return
    refused = new Error(inWords(error), { cause: error })
    settle()
    void close()
    listener.failed(refused.message)
  })
  watcher.once('ready', settle)

  let names = 0
  for (const [name, entries] of folders) {
    watcher.add(name === '' ? root : join(root, name))
    names += entries + 1
    if (names < namesAtOnce) continue
    names = 0
    await delay(pauseMs)
    if (isOver) break
  }
  await isSettled
  if (refused !== null) throw refused as Error
  return { close }
}
