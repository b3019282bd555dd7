import type { BucketRef } from '../../src-preload/contract/call.ts'
import type { TransferSnapshot } from '../../src-preload/contract/transfer.ts'
import type { Api } from '../../src-preload/contract/api.ts'
import type { Destination } from '../../src-preload/contract/destination.ts'
import { createAppStore } from './app-store.ts'
import { createBucketStore } from './bucket-store.ts'
import { createCommandStore } from './command-store.ts'
import { createDestinationStore } from './destination-store.ts'
import { createCheckStore } from './check-store.ts'
import { createDetailsStore } from './details-store.ts'
import { createHistoryStore } from './history-store.ts'
import { createInvalidationStore } from './invalidation-store.ts'
import { createLeakStore } from './leak-store.ts'
import { createLinkStore } from './link-store.ts'
import { createListingStore } from './listing-store.ts'
import { createPictureStore } from './picture-store.ts'
import { createProfileStore } from './profile-store.ts'
import { shrinkPicture } from './shrink-picture.ts'
import { createReceiptStore } from './receipt-store.ts'
import { createSyncStore } from './sync-store.ts'
import { createTransferStore } from './transfer-store.ts'
import { createUploadStore } from './upload-store.ts'
import { createViewStore } from './view-store.ts'
import { createWatchStore } from './watch-store.ts'

/** Calls that leave no state in the window; what they change is read again by the stores that show it. */
export type ObjectCalls = Pick<
  Api<File>,
  | 'planDelete'
  | 'applyDelete'
  | 'getBucketAccess'
  | 'findPlaceOpening'
  | 'planVisibility'
  | 'applyVisibility'
  | 'planUndoVisibility'
  | 'undoVisibility'
  | 'listVisibilityChanges'
  | 'planSweep'
  | 'applySweep'
  | 'planLifecycle'
  | 'applyLifecycle'
  | 'renameObject'
  | 'planRevocation'
  | 'applyRevocation'
  | 'cancelSync'
  | 'onSyncProgress'
  | 'createFolder'
  | 'chooseFolder'
  | 'startDownload'
  | 'composeMail'
  | 'readDjangoProject'
  | 'saveDjangoProject'
  | 'exportDjango'
  | 'saveDjangoExport'
  | 'planBucketSetup'
  | 'applyBucketSetup'
  | 'listBucketSetups'
  | 'undoBucketSetup'
>

/** Every store of the window, made once. */
export interface Stores {
  readonly objects: ObjectCalls
  readonly app: ReturnType<typeof createAppStore>
  readonly view: ReturnType<typeof createViewStore>
  readonly profiles: ReturnType<typeof createProfileStore>
  readonly buckets: ReturnType<typeof createBucketStore>
  readonly destinations: ReturnType<typeof createDestinationStore>
  readonly browse: ReturnType<typeof createListingStore>
  readonly media: ReturnType<typeof createListingStore>
  readonly pictures: ReturnType<typeof createPictureStore>
  readonly checks: ReturnType<typeof createCheckStore>
  readonly details: ReturnType<typeof createDetailsStore>
  readonly uploads: ReturnType<typeof createUploadStore>
  readonly transfers: ReturnType<typeof createTransferStore>
  readonly sync: ReturnType<typeof createSyncStore>
  readonly commands: ReturnType<typeof createCommandStore>
  readonly receipts: ReturnType<typeof createReceiptStore>
  readonly history: ReturnType<typeof createHistoryStore>
  readonly watches: ReturnType<typeof createWatchStore>
  readonly invalidations: ReturnType<typeof createInvalidationStore>
  readonly leaks: ReturnType<typeof createLeakStore>
  readonly links: ReturnType<typeof createLinkStore>
}

/** Makes the stores around one bridge and ties the few knots between them. */
export function createStores(api: Api<File>): Stores {
  const stores: Stores = {
    objects: api,
    app: createAppStore(api),
    view: createViewStore(),
    profiles: createProfileStore(api),
    buckets: createBucketStore(api),
    destinations: createDestinationStore(api),
    browse: createListingStore(api, { column: 'name', descending: false }),
    media: createListingStore(api, { column: 'modified', descending: true }),
    pictures: createPictureStore(api, shrinkPicture),
    checks: createCheckStore(api),
    details: createDetailsStore(api),
    uploads: createUploadStore(api),
    transfers: createTransferStore(api),
    sync: createSyncStore(api),
    commands: createCommandStore(api),
    receipts: createReceiptStore(api),
    history: createHistoryStore(api),
    watches: createWatchStore(api),
    invalidations: createInvalidationStore(api),
    leaks: createLeakStore(api),
    links: createLinkStore(api),
  }
  tie(api, stores)
  return stores
}

/** Loads what the first screen needs, and goes back to where the person was. */
export async function openWindow(stores: Stores): Promise<void> {
  const { app, profiles, destinations, transfers, view, watches, leaks } = stores
  await Promise.all([
    app.getState().load(),
    profiles.getState().load(),
    destinations.getState().load(),
    transfers.getState().load(),
    watches.getState().load(),
    leaks.getState().load(),
  ])
  const preferences = app.getState().info?.preferences
  const known = profiles.getState().profiles ?? []
  const last = known.find((profile) => profile.id === preferences?.lastProfileId) ?? known[0]
  if (last === undefined) return
  profiles.getState().select(last.id)
  if (last.id === preferences?.lastProfileId && preferences.lastBucket !== null) {
    view.getState().openBucket(preferences.lastBucket)
  }
}

function tie(
  api: Api<File>,
  { app, view, profiles, buckets, browse, media, details, destinations, transfers, sync, checks }: Stores,
): void {
  /** Shows in the panes what the view is at; `isBack`: another pane was in front until now. */
  const follow = (isBack = false) => {
    const { bucket, prefix, pane, destinationId } = view.getState()
    const profileId = profiles.getState().selectedId
    const here = profileId !== null && bucket !== null ? { profileId, bucket } : null
    void browse
      .getState()
      .open(here === null ? null : { ...here, prefix, recursive: false }, isBack && pane === 'browse')
    const destination = destinations.getState().destinations.find((each) => each.id === destinationId)
    if (pane === 'media' && destination?.kind === 'media') {
      const { profileId: owner, bucket: home, prefix: root } = destination
      void media.getState().open({ profileId: owner, bucket: home, prefix: root, recursive: true }, isBack)
    }
  }

  profiles.subscribe((state, before) => {
    if (state.selectedId === before.selectedId) return
    view.getState().openBucket(null)
    if (state.selectedId !== null) void buckets.getState().load(state.selectedId)
    void app.getState().setPreferences({ lastProfileId: state.selectedId, lastBucket: null })
    follow()
  })
  view.subscribe((state, before) => {
    if (
      state.bucket === before.bucket &&
      state.prefix === before.prefix &&
      state.pane === before.pane &&
      state.destinationId === before.destinationId
    ) {
      return
    }
    follow(state.pane !== before.pane)
    if (state.bucket !== before.bucket && state.bucket !== null) {
      void app.getState().setPreferences({ lastBucket: state.bucket })
    }
  })
  destinations.subscribe(() => follow())
  // What is handed out at another address by now is answered there.
  destinations.subscribe((state, before) => {
    if (state.destinations === before.destinations) return
    const ways = (list: readonly Destination[]) => new Set(list.map(handedOutBy))
    const [now, then] = [ways(state.destinations), ways(before.destinations)]
    const changed = [...state.destinations, ...before.destinations].filter((each) => {
      const way = handedOutBy(each)
      return now.has(way) !== then.has(way)
    })
    const buckets = new Map(changed.map((each) => [JSON.stringify([each.profileId, each.bucket]), each]))
    for (const place of buckets.values()) checks.getState().forget(place)
  })

  // The inspector follows the selection of the pane that is in front.
  const inspect = () => {
    const { pane } = view.getState()
    const store = pane === 'media' ? media : pane === 'browse' ? browse : null
    if (store === null) return
    const { place, selection } = store.getState()
    const [only] = selection.ids
    const key =
      selection.ids.size === 1 && only !== undefined && !isFolder(store.getState().folders, only)
        ? only
        : null
    const { inspectorOpen } = app.getState().info?.preferences ?? { inspectorOpen: false }
    void details
      .getState()
      .open(
        place === null || key === null || !inspectorOpen
          ? null
          : { profileId: place.profileId, bucket: place.bucket, key },
      )
  }
  browse.subscribe((state, before) => {
    if (state.selection !== before.selection) inspect()
  })
  media.subscribe((state, before) => {
    if (state.selection !== before.selection) inspect()
  })
  view.subscribe((state, before) => {
    if (state.pane !== before.pane) inspect()
  })
  app.subscribe((state, before) => {
    if (state.info?.preferences.inspectorOpen !== before.info?.preferences.inspectorOpen) inspect()
  })

  // What a sync has changed is read again.
  sync.subscribe((state, before) => {
    const ended = Object.keys(state.jobs).some(
      (id) => state.jobs[id]?.phase === 'done' && before.jobs[id]?.phase === 'applying',
    )
    if (ended) void browse.getState().reload()
  })

  // New objects appear without asking: when the last of them has arrived, and again when it is known how many there are.
  // Between the two their links are tried, which takes long where there are many.
  transfers.subscribe(({ snapshot }, { snapshot: before }) => {
    if (snapshot === before) return
    for (const store of [browse, media]) {
      const { place } = store.getState()
      if (place !== null && isSentTo(before, place) && !isSentTo(snapshot, place))
        void store.getState().reload()
    }
  })
  api.onUploadReport((report) => {
    for (const store of [browse, media]) {
      if (store.getState().place?.bucket === report.bucket) void store.getState().reload()
    }
  })
}

/** Whether files are on their way to a bucket. */
function isSentTo({ transfers }: TransferSnapshot, { profileId, bucket }: BucketRef): boolean {
  return transfers.some(
    (each) =>
      each.direction === 'upload' &&
      each.bucket === bucket &&
      each.profileId === profileId &&
      (each.state === 'queued' || each.state === 'running' || each.state === 'waiting-to-retry'),
  )
}

/** What decides at which address an object is handed out. */
function handedOutBy({ profileId, bucket, prefix, baseUrl, stripPrefix, keyPairId }: Destination): string {
  return JSON.stringify([profileId, bucket, prefix, baseUrl, stripPrefix === true, keyPairId ?? null])
}

function isFolder(folders: readonly string[], id: string): boolean {
  return id.endsWith('/') && folders.includes(id)
}
