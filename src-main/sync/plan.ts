import { failure } from '../../src-preload/contract/failure.ts'
import type { SyncAction, SyncOptions, SyncRow } from '../../src-preload/contract/sync-plan.ts'
import { bucketOwnership } from '../s3/buckets.ts'
import { inPace } from '../s3/in-pace.ts'
import type { ListedObject } from '../s3/list-objects.ts'
import { listAllPages } from '../s3/list-objects.ts'
import type { ObjectHeaders } from '../s3/object-headers.ts'
import { compareKeys, keyProblem } from '../s3/object-key.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { fileSystemAtOnce, nodeFileSystem, type TreeFileSystem } from '../transfers/local-tree.ts'
import { comparePair, type FoundPair, type Pair } from './compare-pair.ts'
import { countStaying, decideRemote, isMarker } from './decide-remote.ts'
import { counted, deleteRefusal } from './delete-limit.ts'
import { indexedReader, openHashIndex } from './hash-index.ts'
import { openHeadMemory } from './head-memory.ts'
import { openCompressedIndex } from './compressed-index.ts'
import type { compress } from './compression.ts'
import { createCompressor } from './compressor.ts'
import { headerPolicy, visibilityPolicy } from './headers.ts'
import { createIgnoreFiles, type IgnoreFiles } from './ignore-files.ts'
import type { Excludes, LocalFile, LocalProblem } from './local-file.ts'
import type { LocalRoot } from './local-files.ts'
import { exclusions, isSameRoot, listLocalFiles, openRoot } from './local-files.ts'
import type { LocalReader } from './local-reader.ts'
import { diskReader, diskReaderAtOnce } from './local-reader.ts'
import { changesOfKeys, type ListingMarks, openListingMarks } from './listing-marks.ts'
import { march } from './march.ts'
import { isPailsOwnKey, releasesPrefix } from './own-keys.ts'
import { type Ownership, openOwnership } from './ownership.ts'
import type { PlanFacts, PlannedSync, RowFacts } from './plan-facts.ts'
import { countRows, isForeign } from './plan-facts.ts'
import { asksToCompress, precompression, type Precompress } from './precompress.ts'
import { planWarnings } from './plan-warnings.ts'
import { createProgressMeter, type SyncMoment } from './progress.ts'
import { readAhead } from './read-ahead.ts'

export type { PlannedSync } from './plan-facts.ts'

/** What to plan. The last three are for tests. */
export interface PlanSyncOptions {
  /** The absolute path of the folder. */
  readonly folder: string
  readonly bucket: string
  /** Empty for the whole bucket, else with a trailing slash, so that `photos/` never touches `photos-2024/` (S48). */
  readonly prefix: string
  readonly options: SyncOptions
  readonly signal?: AbortSignal
  readonly onProgress?: (moment: SyncMoment) => void
  /** Where is kept what is known of files, so that they are read once; without it they are read each time. */
  readonly indexDirectory?: string
  /** Where is kept what syncs have put there; without it nothing in the bucket is known to be ours. */
  readonly stateDirectory?: string
  readonly reader?: LocalReader
  readonly fileSystem?: TreeFileSystem
  readonly compressing?: typeof compress
}

/** A file is read in pieces of at most this many bytes. */
const readAtOnceBytes = 1024 * 1024

/** So many batches of files are looked at while the bucket's answer is waited for: 5,000 files, in some megabytes. */
const batchesAhead = 20

type Known = Pick<PlanFacts, 'hashes' | 'heads' | 'compressor'> & { readonly marks: ListingMarks | null }

interface Listings {
  readonly pairs: Pair[]
  readonly remoteOnly: ListedObject[]
  readonly problems: readonly LocalProblem[]
  /** Objects below the prefix, folder markers not counted. */
  readonly remoteKeys: number
  /** All keys of the listing, in its order. */
  readonly listed: readonly string[]
}

/**
 * Compares a folder with the objects below a prefix, reading only: one row for each key, with a reason. Both sides are
 * listed to their end, else there is no plan (S46, S47). Throws Failures: `safety-refused` for an empty folder while
 * the bucket is not, `local-missing`, `integrity` for a listing that cannot be trusted, and those of S3.
 */
export async function planSync(session: S3Session, asked: PlanSyncOptions): Promise<PlannedSync> {
  checkPrefix(asked.prefix)
  const root = await openRoot(asked.folder)
  const inBucket = asked.options.manifestInBucket
    ? { session, ...(asked.signal ? { signal: asked.signal } : {}) }
    : null
  const opening = openOwnership(asked.stateDirectory, { ...asked, service: session.service }, inBucket)
  // Awaited when the listings are there; a failure of theirs comes first.
  opening.catch(() => undefined)
  const known = await openKnown(session, asked, root)
  let planned: PlannedSync | null = null
  try {
    planned = await planFrom(session, asked, root, { ...known, opening })
    return planned
  } finally {
    // Also of a plan that was cancelled or failed: what was read need not be read again.
    await Promise.all([known.hashes?.save(), known.compressor?.save(), known.heads?.save(planned !== null)])
  }
}

/** What earlier syncs learnt of this folder and this place; nulls when nothing is kept. */
async function openKnown(session: S3Session, asked: PlanSyncOptions, root: LocalRoot): Promise<Known> {
  const { indexDirectory: directory, bucket, prefix } = asked
  const compresses = asksToCompress(asked.options.rules)
  if (directory === undefined)
    return {
      hashes: null,
      heads: null,
      compressor: compresses ? createCompressor(null, asked.compressing) : null,
      marks: null,
    }
  const place = [session.service, session.region, bucket, prefix] as const
  const [hashes, heads, marks, compressed] = await Promise.all([
    openHashIndex(directory, root.path),
    openHeadMemory(directory, ...place),
    openListingMarks(directory, ...place),
    compresses ? openCompressedIndex(directory, root.path) : null,
  ])
  const compressor = compresses ? createCompressor(compressed, asked.compressing) : null
  return { hashes, heads, compressor, marks }
}

async function planFrom(
  session: S3Session,
  asked: PlanSyncOptions,
  root: LocalRoot,
  { hashes, heads, compressor, marks, opening }: Known & { readonly opening: Promise<Ownership> },
): Promise<PlannedSync> {
  const ignoreFiles = createIgnoreFiles(root.path)
  const excludes = exclusions(asked.options.exclude, ignoreFiles)
  const policy = headerPolicy(asked.options, asked.prefix)
  const wanted = ({ name, sentAs }: LocalFile): ObjectHeaders => ({
    ...policy(asked.prefix + name),
    ...(sentAs === undefined ? {} : { contentEncoding: sentAs.coding }),
  })
  const visible = visibilityPolicy(asked.options, asked.prefix)
  const visibility = ({ name }: LocalFile) => visible(asked.prefix + name)
  const aclsDisabled = askOnce(session, asked)
  const precompress = precompression(asked.options, excludes, wanted)
  const disk = asked.reader ?? (session.readsAtOnce ? diskReaderAtOnce : diskReader)
  const reader = hashes === null ? disk : indexedReader(hashes, disk)
  const listings = await listBoth(session, asked, root, { excludes, ignoreFiles, precompress, marks })
  refuseEmptyFolder(listings)
  for (const { file } of listings.pairs) {
    hashes?.seen(file.name)
    compressor?.seen(file.name)
  }
  hashes?.forgetUnseen()
  compressor?.forgetUnseen()

  const ofRow = new Map<SyncRow, RowFacts>()
  const problems = [...listings.problems]
  const withoutCopy: ListedObject[] = []
  let headsRefused = 0
  const meter = createProgressMeter({
    state: 'planning',
    filesTotal: listings.pairs.length,
    bytesTotal: 0,
    emit: asked.onProgress,
  })
  const how = {
    bucket: asked.bucket,
    reader,
    heads,
    compressor,
    wanted,
    visibility,
    aclsDisabled,
    ...(asked.signal ? { signal: asked.signal } : {}),
  }
  const heldBytes = ({ file }: Pair) => Math.min(file.identity.sizeBytes, readAtOnceBytes)
  await inPace(session.pace, listings.pairs, { heldBytes }, async (pair) => {
    throwIfCancelled(asked.signal)
    meter.began(pair.file.name)
    const found = await comparePair(session, how, pair)
    meter.ended()
    if (found === 'unreadable') {
      problems.push({ key: pair.file.key, name: pair.file.name, reason: 'unreadable' })
      return
    }
    if (found === 'no-copy') {
      // There is to be no such object: if there is one, it is like any other that only the bucket has.
      if (pair.object !== null) withoutCopy.push(pair.object)
      return
    }
    const { file, compared } = found
    if (compared.headRefused) headsRefused++
    ofRow.set(fileRow(file, compared), {
      path: file.path,
      identity: file.identity,
      md5: compared.md5,
      headers: wanted(file),
      visibility: visibility(file),
      ...aclFacts(compared),
      ...(file.sentAs === undefined ? {} : { sentAs: file.sentAs }),
      eTag: compared.eTag,
    })
  })
  if (!(await isSameRoot(root)))
    throw failure('safety-refused', 'The folder was replaced or unmounted meanwhile. Nothing was concluded.')

  const blocked = problems.map(problemRow)
  const owned = await opening
  for (const { key, eTag } of listedObjects(listings)) owned.listed(key, eTag)
  owned.listedAll()
  const remoteOnly = [...listings.remoteOnly, ...withoutCopy]
  const remote = decideRemote(asked, remoteOnly, { problems, excludes, owned })
  for (const [row, eTag] of remote.rows)
    ofRow.set(row, { path: null, identity: null, md5: null, headers: {}, eTag })
  const rows = [...ofRow.keys(), ...blocked].sort(inReadingOrder)
  const savingMarks = marks?.save(listings.listed, ...changesOfKeys(listings.listed, rows))
  const counts = countRows(rows)
  const foreignDeletes = rows.filter((row) => row.action === 'delete' && isForeign(row)).length
  const { warnings, ...acls } = await planWarnings(session, asked, {
    rows,
    aclsDisabled,
    isPublic: (row) => ofRow.get(row)?.visibility === 'public',
    counts,
    problems,
    headsRefused,
    deletesWithheld: remote.deletesWithheld,
    tooLarge: precompress?.tooLarge ?? [],
    excludes,
    ownershipNotices: owned.notices,
    isFirstSync: owned.isNew,
    staying: asked.options.removeRemoteOnly ? countStaying(rows) : 0,
    foreignDeletes,
  })
  await savingMarks
  return {
    rows,
    counts,
    foreignDeletes,
    warnings,
    deleteRefusal: deleteRefusal(counts.delete, listings.remoteKeys, asked.options.maxDelete),
    facts: {
      root,
      bucket: asked.bucket,
      prefix: asked.prefix,
      options: asked.options,
      ...acls,
      ofRow,
      deletesWithheld: remote.deletesWithheld,
      hashes,
      compressor,
      heads,
      owned,
    },
  }
}

/** Whether the bucket takes no ACLs: asked at most once, and only when it matters. */
function askOnce(
  session: S3Session,
  { bucket, signal }: Pick<PlanSyncOptions, 'bucket' | 'signal'>,
): () => Promise<boolean> {
  let asking: Promise<boolean> | null = null
  return () =>
    (asking ??=
      session.takesAcls === false
        ? Promise.resolve(true)
        : bucketOwnership(session, { bucket, ...(signal ? { signal } : {}) }).then(
            (ownership) => ownership === 'BucketOwnerEnforced',
          ))
}

function aclFacts({ aclChange, headers }: FoundPair['compared']): Pick<RowFacts, 'aclChange'> {
  return aclChange === null ? {} : { aclChange: { ...aclChange, only: headers.length === 1 } }
}

function checkPrefix(prefix: string): void {
  if (prefix === '') return
  if (prefix.startsWith('/') || !prefix.endsWith('/'))
    throw failure('invalid-argument', 'A prefix ends with a slash and does not begin with one.')
  const problem = keyProblem(`${prefix}a`)
  if (problem !== null) throw failure('invalid-argument', problem)
  if (prefix.startsWith(releasesPrefix))
    throw failure('invalid-argument', `Below “${releasesPrefix}” Pail keeps previous versions.`)
}

async function listBoth(
  session: S3Session,
  asked: PlanSyncOptions,
  root: LocalRoot,
  how: {
    readonly excludes: Excludes
    readonly ignoreFiles: IgnoreFiles
    readonly precompress: Precompress | null
    readonly marks: ListingMarks | null
  },
): Promise<Listings> {
  const { prefix } = asked
  const signal = asked.signal ? { signal: asked.signal } : {}
  const local = listLocalFiles(root, {
    prefix,
    ...how,
    ...signal,
    fileSystem: asked.fileSystem ?? (session.readsAtOnce ? fileSystemAtOnce : nodeFileSystem),
  })
  const pairs: Pair[] = []
  const remoteOnly: ListedObject[] = []
  let remoteKeys = 0
  const meter = createProgressMeter({
    state: 'planning',
    filesTotal: 0,
    bytesTotal: 0,
    emit: asked.onProgress,
  })
  const listed: string[] = []
  const marks = how.marks?.keys ?? []
  const inStep = march(
    readAhead(local.batches, batchesAhead),
    listAllPages(session, { bucket: asked.bucket, prefix, marks, ...signal }),
  )
  for await (const steps of inStep)
    for (const step of steps) {
      if (step.side !== 'local') listed.push(step.remote.key)
      meter.began(step.side === 'remote' ? step.remote.key : step.local.name)
      if (step.side !== 'local' && isPailsOwnKey(step.remote.key, prefix)) continue
      if (step.side !== 'local' && !isMarker(step.remote)) remoteKeys++
      if (step.side === 'remote') remoteOnly.push(step.remote)
      else pairs.push({ file: step.local, object: step.side === 'both' ? step.remote : null })
    }
  return { ...matchOtherSpellings(prefix, pairs, remoteOnly), problems: local.problems, remoteKeys, listed }
}

/**
 * A remote key may be spelt in NFD, as some Macs uploaded it. If the folder has that name in NFC and the bucket does
 * not, the two are the same file, and the remote spelling stays, because pages link to it.
 */
function matchOtherSpellings(
  prefix: string,
  pairs: readonly Pair[],
  remoteOnly: readonly ListedObject[],
): Pick<Listings, 'pairs' | 'remoteOnly'> {
  const spelt = new Map<string, ListedObject>()
  for (const object of remoteOnly) {
    const key = prefix + object.key.slice(prefix.length).normalize('NFC')
    if (key !== object.key && !spelt.has(key)) spelt.set(key, object)
  }
  if (spelt.size === 0) return { pairs: [...pairs], remoteOnly: [...remoteOnly] }
  const matched = new Set<ListedObject>()
  const all = pairs.map((pair): Pair => {
    const object = pair.object === null ? spelt.get(pair.file.key) : undefined
    if (object === undefined) return pair
    matched.add(object)
    return { file: { ...pair.file, key: object.key }, object }
  })
  return { pairs: all, remoteOnly: remoteOnly.filter((object) => !matched.has(object)) }
}

function refuseEmptyFolder({ pairs, remoteKeys, problems }: Listings): void {
  if (pairs.length > 0 || remoteKeys === 0) return
  const because = problems.some(({ reason }) => reason !== 'excluded')
    ? 'Nothing in the folder can be sent'
    : 'The folder is empty'
  throw failure(
    'safety-refused',
    `${because}, but the bucket has ${counted(remoteKeys)} there. Is this the right folder, and is its disk connected? Nothing was changed.`,
  )
}

function* listedObjects({ pairs, remoteOnly }: Listings): Iterable<ListedObject> {
  for (const { object } of pairs) if (object !== null) yield object
  yield* remoteOnly
}

function fileRow(file: LocalFile, { decision, headers, sizeBytes }: FoundPair['compared']): SyncRow {
  return {
    key: file.key,
    path: file.name.slice(0, 4096),
    ...decision,
    bytes: sizeBytes ?? file.identity.sizeBytes,
    headers,
    ...(file.sentAs === undefined ? {} : { sentAs: file.sentAs }),
  }
}

function problemRow({ key, name, reason }: LocalProblem): SyncRow {
  return {
    key: key.slice(0, 2048),
    path: name.slice(0, 4096),
    action: 'blocked',
    reason,
    bytes: 0,
    headers: [],
  }
}

const readingOrder: readonly SyncAction[] = [
  'upload',
  'update-headers',
  'delete',
  'blocked',
  'foreign',
  'skip',
]

function inReadingOrder(a: SyncRow, b: SyncRow): number {
  return readingOrder.indexOf(a.action) - readingOrder.indexOf(b.action) || compareKeys(a.key, b.key)
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw failure('cancelled', 'Cancelled.')
}
