import { join } from 'node:path'
import { normalisedPrefix } from '../../src-preload/contract/destination-overlap.ts'
import type { BucketRef, ObjectRef } from '../../src-preload/contract/call.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import { keyTemplateReads } from '../../src-preload/contract/key-template.ts'
import type { Naming } from '../../src-preload/contract/naming.ts'
import { fetchPicture } from '../pictures/fetch-picture.ts'
import { lookAtPictures } from '../pictures/look-at-pictures.ts'
import type { UploadOpening } from '../../src-preload/contract/upload-plan.ts'
import type { VisibilityCheck } from '../../src-preload/contract/visibility.ts'
import { planUpload } from '../destinations/plan-upload.ts'
import type { UploadName } from '../destinations/upload-name.ts'
import { createUploadNamer } from '../destinations/upload-namer.ts'
import type { SettingsFile } from '../settings/settings-file.ts'
import type { Bandwidth } from '../s3/bandwidth.ts'
import type { FindProxy } from '../s3/find-proxy.ts'
import { keyProblem } from '../s3/object-key.ts'
import type { LinkLedger } from '../links/ledger.ts'
import { ruledHeaders } from '../sync/headers.ts'
import { existingKeys } from '../transfers/existing-keys.ts'
import { keysBeside } from '../transfers/new-items.ts'
import { createTransferQueue } from '../transfers/queue.ts'
import { createSelectionStore } from '../transfers/selection-store.ts'
import type { HandedOutThrough } from '../visibility/handed-out.ts'
import type { BackendParts } from './backend-parts.ts'
import type { EventSources, HandlersOf } from './call.ts'
import { checkBaseUrl } from './destination-handlers.ts'
import type { Folders } from './folders.ts'
import { type LinkKeeper, noLinkKeeper } from './link-keeper.ts'
import { createPastedFiles } from './pasted-files.ts'
import type { FindOpening, PolicyOpening } from './policy-reader.ts'
import { findOpening, type PrivatePlace, refuseExposing } from './refuse-exposing.ts'
import type { Sessions } from './sessions.ts'
import type { TransferJournals } from './transfer-journals.ts'
import { type CloudFrontPlace, reportUploads } from './upload-report.ts'
import { noVisibilityChecks, type VisibilityChecks } from './visibility-checks.ts'

/** So much is read, in bytes, to show keys with {hash8} before an upload; the upload reads the rest. */
const readForPlanBytes = 256 * 1024 * 1024

const oneReplacesOne = 'An object is replaced with one file, and by overwriting it.'

/** Without a rule, files keep their names. */
const asTheyAre: Naming = { template: null, clean: 'as-is' }

/**
 * Local files on their way up and down. `close` stops what runs; the next start goes on with it, and that of the command
 * line when it is asked to.
 */
export function transferHandlers(
  parts: BackendParts,
  sessions: Sessions,
  folders: Folders,
  ledger: Pick<LinkLedger, 'add'>,
  kept: {
    readonly journals: TransferJournals
    readonly settings: SettingsFile
    readonly bandwidth: Bandwidth
    readonly cloudFrontOf?: (object: ObjectRef) => CloudFrontPlace | null
    readonly linkKeeper?: LinkKeeper
    /** The proxy of what belongs to no profile. */
    readonly systemProxy?: FindProxy | undefined
    readonly throughOf?: (object: ObjectRef) => HandedOutThrough | null
    readonly checks?: VisibilityChecks
    /** What the policies of a profile's buckets let everybody read. */
    readonly openingOf?: (profileId: string) => FindOpening
    /** The private destinations of a bucket. */
    readonly privatePlacesIn?: (bucket: BucketRef) => readonly PrivatePlace[]
  },
  events: Pick<EventSources, 'onTransfers' | 'onUploadReport'>,
): HandlersOf<
  | 'registerDrop'
  | 'registerPaste'
  | 'fetchPicture'
  | 'chooseFiles'
  | 'findConflicts'
  | 'planUpload'
  | 'startUpload'
  | 'startDownload'
  | 'listTransfers'
  | 'cancelTransfers'
  | 'retryTransfers'
  | 'clearTransfers'
  | 'pauseTransfers'
  | 'resumeTransfers'
  | 'moveTransfersFirst'
  | 'setBandwidthLimit'
  | 'listUnfinishedTransfers'
  | 'resumeUnfinishedTransfers'
> & { close(): Promise<void>; credentialsChanged(profileId: string): void } {
  const selections = createSelectionStore()
  const namer = createUploadNamer()
  const pasted = createPastedFiles(join(parts.userDataDirectory, 'pasted'))
  const reports = new Set<Promise<void>>()
  const session = (profileId: string) => sessions.open(profileId)
  const { journals, settings, bandwidth, linkKeeper = noLinkKeeper, checks = noVisibilityChecks } = kept
  const { cloudFrontOf = () => null, throughOf = () => null, systemProxy } = kept
  const { openingOf = () => async () => null, privatePlacesIn = () => [] } = kept
  const queue = createTransferQueue({
    session,
    journal: journals.own,
    bandwidth,
    // A script would rather know than wait; `pail resume` goes on.
    waitsForService: parts.host !== 'cli',
    onSnapshot: (snapshot) => events.onTransfers.emit(snapshot),
    onBatchEnded(batch) {
      if (batch.direction !== 'upload') return
      const { profileId, bucket, batchId, keys, visibility: expected } = batch
      const place = { profileId, bucket }
      const known = new Map<string, VisibilityCheck>()
      const told = (keys.length === 0 ? Promise.resolve() : linkKeeper.came(place, keys))
        .then(() =>
          reportUploads(batch, {
            session,
            clipboard: parts.clipboard,
            ledger,
            cloudFrontOf,
            throughOf,
            onAnswer: (key, check) => check.visibility !== 'unknown' && known.set(key, check),
          }),
        )
        .then(async (report) => {
          const visibilityReportId = checks.after(
            place,
            { cause: 'upload', causeId: batchId },
            keys.map((key) => ({ key, expected, ...(known.has(key) ? { known: known.get(key)! } : {}) })),
          )
          events.onUploadReport.emit(visibilityReportId === null ? report : { ...report, visibilityReportId })
          await pasted.forget(batch.files.map((file) => file.path))
        })
        .finally(() => reports.delete(told))
      reports.add(told)
    },
  })

  // What was not finished when Pail was last closed, or died, goes on by itself.
  if (parts.host !== 'cli') queue.restore()

  const chosen = (selectionId: string, leaveOutEmpty: boolean) => {
    const files = selections.get(selectionId)
    return leaveOutEmpty ? files.filter((file) => file.sizeBytes > 0) : files
  }

  return {
    registerDrop: ({ sources }) => selections.register(sources.map((source) => source.path)),
    async registerPaste({ files }) {
      const bytes = files.map(({ name, base64 }) => ({
        name: name.normalize('NFC'),
        bytes: Buffer.from(base64, 'base64'),
      }))
      return selections.register(await pasted.keep(bytes))
    },
    async fetchPicture({ address }) {
      const { from, ...file } = await fetchPicture(address, { findProxy: systemProxy, ...parts.pictureFetch })
      return { ...(await selections.register(await pasted.keep([file]))), from }
    },
    async chooseFiles({ kind }) {
      if (parts.dialogs === null) throw failure('not-supported', 'There is no file dialog here.')
      const paths = await parts.dialogs.chooseFiles(kind)
      return paths === null || paths.length === 0 ? null : selections.register(paths)
    },
    async findConflicts({
      profileId,
      bucket,
      prefix,
      selectionId,
      naming = asTheyAre,
      stripMetadata = false,
    }) {
      const where = normalisedPrefix(prefix)
      const names = await namer.name(where, selections.get(selectionId), naming, { stripMetadata })
      const keys = new Set(names.map((name) => name.key))
      const found = await existingKeys(await session(profileId), bucket, where, keys)
      return { keys: found.slice(0, 1000), total: found.length }
    },
    async planUpload({ profileId, bucket, prefix, selectionId, naming, leaveOutEmpty, ...how }) {
      const { lookForExisting, stripMetadata = false, replaceKey, visibility, onConflict = 'fail' } = how
      const where = normalisedPrefix(prefix)
      const files = chosen(selectionId, leaveOutEmpty)
      const given = replaceKey === undefined ? null : [{ key: replaceKey, problem: null }]
      if (given !== null && files.length !== 1) throw failure('invalid-argument', oneReplacesOne)
      const readAtMostBytes = Math.floor(readForPlanBytes / Math.max(1, files.length))
      const name = (how: Naming) => namer.name(where, files, how, { readAtMostBytes, stripMetadata })
      const names = given ?? (await name(naming))
      const keys = new Set(names.map(({ key }) => key))
      const pictures = stripMetadata ? await lookAtPictures(files) : null
      const stored = storable(names)
      const otherKeys = keysBeside(stored, onConflict)
      const opening =
        visibility === 'private'
          ? await findOpening(openingOf(profileId), { bucket, keys: stored, otherKeys })
          : undefined
      return planUpload({
        ...(opening === undefined ? {} : { opened: opening === null ? null : toOpened(opening) }),
        prefix: where,
        files: files.map((file, index) => ({
          name: file.name,
          sizeBytes: file.sizeBytes,
          wanted: names[index]!,
          ...(pictures === null ? {} : { picture: pictures[index]! }),
        })),
        isReplacement: given !== null,
        tidied: given !== null || naming.clean === 'tidy' ? null : await name({ ...naming, clean: 'tidy' }),
        existing:
          lookForExisting && given === null
            ? new Set(await existingKeys(await session(profileId), bucket, where, keys))
            : null,
      })
    },
    async startUpload({ selectionId, prefix, naming = asTheyAre, leaveOutEmpty, replaceKey, ...given }) {
      const { sendIfOpen = false, rules, ...batch } = given
      checkBaseUrl(batch.baseUrl)
      const files = chosen(selectionId, leaveOutEmpty ?? false)
      const where = normalisedPrefix(prefix)
      if (replaceKey !== undefined && (files.length !== 1 || batch.onConflict !== 'overwrite'))
        throw failure('invalid-argument', oneReplacesOne)
      const wantedKeys =
        replaceKey === undefined
          ? await namer.name(where, files, naming, {
              stripMetadata: batch.stripMetadata !== undefined && batch.visibility === 'public',
            })
          : [{ key: replaceKey, problem: null }]
      if (batch.visibility === 'private' && !sendIfOpen) {
        const { profileId, bucket, onConflict } = batch
        const keys = storable(wantedKeys)
        await refuseExposing(openingOf(profileId), {
          bucket,
          keys,
          otherKeys: keysBeside(keys, onConflict),
          privatePlaces: privatePlacesIn({ profileId, bucket }),
        })
      }
      return queue.upload({
        ...batch,
        reuseIdentical: batch.reuseIdentical ?? false,
        linkFormat: batch.linkFormat ?? 'url',
        ...(rules === undefined ? {} : { headersOf: ruledHeaders(rules, where) }),
        prefix: where,
        files,
        wantedKeys,
        isNamedByContent: naming.template !== null && keyTemplateReads(naming.template),
      })
    },
    async startDownload({ folderId, as, ...batch }) {
      if (as !== undefined) {
        // A window names no file, and replaces none (S15).
        if (parts.host !== 'cli') throw failure('not-allowed', 'Files keep the names of their keys here.')
        if (batch.keys.length !== 1 || batch.prefixes.length > 0)
          throw failure('invalid-argument', 'One object has a name; several have theirs.')
      }
      return queue.download({ ...batch, ...(as === undefined ? {} : { as }), folder: folders.path(folderId) })
    },
    listTransfers: async () => queue.snapshot(),
    async cancelTransfers({ ids }) {
      queue.cancel(ids)
      return {}
    },
    async retryTransfers({ ids }) {
      queue.retry(ids)
      return {}
    },
    async clearTransfers({ keepsRetryable = false }) {
      queue.clear({ keepsRetryable })
      return {}
    },
    async pauseTransfers({ ids }) {
      queue.pause(ids)
      return {}
    },
    async resumeTransfers({ ids }) {
      queue.resume(ids)
      return {}
    },
    async moveTransfersFirst({ ids }) {
      queue.moveFirst(ids)
      return {}
    },
    async setBandwidthLimit({ bytesPerSecond }) {
      queue.limitBandwidth(bytesPerSecond)
      await settings.update((now) => ({ ...now, bandwidthLimitBytesPerSecond: bytesPerSecond }))
      return {}
    },
    async listUnfinishedTransfers() {
      const { transfers, notices } = await journals.list()
      return {
        transfers: transfers.slice(0, 10_000),
        total: transfers.length,
        notices: notices.slice(0, 20),
      }
    },
    async resumeUnfinishedTransfers({ profileId }) {
      const { service } = await session(profileId)
      const isWanted = (place: { profileId: string; service: string }) =>
        place.profileId === profileId && place.service === service
      const { inUse, notices } = await journals.adopt(({ batch }) => isWanted(batch))
      return { transfers: queue.restore(isWanted), inUse, notices: notices.slice(0, 20) }
    },
    credentialsChanged: (profileId) => queue.credentialsChanged(profileId),
    async close() {
      await queue.close()
      await Promise.allSettled(reports)
    },
  }
}

/** The keys that something would be stored under. */
function storable(names: readonly UploadName[]): string[] {
  return names.flatMap(({ key, problem }) => (problem === null && keyProblem(key) === null ? [key] : []))
}

function toOpened({ keys, ...opening }: PolicyOpening): UploadOpening {
  return { files: keys, ...opening }
}
