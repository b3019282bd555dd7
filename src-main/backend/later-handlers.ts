import { randomUUID } from 'node:crypto'
import type { InputOf } from '../../src-preload/contract/api.ts'
import type { BucketRef, ObjectRef } from '../../src-preload/contract/call.ts'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import type { CloudFrontSigner } from '../links/create-link.ts'
import type { LinkLedger } from '../links/ledger.ts'
import type { MoveRecords } from '../releases/move-record.ts'
import type { ProfileStore } from '../profiles/profile-store.ts'
import type { ChangeRecords } from '../releases/change-records.ts'
import type { VisibilityHead, VisibilityLine } from '../releases/visibility-record.ts'
import type { Bandwidth } from '../s3/bandwidth.ts'
import type { FindProxy } from '../s3/find-proxy.ts'
import type { SettingsFile } from '../settings/settings-file.ts'
import type { SetupHead, SetupLine } from '../setup/setup-record.ts'
import type { StoredDestination } from '../settings/settings.ts'
import type { OwnershipSources } from '../sweep/upload-owner.ts'
import type { HandedOutThrough } from '../visibility/handed-out.ts'
import type { BackendParts } from './backend-parts.ts'
import type { EventSources } from './call.ts'
import type { Folders } from './folders.ts'
import { lazyHandlers } from './lazy-handlers.ts'
import type { LinkKeeper } from './link-keeper.ts'
import type { ProfilePolicies } from './policy-reader.ts'
import type { RunningWork } from './running-work.ts'
import type { Sessions } from './sessions.ts'
import type { SyncDirectories } from './sync-handlers.ts'
import type { CloudFrontPlace } from './upload-report.ts'
import type { VisibilityChecks } from './visibility-checks.ts'

/** What the backend has when it is made, for the handlers that come later. */
export interface LaterParts {
  readonly parts: BackendParts
  readonly sessions: Sessions
  readonly settings: SettingsFile
  readonly store: ProfileStore
  readonly folders: Folders
  readonly ledger: LinkLedger
  readonly linkKeeper: LinkKeeper
  readonly work: RunningWork
  readonly events: EventSources
  readonly bandwidth: Bandwidth
  readonly syncDirectories: SyncDirectories
  readonly transfersDirectory: string
  readonly uploadSources: OwnershipSources
  readonly changes: {
    readonly visibility: ChangeRecords<VisibilityHead, VisibilityLine>
    readonly setup: ChangeRecords<SetupHead, SetupLine>
    readonly moves: MoveRecords
  }
  /** What a profile says of its service. */
  readonly providerOf: (profileId: string) => ProviderId
  /** By which address an object is handed out. */
  readonly throughOf: (object: ObjectRef) => HandedOutThrough | null
  /** The private destinations of a bucket, whichever profile of its service they are of. */
  readonly privatePlacesIn: (bucket: BucketRef) => readonly StoredDestination[]
  /** What a bucket's policy lets everybody read. */
  readonly policyReaderOf: (profileId: string) => ProfilePolicies
  readonly cloudFrontOf: (object: ObjectRef) => CloudFrontPlace | null
  readonly signerFor: (keyPairId: string | null) => CloudFrontSigner | null
  /** The proxy of what belongs to no profile. */
  readonly systemProxy: FindProxy | undefined
  /** Asks for what the handlers change. */
  readonly checks: VisibilityChecks
}

/**
 * The handlers that a command or a window can do without for a while: the code of each is loaded when it is first called.
 * What goes on by itself, such as transfers, is the caller's to load.
 */
export function laterHandlers(given: LaterParts) {
  const { parts, sessions, settings, folders, ledger, linkKeeper, work, events } = given
  const { providerOf, throughOf, privatePlacesIn, policyReaderOf, syncDirectories, uploadSources } = given
  const { checks } = given
  const openingOf = (profileId: string) => policyReaderOf(profileId).openingOf
  const { log } = parts
  const isCommandLine = parts.host === 'cli'

  const sweeps = lazyHandlers(
    ['planSweep', 'listSweepRows', 'applySweep', 'planLifecycle', 'applyLifecycle'],
    async () => (await import('./sweep-handlers.ts')).sweepHandlers(sessions, uploadSources, work),
  )
  const objects = lazyHandlers(
    [
      'listObjects',
      'getObjectDetails',
      'checkVisibility',
      'createFolder',
      'renameObject',
      'planDelete',
      'applyDelete',
    ],
    async () => {
      // A command that lists changes nothing.
      const [{ objectHandlers }, { moveRecorded }, onListed] = await Promise.all([
        import('./object-handlers.ts'),
        import('../links/recorded-move.ts'),
        isCommandLine
          ? undefined
          : import('./sweep-handlers.ts').then(({ createBackgroundSweep }) =>
              createBackgroundSweep({ sessions, sources: uploadSources, work, log }),
            ),
      ])
      const records = given.changes.moves
      return objectHandlers({
        sessions,
        throughOf,
        ...(onListed === undefined ? {} : { onListed }),
        linkKeeper,
        checks,
        move: (session, profileId, options) =>
          moveRecorded(session, { id: randomUUID(), profileId, records }, options),
        isOpenByPolicyOf: policyReaderOf,
      })
    },
  )
  const sync = lazyHandlers(['planSync', 'listPlanRows', 'describePlanRow', 'applySync'], async () =>
    (await import('./sync-handlers.ts')).syncHandlers(
      sessions,
      folders,
      events.onSyncProgress,
      work,
      syncDirectories,
      linkKeeper,
      checks,
      providerOf,
      openingOf,
    ),
  )
  const receipts = lazyHandlers(['createReceipt'], async () => {
    const [{ receiptHandlers }, { kept }] = await Promise.all([import('./receipt-handlers.ts'), sync.load()])
    return receiptHandlers(sessions, kept, work)
  })
  const invalidations = lazyHandlers(['planInvalidation', 'applyInvalidation'], async () => {
    const [{ invalidationHandlers }, { kept }] = await Promise.all([
      import('./invalidation-handlers.ts'),
      sync.load(),
    ])
    return invalidationHandlers(parts, sessions, kept, work)
  })
  const releases = lazyHandlers(['listReleases', 'planUndo', 'listUndoRows', 'applyUndo'], async () =>
    (await import('./release-handlers.ts')).releaseHandlers({
      sessions,
      providerOf,
      progress: events.onSyncProgress,
      work,
      directories: syncDirectories,
      linkKeeper,
      checks,
    }),
  )
  const watches = lazyHandlers(['startWatch', 'stopWatch', 'listWatches'], async () =>
    (await import('./watch-handlers.ts')).watchHandlers({
      sessions,
      folders,
      settings,
      providerOf,
      watches: events.onWatch,
      directories: syncDirectories,
      log,
      linkKeeper,
      checks,
      openingOf,
    }),
  )
  const runBefore = lazyHandlers(
    ['getRunBefore', 'allowRunBefore', 'runBeforeSync', 'cancelRunBefore'],
    async () =>
      (await import('./run-before-handlers.ts')).runBeforeHandlers(
        parts,
        settings,
        folders,
        events.onCommandOutput,
      ),
  )
  const leakScans = lazyHandlers(['startLeakScan', 'cancelLeakScan', 'listLeakScans'], async () =>
    (await import('./leak-scan-handlers.ts')).leakScanHandlers({
      sessions,
      scans: events.onLeakScan,
      throughOf,
    }),
  )
  const transfers = lazyHandlers(
    [
      'registerDrop',
      'registerPaste',
      'fetchPicture',
      'chooseFiles',
      'findConflicts',
      'planUpload',
      'startUpload',
      'startDownload',
      'listTransfers',
      'cancelTransfers',
      'retryTransfers',
      'clearTransfers',
      'pauseTransfers',
      'resumeTransfers',
      'moveTransfersFirst',
      'setBandwidthLimit',
      'listUnfinishedTransfers',
      'resumeUnfinishedTransfers',
    ],
    async () => {
      const [{ transferHandlers }, { openTransferJournals }] = await Promise.all([
        import('./transfer-handlers.ts'),
        import('./transfer-journals.ts'),
      ])
      const journals = await openTransferJournals({
        directory: given.transfersDirectory,
        locksDirectory: syncDirectories.locks,
        host: parts.host,
        log,
      })
      const { bandwidth, cloudFrontOf } = given
      const handlers = transferHandlers(
        parts,
        sessions,
        folders,
        ledger,
        {
          journals,
          settings,
          bandwidth,
          cloudFrontOf,
          linkKeeper,
          systemProxy: given.systemProxy,
          throughOf,
          checks,
          openingOf,
          privatePlacesIn,
        },
        events,
      )
      return { ...handlers, notices: journals.notices }
    },
  )
  const pictures = lazyHandlers(['getPicture', 'measurePictures'], async () =>
    (await import('./picture-handlers.ts')).pictureHandlers(sessions),
  )
  const setups = lazyHandlers(
    ['planBucketSetup', 'applyBucketSetup', 'listBucketSetups', 'undoBucketSetup'],
    async () =>
      (await import('./setup-handlers.ts')).setupHandlers({
        sessions,
        providerOf,
        privatePlacesIn,
        presets: () => settings.current().destinationPresets ?? [],
        records: given.changes.setup,
        work,
        checks,
      }),
  )
  const access = lazyHandlers(['getBucketAccess', 'findPlaceOpening'], async () =>
    (await import('./access-handlers.ts')).accessHandlers(
      sessions,
      providerOf,
      (profileId) => policyReaderOf(profileId).openingBelow,
    ),
  )
  const revocations = lazyHandlers(
    ['planRevocation', 'applyRevocation', 'listLeftCopies', 'removeLeftCopy'],
    async () =>
      (await import('./revocation-handlers.ts')).revocationHandlers({
        sessions,
        ledger,
        throughOf,
        isOpenByPolicyOf: policyReaderOf,
        moves: given.changes.moves,
        work,
        progress: events.onSyncProgress,
        checks,
      }),
  )
  const visibilities = lazyHandlers(
    ['planVisibility', 'applyVisibility', 'planUndoVisibility', 'undoVisibility', 'listVisibilityChanges'],
    async () =>
      (await import('./visibility-handlers.ts')).visibilityHandlers({
        sessions,
        providerOf,
        throughOf,
        privatePlacesIn,
        records: given.changes.visibility,
        stateDirectory: syncDirectories.state,
        log,
        checks,
      }),
  )
  const django = lazyHandlers(
    ['readDjangoProject', 'saveDjangoProject', 'exportDjango', 'saveDjangoExport'],
    async () =>
      (await import('./django-handlers.ts')).djangoHandlers(
        given.store,
        settings,
        folders,
        parts.importsDirectory ?? null,
      ),
  )
  const links = lazyHandlers(
    [
      'createLink',
      'copyLinks',
      'listLinks',
      'setLinkNote',
      'createUploadRequest',
      'listArrivals',
      'copyText',
      'composeMail',
    ],
    async () =>
      (await import('./link-handlers.ts')).linkHandlers(sessions, ledger, parts, given.signerFor, {
        work,
        progress: events.onSyncProgress,
      }),
  )

  return {
    handlers: {
      ...sweeps.handlers,
      ...objects.handlers,
      ...sync.handlers,
      cancelSync: async ({ planId }: InputOf<'cancelSync'>) => {
        // At once: while code was loaded for it, what is to be cancelled would come to its end.
        work.cancel(planId)
        // And again, for what was called just before and whose code is on its way.
        const begun = [sweeps, sync, releases, revocations, links]
        await Promise.all(begun.map((each) => each.tell(() => work.cancel(planId))))
        return {}
      },
      ...receipts.handlers,
      ...invalidations.handlers,
      ...releases.handlers,
      ...watches.handlers,
      ...runBefore.handlers,
      ...leakScans.handlers,
      ...transfers.handlers,
      ...pictures.handlers,
      ...setups.handlers,
      ...access.handlers,
      ...revocations.handlers,
      ...visibilities.handlers,
      ...django.handlers,
      ...links.handlers,
    },
    transfers,
    /** A profile that is gone is watched no more. */
    forgetProfile: (profileId: string) => watches.tell((there) => there.forgetProfile(profileId)),
    /** What is to be published in another way is watched no more. */
    destinationChanged: (destinationId: string) =>
      watches.tell((there) => there.destinationChanged(destinationId)),
    /** Of a destination that is gone no command runs. */
    forgetCommand: (destinationId: string) => runBefore.tell((there) => there.forget(destinationId)),
    /** Transfers that waited for other keys go on. */
    credentialsChanged: (profileId: string) => transfers.tell((there) => there.credentialsChanged(profileId)),
    /** Stops what goes on by itself and waits for its end. */
    async close() {
      const closing = (there: { close(): Promise<void> }) => there.close()
      await Promise.all([
        runBefore.close(closing),
        watches.close(closing),
        leakScans.close(closing),
        transfers.close(closing),
      ])
    },
  }
}
