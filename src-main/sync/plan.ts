import { failure } from '../../src-preload/contract/failure.ts'
import type { SyncOptions, SyncRow } from '../../src-preload/contract/sync-plan.ts'
import { bucketOwnership } from '../s3/buckets.ts'
import { inPace } from '../s3/in-pace.ts'
import type { ListedObject } from '../s3/list-objects.ts'
import type { ObjectHeaders } from '../s3/object-headers.ts'
import { keyProblem } from '../s3/object-key.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { TreeFileSystem } from '../transfers/local-tree.ts'
import { openAclMarks } from './acl-marks.ts'
import { compareKnownPair, comparePair, type FoundPair, type Pair } from './compare-pair.ts'
import { decideRemote, isStaying, type RemoteOnly } from './decide-remote.ts'
import { deleteRefusal } from './delete-limit.ts'
import { indexedReader, openHashIndex } from './hash-index.ts'
import { openHeadMemory } from './head-memory.ts'
import { openCompressedIndex } from './compressed-index.ts'
import type { compress } from './compression.ts'
import { createCompressor } from './compressor.ts'
import { headerPolicy, visibilityPolicy } from './headers.ts'
import { createIgnoreFiles } from './ignore-files.ts'
import type { LocalFile, LocalProblem } from './local-file.ts'
import type { LocalRoot } from './local-files.ts'
import { exclusions, isSameRoot, openRoot } from './local-files.ts'
import type { LocalReader } from './local-reader.ts'
import { diskReader, diskReaderAtOnce } from './local-reader.ts'
import { type ListingMarks, mergedKeys, openListingMarks } from './listing-marks.ts'
import { releasesPrefix } from './own-keys.ts'
import { createPackedPairs } from '../tables/packed-pairs.ts'
import { openPairIndex } from './pair-index.ts'
import { type Ownership, openOwnership } from './ownership.ts'
import type { PlanFacts, PlannedSync } from './plan-facts.ts'
import { pathIn } from './recalled-folder.ts'
import type { RowFacts } from './row-facts.ts'
import { countRow, isForeign, noCounts, releaseIndexes, stopsDeletes } from './plan-facts.ts'
import type { KeptFacts } from './kept-row.ts'
import { createRowCollector } from './plan-rows.ts'
import { asksToCompress, precompression } from './precompress.ts'
import { planWarnings, unreadNames } from './plan-warnings.ts'
import { createProgressMeter, type SyncMoment } from './progress.ts'
import { spoolsIn } from '../tables/spool.ts'
import { matchOtherSpellings, packRemote, unpackObjects, unpackRemote } from './objects-without-file.ts'
import { createUnknownAcls } from './unknown-acls.ts'
import { refuseEmptyFolder, walkBoth } from './walk-both.ts'

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

type Known = Pick<PlanFacts, 'hashes' | 'heads' | 'compressor' | 'pairs' | 'aclMarks'> & {
  readonly marks: ListingMarks | null
}

/**
 * Compares a folder with the objects below a prefix, reading only: one row for each key, with a reason. Both sides are
 * walked in step, each file is compared as it comes, and what is kept of it are a few bytes. Both are listed to their end,
 * else there is no plan (S46, S47). Throws Failures: `safety-refused` for an empty folder while
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
    const isWhole = planned !== null
    const { upload = 0, updateHeaders = 0, delete: removals = 0 } = planned?.counts ?? {}
    const isIdle = upload + updateHeaders + removals === 0
    await Promise.all([
      known.hashes?.save(),
      known.compressor?.save(),
      // Of a folder that was known from before not every object was asked about.
      known.heads?.save(isWhole && known.pairs?.recalled == null),
      isWhole ? known.pairs?.save(isIdle) : null,
    ])
    if (planned === null) releaseIndexes(known)
  }
}

/** What earlier syncs learnt of this folder and this place; nulls when nothing is kept. */
async function openKnown(session: S3Session, asked: PlanSyncOptions, root: LocalRoot): Promise<Known> {
  const { indexDirectory: directory, bucket, prefix } = asked
  const compresses = asksToCompress(asked.options.rules)
  const openingMarks = openAclMarks(asked.stateDirectory, { service: session.service, bucket })
  if (directory === undefined)
    return {
      hashes: null,
      heads: null,
      compressor: compresses ? createCompressor(null, asked.compressing) : null,
      pairs: null,
      marks: null,
      aclMarks: await openingMarks,
    }
  const place = [session.service, session.region, bucket, prefix] as const
  const hashes = openHashIndex(directory, root.path)
  const heads = openHeadMemory(directory, ...place)
  const compressed = compresses ? openCompressedIndex(directory, root.path) : null
  const [aclMarks, marks] = await Promise.all([openingMarks, openListingMarks(directory, place)])
  heads.trust(aclMarks)
  const compressor = compresses ? createCompressor(compressed, asked.compressing) : null
  // What is compressed is no pair of a file and an object with the same bytes.
  const pairs = compresses
    ? null
    : openPairIndex(directory, { root: root.path, place }, asked.options, aclMarks)
  return { hashes, heads, compressor, pairs, marks, aclMarks }
}

async function planFrom(
  session: S3Session,
  asked: PlanSyncOptions,
  root: LocalRoot,
  known: Known & { readonly opening: Promise<Ownership> },
): Promise<PlannedSync> {
  const { hashes, heads, compressor, pairs, marks, aclMarks, opening } = known
  const ignoreFiles = createIgnoreFiles(root.path)
  const excludes = exclusions(asked.options.exclude, ignoreFiles)
  const policy = headerPolicy(asked.options, asked.prefix)
  const wanted = ({ name, sentAs }: Pick<LocalFile, 'name' | 'sentAs'>): ObjectHeaders => {
    const headers = policy(asked.prefix + name)
    return sentAs === undefined ? headers : { ...headers, contentEncoding: sentAs.coding }
  }
  const visible = visibilityPolicy(asked.options, asked.prefix)
  const visibility = ({ name }: Pick<LocalFile, 'name'>) => visible(asked.prefix + name)
  const aclsDisabled = askOnce(session, asked)
  const signal = asked.signal ? { signal: asked.signal } : {}
  const unknownAcls = createUnknownAcls(session, { bucket: asked.bucket, heads, aclsDisabled, ...signal })
  const precompress = precompression(asked.options, excludes, wanted)
  const disk = asked.reader ?? (session.readsAtOnce ? diskReaderAtOnce : diskReader)
  const reader = hashes === null ? disk : indexedReader(hashes, disk)
  const spool = spoolsIn(asked.stateDirectory)
  const collector = createRowCollector({
    prefix: asked.prefix,
    headers: ({ path: name, sentAs }) => wanted({ name, ...(sentAs === undefined ? {} : { sentAs }) }),
    visibility: ({ path: name }) => visibility({ name }),
    pathOf: (name) => pathIn(root.path, name),
    spool,
  })
  const counts = { ...noCounts }
  const told = { coming: 0, foreignDeletes: 0, onlyInBucket: 0, staying: 0, headsRefused: 0 }
  const addRow = (row: SyncRow, facts: KeptFacts | null) => {
    collector.add(row, facts)
    countRow(counts, row)
    if (row.action === 'delete' && isForeign(row)) told.foreignDeletes++
    if (isStaying(row)) told.staying++
    if (row.action === 'skip' && row.reason === 'remote-only') told.onlyInBucket++
  }

  const unreadable: Pair[] = []
  const withoutCopy = createPackedPairs(spool)
  const listings = walkBoth(session, asked, root, {
    excludes,
    ignoreFiles,
    precompress,
    marks,
    opening,
    spool,
    hears: [hashes, compressor],
    pairIndex: pairs,
    same({ key, sizeBytes }) {
      collector.addSame(key, sizeBytes)
      counts.skip++
      meter.passed(key.slice(asked.prefix.length))
    },
    compareAtOnce: (pair) => compareAtOnce(pair),
  })
  const meter = createProgressMeter({
    state: 'planning',
    filesTotal: () => listings.found.files,
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
    unknownAcls,
    ...signal,
  }
  const heldBytes = ({ file }: Pair) => Math.min(file.identity.sizeBytes, readAtOnceBytes)
  const addFound = ({ file, compared }: FoundPair, object: ListedObject | null) => {
    if (compared.headRefused) told.headsRefused++
    const { md5, eTag, decision } = compared
    const { path, identity } = file
    if (object === null) told.coming++
    const isChange = decision.action !== 'skip'
    const isPublic = isChange && visibility(file) === 'public'
    // Asked of the index only where it matters, or where it forgets what nobody has asked for: the file may be put back.
    const isAsked = isPublic || (isChange && pairs?.recalled == null)
    const acled = isAsked && object !== null ? heads?.find(object)?.acl : null
    const isOpen = isPublic && acled === 'public-read'
    const acl = aclFacts(compared) ?? (isOpen ? { isOpen } : {})
    addRow(fileRow(file, compared), { path, identity, md5, eTag, ...acl })
  }
  const compareAtOnce = (pair: Pair): boolean => {
    throwIfCancelled(asked.signal)
    const found = compareKnownPair(how, pair)
    if (found === null) return false
    meter.passed(pair.file.name)
    addFound(found, pair.object)
    if (pair.object !== null && found.compared.decision.action === 'skip')
      pairs?.same(found.file, pair.object)
    return true
  }
  const compareAll = (pairs: Iterable<Pair> | AsyncIterable<readonly Pair[]>) =>
    inPace(session.pace, pairs, { heldBytes, atOnce: compareAtOnce }, async (pair) => {
      throwIfCancelled(asked.signal)
      meter.began(pair.file.name)
      const found = await comparePair(session, how, pair)
      meter.ended()
      if (found === 'unreadable') {
        unreadable.push(pair)
        // The file may be readable again.
        if (pair.object !== null) heads?.isThere(pair.object.key)
      } else if (found === 'no-copy') {
        // There is to be no such object: if there is one, it is like any other that only the bucket has.
        if (pair.object !== null) packRemote(withoutCopy, pair.object)
      } else addFound(found, pair.object)
    })
  await compareAll(listings.pairs)
  const { remoteKeys, files, otherSpellings, remoteOnly, own } = listings.found
  const recalled = pairs?.recalled ?? null
  const owned = await opening
  owned.listedAll()
  refuseEmptyFolder(files, remoteKeys, listings.problems)
  // Else the names are those that were there before.
  if (recalled === null) hashes?.forgetUnseen()
  compressor?.forgetUnseen()
  if (otherSpellings.changes > 0)
    await compareAll(matchOtherSpellings(otherSpellings, { collector, unreadable, counts }))
  if (!(await isSameRoot(root)))
    throw failure('safety-refused', 'The folder was replaced or unmounted meanwhile. Nothing was concluded.')

  const problems = [
    ...listings.problems,
    ...unreadable.map(({ file: { key, name } }) => ({ key, name, reason: 'unreadable' }) as const),
  ]
  for (const problem of problems) addRow(problemRow(problem), null)
  const alone: Iterable<RemoteOnly>[] = [
    unpackRemote(remoteOnly),
    unpackObjects(otherSpellings),
    unpackRemote(withoutCopy),
  ]
  // What is left out now stays known until it comes back: above all whether everybody can read it.
  const hear = ({ key }: RemoteOnly) => (recalled === null ? heads?.isThere(key) : undefined)
  const withheld = decideRemote(asked, eachOf(alone, hear), { problems, excludes, owned }, (row, eTag) =>
    addRow(row, { path: null, identity: null, md5: null, eTag }),
  )
  const deletesWithheld = withheld === null ? null : `${withheld} ${unreadNames(problems)}`
  const rows = collector.seal()
  // What stays and what comes; where neither a key comes nor one goes, the listing has told it already.
  const isOther = told.coming > 0 || counts.delete > 0
  const after = (['skip', 'update-headers', 'foreign', 'upload'] as const)
    .filter((action) => rows.count(action) > 0)
    .map((action) => rows.keys({ actions: [action] }))
  const savingMarks = marks?.save(isOther ? mergedKeys([firsts(own), ...after]) : null)
  const { warnings, ...acls } = await planWarnings(session, asked, {
    rows,
    namesAreLowerCase: recalled?.isLowerCase === true,
    spool,
    aclsDisabled,
    counts,
    problems,
    headsRefused: told.headsRefused,
    untoldAcls: unknownAcls.untold,
    deletesWithheld,
    ignoreTroubles: ignoreFiles.troubles,
    tooLarge: precompress?.tooLarge ?? [],
    excludes,
    ownershipNotices: owned.notices,
    isFirstSync: owned.isNew,
    staying: asked.options.removeRemoteOnly ? told.staying : 0,
    foreignDeletes: told.foreignDeletes,
  })
  await savingMarks
  for (const packed of [remoteOnly, withoutCopy, own]) packed.close()
  return {
    rows,
    counts,
    foreignDeletes: told.foreignDeletes,
    // What seems not to be in a folder that could not be read whole may well be there.
    onlyInBucket: problems.some(({ reason }) => stopsDeletes.has(reason)) ? 0 : told.onlyInBucket,
    warnings,
    deleteRefusal: deleteRefusal(counts.delete, remoteKeys, asked.options.maxDelete),
    facts: {
      root,
      bucket: asked.bucket,
      prefix: asked.prefix,
      options: asked.options,
      ...acls,
      deletesWithheld,
      hashes,
      compressor,
      heads,
      pairs,
      aclMarks,
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
      session.objectAcls !== undefined
        ? Promise.resolve(true)
        : bucketOwnership(session, { bucket, ...(signal ? { signal } : {}) }).then(
            (ownership) => ownership === 'BucketOwnerEnforced',
          ))
}

function aclFacts({ aclChange, headers }: FoundPair['compared']): Pick<RowFacts, 'aclChange'> | null {
  return aclChange === null ? null : { aclChange: { ...aclChange, only: headers.length === 1 } }
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

function fileRow(file: LocalFile, { decision, headers, sizeBytes }: FoundPair['compared']): SyncRow {
  const row = {
    key: file.key,
    path: file.name.slice(0, 4096),
    action: decision.action,
    reason: decision.reason,
    bytes: sizeBytes ?? file.identity.sizeBytes,
    headers,
  }
  return file.sentAs === undefined ? row : { ...row, sentAs: file.sentAs }
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

function* eachOf<T>(all: readonly Iterable<T>[], hear: (one: T) => void): Generator<T> {
  for (const some of all)
    for (const one of some) {
      hear(one)
      yield one
    }
}

function* firsts(pairs: Iterable<readonly [string, string]>): Generator<string> {
  for (const [first] of pairs) yield first
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw failure('cancelled', 'Cancelled.')
}
