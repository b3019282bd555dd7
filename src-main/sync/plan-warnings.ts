import type {
  HeaderChange,
  SyncAction,
  SyncCounts,
  SyncOptions,
  SyncRow,
} from '../../src-preload/contract/sync-plan.ts'
import { areCopiesOpen } from '../releases/kept-copies.ts'
import { bucketVersioning } from '../s3/buckets.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { mostBytes } from './compression.ts'
import { counted } from './delete-limit.ts'
import { ignoreFileName } from './ignore-files.ts'
import { examples, someNames, type SomeNames } from './name-examples.ts'
import { findNameTrouble, nameTroubleWarnings } from './name-trouble.ts'
import type { Excludes, Exclusion, LocalProblem } from './local-file.ts'
import { isIgnoreFile } from './local-files.ts'
import { stopsDeletes } from './plan-facts.ts'
import type { SyncRows } from './plan-rows.ts'
import { releasesPrefix } from './own-keys.ts'
import type { MakeSpool } from '../tables/spool.ts'

/** What a plan found. */
export interface Findings {
  readonly rows: SyncRows
  /** Whether all of the folder's names are known to be in lower case. */
  readonly namesAreLowerCase: boolean
  /** For what is found of many names. */
  readonly spool: MakeSpool
  /** Whether the bucket takes no ACLs; asks when it is not known yet. */
  readonly aclsDisabled: () => Promise<boolean>
  readonly counts: SyncCounts
  readonly problems: readonly LocalProblem[]
  readonly headsRefused: number
  /** Objects that are to be private, of which it could not be told who can read them. */
  readonly untoldAcls: SomeNames
  readonly deletesWithheld: string | null
  /** What is wrong with ignore files, a sentence each. */
  readonly ignoreTroubles: readonly string[]
  /** Files that a rule wants compressed and that are too large for it. */
  readonly tooLarge: readonly string[]
  readonly excludes: Excludes
  /** Why what is known of earlier syncs cannot be used. */
  readonly ownershipNotices: readonly string[]
  /** Whether nothing is known of earlier syncs to this place. */
  readonly isFirstSync: boolean
  /** Objects that are not ours and stay although removing was asked for. */
  readonly staying: number
  /** Objects that are not ours and are to go. */
  readonly foreignDeletes: number
}

/**
 * The sentences to read before applying, the gravest first, and the ACL that uploads will carry. Asks the bucket for
 * its object ownership when files are to be public, and for its versioning when objects are to go.
 */
export async function planWarnings(
  session: S3Session,
  asked: {
    readonly bucket: string
    readonly prefix: string
    readonly options: SyncOptions
    readonly signal?: AbortSignal
  },
  found: Findings,
): Promise<{ warnings: string[]; acl: 'public-read' | null; aclsDisabled: boolean }> {
  const { rows, counts, problems } = found
  const where = { bucket: asked.bucket, ...(asked.signal ? { signal: asked.signal } : {}) }
  const warnings: (string | null)[] = []

  if (counts.delete > 0) {
    if (asked.prefix === '')
      warnings.push(
        `The destination is the whole bucket “${asked.bucket}”: whatever the folder does not have is removed from all of it.`,
      )
    if (!rows.some(isOnBothSides))
      warnings.push(
        'The folder and the destination have no file in common. Make sure that this is the right folder.',
      )
    warnings.push(await recovery(session, where, counts.delete, asked.options.keepPrevious))
  }
  warnings.push(
    await openCopies(session, asked, rows),
    found.foreignDeletes > 0
      ? `${counted(found.foreignDeletes)} of those that will be removed ${found.foreignDeletes === 1 ? 'was' : 'were'} not put there by Pail’s syncs.`
      : null,
    ...found.ownershipNotices,
    untoldAcls(found.untoldAcls),
    staying(found),
    found.deletesWithheld,
    ...(found.deletesWithheld === null ? [unreadable(problems)] : []),
    // A few are read by somebody, and the others turn out when those are mended.
    ...found.ignoreTroubles.slice(0, 3),
    leftOut(problems, found.excludes),
    ignored(problems, found.excludes),
    leftOutButThere(rows, asked.prefix, found.excludes),
    collisions(problems),
    passedOver(problems),
    ...nameTrouble(found),
    lostEncoding(rows),
    ...compressionWarnings(rows, found.tooLarge),
    found.headsRefused > 0
      ? `The headers of ${counted(found.headsRefused)} could not be read, so they were not compared.`
      : null,
  )

  const uploads = someNames(rows.keys({ actions: ['upload'], isPublic: true }))
  const aclsDisabled = session.objectAcls !== undefined || (uploads.count > 0 && (await found.aclsDisabled()))
  if (aclsDisabled && uploads.count > 0)
    warnings.push(
      session.objectAcls === 'none'
        ? 'This service has no ACLs, so no object can be made public by itself: what is uploaded is public only where the bucket is.'
        : `${session.objectAcls === 'ignored' ? 'This service ignores ACLs' : 'This bucket has ACLs disabled'}, so no object can be made public by itself: what is uploaded is public only where the bucket’s policy says so.`,
    )
  else if (!aclsDisabled)
    warnings.push(...goingPublic(rows, asked.options.visibility === 'private' ? uploads : someNames([])))
  const changes = counts.upload + counts.updateHeaders > 0
  const acl = asked.options.visibility === 'public' && changes && !aclsDisabled ? 'public-read' : null
  return {
    warnings: warnings.filter((warning) => warning !== null).map((one) => one.slice(0, 1000)),
    acl,
    aclsDisabled,
  }
}

/**
 * Going public is told by name and number (S44): what is uploaded so by a rule, in a destination that is private, and
 * what the bucket has as private.
 */
function goingPublic(rows: SyncRows, uploads: SomeNames): string[] {
  const changed = someNames(keysOf(rows, ({ headers }) => headers.some(opens)))
  const said = ({ names, count }: SomeNames, why: string) =>
    count === 0 ? [] : [`${counted(count)} will be readable by everybody, ${why}: ${examples(names, count)}.`]
  return [
    ...said(uploads, 'because a rule says public'),
    ...said(changed, `and ${changed.count === 1 ? 'is' : 'are'} private now`),
  ]
}

/** The keys of rows that get other headers and of which something holds. */
function* keysOf(rows: SyncRows, isMeant: (row: SyncRow) => boolean): Generator<string> {
  for (const { row } of rows.each({ actions: ['update-headers'] })) if (isMeant(row)) yield row.key
}

function opens({ header, to }: HeaderChange): boolean {
  return header === 'Visibility' && to === 'public'
}

/** Said rather than taken for the same: they may be open. */
function untoldAcls({ names, count }: SomeNames): string | null {
  return count === 0
    ? null
    : `Whether everybody can read ${counted(count)} is not known, because ${count === 1 ? 'its ACL' : 'their ACLs'} could not be read (s3:GetObjectAcl): ${examples(names, count)}. ${count === 1 ? 'It stays' : 'They stay'} as ${count === 1 ? 'it is' : 'they are'}.`
}

function staying({ staying: count, isFirstSync, ownershipNotices }: Findings): string | null {
  if (count === 0) return null
  const sentence = `${counted(count)} ${count === 1 ? 'was' : 'were'} not put there by Pail’s syncs and ${count === 1 ? 'stays' : 'stay'}.`
  return isFirstSync && ownershipNotices.length === 0
    ? `${sentence} Pail knows of no earlier sync to this place; from now on it keeps a record.`
    : sentence
}

async function recovery(
  session: S3Session,
  where: { bucket: string; signal?: AbortSignal },
  deletes: number,
  keepsCopies: boolean,
): Promise<string> {
  const removed = `${counted(deletes)} will be removed.`
  const versioning = await bucketVersioning(session, where)
  if (versioning === 'yes') return `${removed} The bucket keeps versions, so they can be brought back.`
  if (keepsCopies) return `${removed} Copies are kept in the bucket first, so this sync can be undone.`
  return versioning === 'no'
    ? `${removed} The bucket keeps no versions, so this cannot be undone.`
    : `${removed} Whether the bucket keeps versions could not be read: take it that this cannot be undone.`
}

/** That copies are kept where everybody can read; null where none are kept, or nobody can. */
async function openCopies(
  session: S3Session,
  { bucket, prefix, options }: { bucket: string; prefix: string; options: SyncOptions },
  rows: SyncRows,
): Promise<string | null> {
  if (!options.keepPrevious || !(await areCopiesOpen(session, { bucket, prefix }))) return null
  const isReplacing = ({ action, reason }: SyncRow) => action === 'upload' && reason !== 'new'
  if (rows.count('delete') === 0 && !rows.some(isReplacing)) return null
  if ((await bucketVersioning(session, { bucket })) === 'yes') return null
  return `Copies of what is replaced or removed are kept in ${releasesPrefix}, and the bucket’s policy lets everybody read there who knows an address. Let it open the site’s prefix only, or turn on versioning.`
}

function isOnBothSides(row: SyncRow): boolean {
  if (row.path === null || row.action === 'blocked') return false
  return row.reason !== 'new'
}

function unreadable(problems: readonly LocalProblem[]): string | null {
  // A file is named once, also when its compressed copies could not be made either.
  const names = [...new Set(problems.filter(({ reason }) => reason === 'unreadable').map(({ name }) => name))]
  return names.length === 0
    ? null
    : `${counted(names.length, 'file or folder', 'files or folders')} could not be read and will not be sent: ${examples(names)}.`
}

/**
 * What could not be read, by name and with the reason where it is the name itself: it follows the sentence that says what
 * comes of it.
 */
export function unreadNames(problems: readonly LocalProblem[]): string {
  const names = problems
    .filter(({ reason }) => stopsDeletes.has(reason))
    .map(({ name, reason }) => (reason === 'name-not-utf8' ? `${name} (the name is not valid text)` : name))
  return `Not read: ${examples([...new Set(names)])}.`
}

function leftOut(problems: readonly LocalProblem[], excludes: Excludes): string | null {
  const byDefault = excludedFor('default', problems, excludes)
  return byDefault.length === 0
    ? null
    : `Left out, because it looks like secrets or like tools’ own files: ${examples(byDefault)}.`
}

function ignored(problems: readonly LocalProblem[], excludes: Excludes): string | null {
  const names = excludedFor('ignore-file', problems, excludes).filter((name) => !isIgnoreFile(name))
  return names.length === 0
    ? null
    : `${counted(names.length, 'file or folder', 'files or folders')} left out, because ${ignoreFileName} says so: ${examples(names)}.`
}

function excludedFor(
  why: Exclusion,
  problems: readonly LocalProblem[],
  excludes: Excludes,
): readonly string[] {
  return (
    problems
      .filter(({ reason }) => reason === 'excluded')
      .map(({ name }) => name)
      // A link is left out by what would leave out a folder of its name.
      .filter((name) => (excludes(name) ?? excludes(`${name}/`)) === why)
  )
}

/** What would have been left out but is in the bucket: it may be read by anybody. */
function leftOutButThere(rows: SyncRows, prefix: string, excludes: Excludes): string | null {
  function* secrets(): Generator<string> {
    for (const key of rows.keys({ actions: ['foreign', 'skip'], reason: 'excluded' })) {
      const name = key.slice(prefix.length)
      if (excludes(name) === 'default') yield name
    }
  }
  const { names, count } = someNames(secrets())
  return count === 0
    ? null
    : `The bucket holds what looks like secrets or tools’ own files: ${examples(names, count)}. The sync leaves them alone; look whether they belong there.`
}

function collisions(problems: readonly LocalProblem[]): string | null {
  const names = problems.filter(({ reason }) => reason === 'name-collision').map(({ name }) => name)
  return names.length === 0
    ? null
    : `${counted(names.length, 'name')} in the folder ${names.length === 1 ? 'is' : 'are'} there twice, with the accents stored in two ways: ${examples(names)}. Both would have the same key, so only one of each is sent. Rename or remove the other.`
}

function nameTrouble({ rows, namesAreLowerCase, spool }: Findings): string[] {
  if (rows.count('upload') === 0) return []
  const paths = (...actions: readonly SyncAction[]): Iterable<string> => ({
    [Symbol.iterator]: () => rows.paths(...actions)[Symbol.iterator](),
  })
  const sent = paths('upload')
  // Then no other name is one of those but for upper and lower case.
  const names = namesAreLowerCase ? sent : paths('upload', 'update-headers', 'delete', 'foreign', 'skip')
  return nameTroubleWarnings(findNameTrouble(names, sent, spool))
}

function passedOver(problems: readonly LocalProblem[]): string | null {
  const names = problems
    .filter(({ reason }) => !['excluded', 'unreadable', 'name-collision'].includes(reason))
    .map(({ name }) => name)
  return names.length === 0
    ? null
    : `${counted(names.length, 'name')} in the folder cannot be sent (links, special files, names that make no key or that Pail keeps for itself): ${examples(names)}.`
}

/** Whoever compressed the files before the sync and said so by hand has to say it with a rule. */
function lostEncoding(rows: SyncRows): string | null {
  const { names, count } = someNames(
    keysOf(
      rows,
      ({ headers, path, key }) =>
        headers.some(losesCompression) && !/\.(t?gz|gzip|br|zst)$/i.test(path ?? key),
    ),
  )
  return count === 0
    ? null
    : `${counted(count)} would lose ${count === 1 ? 'its' : 'their'} Content-Encoding: ${examples(names, count)}. If the files are compressed already, say so with a rule for them before you apply this.`
}

function compressionWarnings(rows: SyncRows, tooLarge: readonly string[]): string[] {
  let browsersOnly = 0
  let brotli = false
  for (const { row } of rows.each({ actions: ['upload'], compressed: true, copies: false })) {
    browsersOnly++
    if (row.sentAs?.coding === 'br') brotli = true
  }
  return [
    ...(browsersOnly === 0
      ? []
      : [
          `${counted(browsersOnly, 'file')} will be stored compressed, as a rule says: whoever does not read ${browsersOnly === 1 ? 'it' : 'them'} with a browser gets compressed bytes${brotli ? ', and browsers take brotli over https only' : ''}.`,
        ]),
    ...(tooLarge.length === 0
      ? []
      : [
          `${counted(tooLarge.length, 'file')} above ${mostBytes / 1024 / 1024} MiB ${tooLarge.length === 1 ? 'is' : 'are'} not compressed: ${examples(tooLarge)}.`,
        ]),
  ]
}

function losesCompression({ header, from, to }: HeaderChange): boolean {
  return header === 'Content-Encoding' && to === null && /\b(gzip|br|zstd|deflate)\b/i.test(from ?? '')
}
