import { failure } from '../../src-preload/contract/failure.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import type { ListedObject } from '../s3/list-objects.ts'
import { toFailure } from '../s3/map-error.ts'
import type { ObjectHeaders } from '../s3/object-headers.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { type Compared, compareFile, compareKnown, type CompareOptions, noChanges } from './compare.ts'
import { compareCompressed } from './compare-compressed.ts'
import type { Compressor } from './compressor.ts'
import { decide } from './decide.ts'
import type { LocalFile } from './local-file.ts'

/** A file and the object of its key. */
export interface Pair {
  readonly file: LocalFile
  /** Null for a key that the bucket does not have. */
  readonly object: ListedObject | null
}

/** How the pairs of one plan are compared. */
export interface HowToCompare extends Omit<CompareOptions, 'wanted' | 'visibility'> {
  readonly compressor: Compressor | null
  readonly wanted: (file: LocalFile) => ObjectHeaders
  readonly visibility: (file: LocalFile) => WantedVisibility
}

/** What was compared with what. The file is without its `sentAs` when it turned out that compressing does not pay. */
export interface FoundPair {
  readonly file: LocalFile
  readonly compared: Compared & { readonly sizeBytes?: number }
}

/** Compares a file, or what it is compressed to; `no-copy` for a copy that is not to be, because it is no smaller. */
export async function comparePair(
  session: S3Session,
  how: HowToCompare,
  { file, object }: Pair,
): Promise<FoundPair | 'unreadable' | 'no-copy'> {
  const { sentAs, ...plain } = file
  const { compressor } = how
  if (sentAs !== undefined && compressor !== null) {
    const compared = await orUnreadable(file, object, () =>
      compareCompressed(session, { ...file, sentAs }, object, {
        ...how,
        compressor,
        wanted: how.wanted(file),
        visibility: how.visibility(file),
      }),
    )
    if (compared === 'unreadable') return compared
    if (compared !== 'not-smaller') return { file, compared }
    if (sentAs.sibling) return 'no-copy'
  }
  const compared = await orUnreadable(plain, object, () => compareWhole(session, how, plain, object))
  return compared === 'unreadable' ? compared : { file: plain, compared }
}

/** Compares a file with its object where both are known; null where {@link comparePair} has to. */
export function compareKnownPair(how: HowToCompare, { file, object }: Pair): FoundPair | null {
  if (object === null || file.sentAs !== undefined) return null
  const compared = compareKnown(file, object, how)
  return compared === null ? null : { file, compared }
}

async function compareWhole(
  session: S3Session,
  how: HowToCompare,
  file: LocalFile,
  object: ListedObject | null,
): Promise<Compared | 'unreadable'> {
  if (object === null || object.sizeBytes !== file.identity.sizeBytes)
    if (!(await how.reader.canRead(file))) return 'unreadable'
  if (object === null) {
    const decision = decide({ local: 'file', remote: 'none' })
    return { ...noChanges, decision, md5: null, eTag: null, headRefused: false }
  }
  return compareFile(session, file, object, {
    ...how,
    wanted: how.wanted(file),
    visibility: how.visibility(file),
  })
}

/** Turns what a file can do to a comparison into an answer; everything else is thrown. */
async function orUnreadable<Found>(
  file: LocalFile,
  object: ListedObject | null,
  compare: () => Promise<Found>,
): Promise<Found | Compared | 'unreadable'> {
  try {
    return await compare()
  } catch (error) {
    const { code } = toFailure(error, { key: file.key }).error
    switch (code) {
      case 'local-file':
      case 'local-missing':
        return 'unreadable'
      case 'local-changed': {
        // Somebody is writing it: it is sent when it holds still.
        const decision = decide({ local: 'file', remote: 'object', size: 'same', content: 'unverified' })
        return { ...noChanges, decision, md5: null, eTag: object?.eTag ?? null, headRefused: false }
      }
      case 'cancelled':
        throw failure('cancelled', 'Cancelled.')
      default:
        throw error
    }
  }
}
