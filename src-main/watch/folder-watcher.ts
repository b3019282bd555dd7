/** Who hears of a watched folder. */
export interface WatcherListener {
  /** A name below the folder, with `/`; it was added, changed or removed. */
  changed(name: string): void
  /** Folders have come or gone: what is in the new ones is told only by a watcher that is opened anew. */
  foldersChanged(): void
  /** From now on changes may be missed, so that this watcher is of no more use. For a person. */
  failed(why: string): void
}

/** The system's eyes on a folder. */
export interface FolderWatcher {
  close(): Promise<void>
}

/** What to watch. */
export interface WatchedTree {
  /** The real path of the folder. */
  readonly root: string
  /** Every folder of it that is not left out, and how many names it has; the root is the empty name, others end in `/`. */
  readonly folders: ReadonlyMap<string, number>
  /** Says of a name (a folder's ends in `/`) that it need not be watched. */
  readonly isLeftOut: (name: string) => boolean
}

/** Begins to watch, and answers when all of it is watched. Rejects when it cannot be watched. */
export type OpenFolderWatcher = (tree: WatchedTree, listener: WatcherListener) => Promise<FolderWatcher>
