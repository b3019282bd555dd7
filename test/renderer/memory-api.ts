import type { Api } from '../../src-preload/contract/api.ts'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { AppInfo } from '../../src-preload/contract/app-info.ts'
import type { SetupCallName } from '../../src-preload/contract/bucket-setup.ts'
import type { Bucket } from '../../src-preload/contract/bucket.ts'
import type { Destination } from '../../src-preload/contract/destination.ts'
import type { DestinationPreset } from '../../src-preload/contract/destination-preset.ts'
import type { ErrorCode } from '../../src-preload/contract/error-codes.ts'
import type { LinkRecord, LinkTest } from '../../src-preload/contract/presigned-url.ts'
import type { AwsProfile, CredentialState, Profile } from '../../src-preload/contract/profile.ts'
import type { ReceiptRow } from '../../src-preload/contract/receipt.ts'
import type { LeftCopy } from '../../src-preload/contract/revocation.ts'
import { failed, ok } from '../../src-preload/contract/result.ts'
import type { SyncProgress, SyncRow } from '../../src-preload/contract/sync-plan.ts'
import type { CommandOutput } from '../../src-preload/contract/run-before.ts'
import type { TransferSnapshot, UploadReport } from '../../src-preload/contract/transfer.ts'
import type { VisibilityPlan } from '../../src-preload/contract/visibility-plan.ts'
import type { VisibilityAnswers, VisibilityReport } from '../../src-preload/contract/visibility-report.ts'
import type { VisibilityCheck } from '../../src-preload/contract/visibility.ts'
import { Failure } from '../../src-preload/contract/failure.ts'
import type { Watch } from '../../src-preload/contract/watch.ts'
import type { Answer } from './memory-answer.ts'
import { memoryBuckets } from './memory-buckets.ts'
import { memoryDestinations } from './memory-destinations.ts'
import { memoryDjango } from './memory-django.ts'
import { memoryLeakScans } from './memory-leak-scan.ts'
import { memoryLinks } from './memory-links.ts'
import { findObject, memoryObjects } from './memory-objects.ts'
import { memoryProfiles } from './memory-profiles.ts'
import { memorySetup } from './memory-setup.ts'
import { memorySync } from './memory-sync.ts'
import { memoryTransfers } from './memory-transfers.ts'
import { memoryVisibility } from './memory-visibility.ts'
import { emptyWatches, type MemoryWatches, memoryWatch } from './memory-watch.ts'
import { emptyCommands, type MemoryCommands, memoryRunBefore } from './memory-run-before.ts'
import { emptyReleases, type MemoryReleases, memoryReleases } from './memory-releases.ts'
import { memoryUploads } from './memory-uploads.ts'
import { type MemoryUploads, memorySweep, noUploads } from './memory-sweep.ts'

/** An object of the memory. */
export interface MemoryObject {
  readonly key: string
  sizeBytes: number
  lastModified: string
  visibility: 'public' | 'private'
}

/** Everything behind a {@link memoryApi}, to be arranged and looked at by tests. */
export interface Memory {
  info: AppInfo
  profiles: Profile[]
  awsProfiles: AwsProfile[]
  buckets: Map<string, Bucket[]>
  /** By `bucket`, then in the order of keys. */
  objects: Map<string, MemoryObject[]>
  destinations: Destination[]
  presets: DestinationPreset[]
  links: LinkRecord[]
  /** What moves have left. */
  leftCopies: LeftCopy[]
  /** What trying a link comes to. */
  linkTest: LinkTest
  /** What trying some links comes to, by key, where it is another answer. */
  linkTests: Map<string, LinkTest>
  /** Called while links are being copied, with the id under which that is told. */
  whileCopying: (planId: string) => void
  planRows: SyncRow[]
  commands: MemoryCommands
  /** What a receipt says; null: a sample made of the plan. */
  receiptRows: ReceiptRow[] | null
  watches: MemoryWatches
  releases: MemoryReleases
  uploads: MemoryUploads
  /** What a plan to make objects public or private says in place of an ACL. */
  visibilityPlan: Partial<VisibilityPlan>
  /** The call of a set-up that fails; null: none does. */
  failingSetupCall: SetupCallName | null
  /** The prefixes that the bucket's policy opens. */
  openPrefixes: string[]
  /** How long a leak scan takes, in milliseconds. */
  leakScanMs: number
  /** In base64, 30 × 50 pixels: what every object's picture is; null: none has one. */
  picture: string | null
  clipboard: string
  /** The key pairs of CloudFront whose private keys there are. */
  cloudFrontKeys: Record<string, CredentialState>
  cloudflareTokens: Record<string, CredentialState>
  /** The letters that were opened. */
  mails: { subject: string; body: string }[]
  /** The next call of a method answers this error instead. */
  failures: Map<string, AppError>
  /** How many rows a page has. */
  pageSize: number
  /** Each call's name and argument, without secrets: those are checked apart. */
  calls: { readonly method: string; readonly input: unknown }[]
  emitTransfers: (snapshot: TransferSnapshot) => void
  emitReport: (report: UploadReport) => void
  emitSync: (progress: SyncProgress) => void
  emitVisibilityReport: (report: VisibilityReport) => void
  emitVisibilityAnswers: (answers: VisibilityAnswers) => void
}

/** An error as the main process would send it. */
export function appError(code: ErrorCode, message: string = code, s3Code?: string): AppError {
  return { code, message, retryable: false, ...(s3Code === undefined ? {} : { s3Code }) }
}

const now = () => new Date().toISOString()

/** Nothing saved yet: what a first run finds. */
export function emptyMemory(): Memory {
  return {
    info: {
      version: '0.1.0',
      platform: 'linux',
      host: 'electron',
      keychain: { state: 'ok', detail: '' },
      notices: [],
      preferences: {
        theme: 'system',
        linkExpirySeconds: 3600,
        inspectorOpen: false,
        sidebarWidth: 220,
        lastProfileId: null,
        lastBucket: null,
      },
    },
    profiles: [],
    awsProfiles: [],
    buckets: new Map(),
    objects: new Map(),
    destinations: [],
    presets: [],
    links: [],
    leftCopies: [],
    linkTest: { outcome: 'works', status: 206, problem: null },
    linkTests: new Map(),
    whileCopying: () => undefined,
    planRows: [],
    commands: emptyCommands(),
    receiptRows: null,
    watches: emptyWatches(),
    releases: emptyReleases(),
    uploads: noUploads(),
    visibilityPlan: {},
    failingSetupCall: null,
    openPrefixes: [],
    leakScanMs: 0,
    picture: null,
    clipboard: '',
    cloudFrontKeys: {},
    cloudflareTokens: {},
    mails: [],
    failures: new Map(),
    pageSize: 1000,
    calls: [],
    emitTransfers: () => undefined,
    emitReport: () => undefined,
    emitSync: () => undefined,
    emitVisibilityReport: () => undefined,
    emitVisibilityAnswers: () => undefined,
  }
}

/** A backend in memory: the same interface as the real one, without a server, a disk or a keychain. */
export function memoryApi(memory: Memory): Api<File> {
  let lastId = 0
  const id = (kind: string) => `${kind}-${(lastId += 1)}`
  const transferListeners = new Set<(snapshot: TransferSnapshot) => void>()
  const reportListeners = new Set<(report: UploadReport) => void>()
  const syncListeners = new Set<(progress: SyncProgress) => void>()
  const visibilityListeners = new Set<(report: VisibilityReport) => void>()
  const answerListeners = new Set<(answers: VisibilityAnswers) => void>()
  const watchListeners = new Set<(watch: Watch) => void>()
  const outputListeners = new Set<(output: CommandOutput) => void>()

  memory.emitTransfers = (snapshot) => {
    transfers.replace(snapshot.transfers)
    for (const listener of transferListeners) listener(snapshot)
  }
  memory.emitReport = (report) => {
    for (const listener of reportListeners) listener(report)
  }
  memory.emitSync = (progress) => {
    for (const listener of syncListeners) listener(progress)
  }
  memory.emitVisibilityReport = (report) => {
    for (const listener of visibilityListeners) listener(report)
  }
  memory.emitVisibilityAnswers = (answers) => {
    for (const listener of answerListeners) listener(answers)
  }

  const answer: Answer = async (method, input, make) => {
    memory.calls.push({
      method,
      input: method === 'setProfileSecret' || method === 'setProxyPassword' ? null : input,
    })
    await Promise.resolve()
    const failure = memory.failures.get(method)
    if (failure !== undefined) {
      memory.failures.delete(method)
      return failed(failure)
    }
    try {
      return ok(await make())
    } catch (error) {
      if (error instanceof Failure) return failed(error.error)
      throw error
    }
  }
  const transfers = memoryTransfers(memory, answer)
  const check = (bucket: string, key: string): VisibilityCheck => {
    const visibility = findObject(memory, bucket, key)?.visibility ?? 'unknown'
    return {
      visibility,
      checkedAt: now(),
      status: visibility === 'public' ? 200 : visibility === 'private' ? 403 : 404,
      url: `https://${bucket}.s3.amazonaws.com/${key}`,
    }
  }
  return {
    getAppInfo: (input) => answer('getAppInfo', input, () => memory.info),
    setPreferences: (input) =>
      answer('setPreferences', input, () => {
        memory.info = { ...memory.info, preferences: { ...memory.info.preferences, ...input } }
        return memory.info.preferences
      }),
    probeKeychain: (input) => answer('probeKeychain', input, () => memory.info.keychain),
    copyText: (input) =>
      answer('copyText', input, () => {
        memory.clipboard = input.text
        return {}
      }),

    ...memoryProfiles(memory, answer, id),

    ...memoryBuckets(memory, answer),
    ...memorySetup(memory, answer),
    ...memoryObjects(memory, answer, check),
    checkVisibility: (input) => answer('checkVisibility', input, () => check(input.bucket, input.key)),
    ...memoryVisibility(memory, answer, check),
    ...memoryLeakScans(memory, answer, check),
    ...memoryUploads(memory, answer, id, transfers),
    ...transfers.methods,
    ...memorySync(memory, answer, id),
    ...memoryReleases(memory.releases, answer),
    ...memorySweep(memory.uploads, answer),
    ...memoryWatch(
      memory.watches,
      () => memory.planRows,
      answer,
      (watch) => watchListeners.forEach((listener) => listener(watch)),
    ),
    ...memoryRunBefore(
      memory.commands,
      () => memory.destinations,
      answer,
      (output) => outputListeners.forEach((listener) => listener(output)),
    ),

    ...memoryLinks(memory, answer, id),
    composeMail: (input) =>
      answer('composeMail', input, () => {
        memory.mails.push(input)
        return {}
      }),

    ...memoryDestinations(memory, answer, id),
    ...memoryDjango(memory, answer, id),

    onTransfers: (listener) => subscribe(transferListeners, listener),
    onUploadReport: (listener) => subscribe(reportListeners, listener),
    onSyncProgress: (listener) => subscribe(syncListeners, listener),
    onVisibilityReport: (listener) => subscribe(visibilityListeners, listener),
    onVisibilityAnswers: (listener) => subscribe(answerListeners, listener),
    onWatch: (listener) => subscribe(watchListeners, listener),
    onCommandOutput: (listener) => subscribe(outputListeners, listener),
  }
}

function subscribe<T>(listeners: Set<(event: T) => void>, listener: (event: T) => void): () => void {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}
