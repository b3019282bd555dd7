import { lstat, realpath } from 'node:fs/promises'
import type { Excludes } from '../sync/local-file.ts'
import { isIgnoreFile } from '../sync/local-files.ts'
import type { FolderWatcher, OpenFolderWatcher } from './folder-watcher.ts'
import { fingerprintTree } from './tree-fingerprint.ts'

/** Hints that something in a folder has changed. They may be too many, late or missing; a comparison decides. */
export interface FolderHints {
  /**
   * Makes sure that it is the folder of now that is looked at, and with what is left out now. Called before each
   * comparison; cheap when nothing is different.
   */
  refresh(): Promise<void>
  close(): Promise<void>
}

/** How hints come about. */
export interface HintsMode {
  readonly hints: 'events' | 'looking'
  /** Why the folder is looked through; null when the system tells. */
  readonly message: string | null
}

/** What to look at, and who hears. The last three are for tests. */
export interface FolderHintsOptions {
  /** As it was chosen. */
  readonly folder: string
  readonly exclude: readonly string[]
  readonly onHint: () => void
  readonly onMode: (mode: HintsMode) => void
  readonly openWatcher: OpenFolderWatcher
  readonly mostWatchedFolders?: number
  readonly lookEveryMs?: number
}

/**
 * Each folder takes a watch of the system, of which all programs of a person together have so many. Larger trees are
 * looked through.
 */
const mostWatchedFolders = 10_000

/** The folder is looked through so often, and takes at most a twentieth of the time. */
const lookEveryMs = 5000
const lookShare = 20
const lookAtMostEveryMs = 60_000

interface Opened {
  readonly root: string
  readonly identity: string
  readonly stop: () => Promise<void>
}

/**
 * Watches a folder through the system, and where that is refused, ends or would take too much, looks through it from
 * time to time, and says so (F48). What a sync leaves out is neither watched nor looked at.
 */
export function createFolderHints(options: FolderHintsOptions): FolderHints {
  const most = options.mostWatchedFolders ?? mostWatchedFolders
  let opened: Opened | null = null
  let isStale = false
  const closing = new AbortController()
  /** Changes of what is opened are made one after the other. */
  let turn: Promise<void> = Promise.resolve()

  async function open(root: string, identity: string): Promise<Opened> {
    isStale = false
    const first = await fingerprintTree(root, options.exclude, closing.signal)
    if (first.folders.size > most)
      return look(root, identity, first.digest, {
        hints: 'looking',
        message: `There are ${first.folders.size.toLocaleString('en')} folders in it, too many to watch each.`,
      })
    const stop = new AbortController()
    const { excludes } = first
    let watcher: FolderWatcher | null = null
    let looking: Opened | null = null
    const fallBack = async (why: string) => {
      if (stop.signal.aborted || looking !== null) return
      looking = look(root, identity, null, { hints: 'looking', message: why })
      await watcher?.close()
    }
    try {
      watcher = await options.openWatcher(
        { root, folders: first.folders, isLeftOut: (name) => isLeftOut(excludes, name) },
        {
          changed(name) {
            if (stop.signal.aborted || looking !== null) return
            if (isIgnoreFile(name)) isStale = true
            else if (excludes(name) !== null) return
            options.onHint()
          },
          foldersChanged() {
            if (stop.signal.aborted || looking !== null) return
            isStale = true
            options.onHint()
          },
          failed: (why) => void fallBack(why),
        },
      )
      if (looking === null) options.onMode({ hints: 'events', message: null })
      // What changed while the watches were being set was not told.
      const { digest } = await fingerprintTree(root, options.exclude, closing.signal)
      if (digest !== first.digest) options.onHint()
    } catch (error) {
      await fallBack(error instanceof Error ? error.message : 'The folder cannot be watched.')
    }
    return {
      root,
      identity,
      async stop() {
        stop.abort()
        await Promise.all([watcher?.close(), looking?.stop()])
      },
    }
  }

  /** Looks through the folder from time to time. Without a known digest the first look is the one to compare with. */
  function look(root: string, identity: string, known: string | null, mode: HintsMode): Opened {
    const stop = new AbortController()
    let digest = known
    let timer: NodeJS.Timeout | null = null
    let looking: Promise<void> = Promise.resolve()
    const every = options.lookEveryMs ?? lookEveryMs
    options.onMode(mode)
    const next = (milliseconds: number) => {
      if (stop.signal.aborted) return
      timer = setTimeout(() => {
        looking = once()
      }, milliseconds)
    }
    async function once(): Promise<void> {
      const started = performance.now()
      try {
        const now = await fingerprintTree(root, options.exclude, stop.signal)
        if (digest !== null && digest !== now.digest) options.onHint()
        digest = now.digest
      } catch {
        // The folder is gone or unreadable for now: the comparison will find that out, and say it.
        if (!stop.signal.aborted && digest !== '') options.onHint()
        digest = ''
      }
      next(Math.min(lookAtMostEveryMs, Math.max(every, (performance.now() - started) * lookShare)))
    }
    next(known === null ? 0 : every)
    return {
      root,
      identity,
      async stop() {
        stop.abort()
        if (timer !== null) clearTimeout(timer)
        await looking
      },
    }
  }

  async function refresh(): Promise<void> {
    if (closing.signal.aborted) return
    const root = await realpath(options.folder).catch(() => null)
    const stats = root === null ? null : await lstat(root, { bigint: true }).catch(() => null)
    if (root === null || stats === null || !stats.isDirectory()) return
    const identity = `${root} ${stats.dev} ${stats.ino}`
    if (opened?.identity === identity && !isStale) return
    const wasOpen = opened !== null
    await opened?.stop()
    opened = null
    opened = await open(root, identity)
    // Between the two watchers something may have been missed.
    if (wasOpen) options.onHint()
  }

  return {
    refresh() {
      // Without hints the watch goes on, by its rescans.
      turn = turn.then(refresh).catch(() => undefined)
      return turn
    },
    async close() {
      closing.abort()
      await turn
      await opened?.stop()
      opened = null
    },
  }
}

function isLeftOut(excludes: Excludes, name: string): boolean {
  // An ignore file is not sent, but what it says counts.
  return !isIgnoreFile(name) && excludes(name) !== null
}
