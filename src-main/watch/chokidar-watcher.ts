import type { Stats } from 'node:fs'
import { relative, sep } from 'node:path'
import type { OpenFolderWatcher } from './folder-watcher.ts'

/** Why the system does not watch, in words. */
function inWords(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC')
    return 'The folder has more to watch than this system allows (fs.inotify.max_user_watches).'
  if (code === 'EMFILE' || code === 'ENFILE') return 'Too many files are open to watch the folder.'
  return `The system does not tell of changes in this folder${code === undefined ? '' : ` (${code})`}.`
}

/**
 * Watches with chokidar, which is loaded on first use. It takes one watch of the system for each file and folder; the
 * first that is refused ends it, since from then on it would miss changes.
 */
export const openChokidarWatcher: OpenFolderWatcher = async (root, isLeftOut, listener) => {
  const { watch } = await import('chokidar')
  const nameOf = (path: string) => relative(root, path).split(sep).join('/').normalize('NFC')
  const watcher = watch(root, {
    ignoreInitial: true,
    followSymlinks: false,
    ignorePermissionErrors: true,
    // Its own guesses about editors' temporary files are not those of a sync.
    atomic: false,
    ignored(path: string, stats?: Stats) {
      const name = nameOf(path)
      if (name === '' || name.startsWith('../')) return false
      return isLeftOut(stats?.isDirectory() ? `${name}/` : name)
    },
  })
  let isOver = false
  const close = async () => {
    isOver = true
    await watcher.close()
  }
  watcher.on('all', (_event, path) => {
    if (!isOver) listener.changed(nameOf(path))
  })
  await new Promise<void>((resolve, reject) => {
    watcher.once('ready', resolve)
    watcher.on('error', (error) => {
      if (isOver) return
      const why = inWords(error)
      // Before it is ready the caller hears of it by the rejection alone.
      reject(new Error(why, { cause: error }))
      void close()
      listener.failed(why)
    })
  })
  return { close }
}
