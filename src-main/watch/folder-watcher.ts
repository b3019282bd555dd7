/** Who hears of a watched folder. */
export interface WatcherListener {
  /** A name below the folder, with `/`; it was added, changed or removed. */
  changed(name: string): void
  /** From now on changes may be missed, so that this watcher is of no more use. For a person. */
  failed(why: string): void
}

/** The system's eyes on a folder. */
export interface FolderWatcher {
  close(): Promise<void>
}

/**
 * Begins to watch the folder at a real path, and answers when all of it is watched. `isLeftOut` says of a name (a
 * folder's ends in `/`) that it need not be watched. Rejects when it cannot be watched.
 */
export type OpenFolderWatcher = (
  root: string,
  isLeftOut: (name: string) => boolean,
  listener: WatcherListener,
) => Promise<FolderWatcher>
