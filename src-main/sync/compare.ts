import type { HeaderChange } from '../../src-preload/contract/sync-plan.ts'
import { Failure } from '../../src-preload/contract/failure.ts'
import { bareETag, partsOfETag } from '../s3/e-tag.ts'
import type { HeadedObject } from '../s3/head-object.ts'
import { headObject } from '../s3/head-object.ts'
import type { ListedObject } from '../s3/list-objects.ts'
import type { ObjectHeaders } from '../s3/object-headers.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { hasChecksum } from '../s3/whole-checksum.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import type { HeadMemory, KnownHead, RememberedAcl, RememberedHead } from './head-memory.ts'
import type { Decision, RemoteDigests } from './decide.ts'
import { compareContent, decide } from './decide.ts'
import { headerChanges } from './headers.ts'
import type { LocalFile } from './local-file.ts'
import type { LocalReader } from './local-reader.ts'
import type { UnknownAcls } from './unknown-acls.ts'

/** A change of who can read an object, as far as its ACL goes. */
export interface AclChange {
  readonly from: WantedVisibility
  readonly to: WantedVisibility
}

/** What came of comparing a file with its object. */
export interface Compared {
  readonly decision: Decision
  /** With the change of the visibility, where there is one. */
  readonly headers: HeaderChange[]
  /** What the ACL would have to change from and to; null when it need not, and when it is not known. */
  readonly aclChange: AclChange | null
  readonly md5: string | null
  /** The ETag to which all this applies. */
  readonly eTag: string | null
  /** True when HEAD was refused, so that the headers are not known. */
  readonly headRefused: boolean
}

/** How to compare. */
export interface CompareOptions {
  readonly bucket: string
  readonly wanted: ObjectHeaders
  readonly visibility: WantedVisibility
  /** Whether the bucket takes no ACLs, so that none is compared; asks when it is first needed. */
  readonly aclsDisabled: () => Promise<boolean>
  /** Finds out about ACLs that are not known. */
  readonly unknownAcls: UnknownAcls
  readonly reader: LocalReader
  /** What HEAD told before; null when nothing is remembered. */
  readonly heads: HeadMemory | null
  readonly signal?: AbortSignal
}

/** The metadata under which we keep the MD5 of an object whose ETag cannot tell it. */
export const md5Metadata = 'pail-md5'

/**
 * Compares a file with an object of its key: size, then content, then headers, each only if those before are the same.
 * Reads the file only when there is something to compare it with. Throws Failures, but for a refused HEAD.
 */
export async function compareFile(
  session: S3Session,
  file: LocalFile,
  listed: ListedObject,
  options: CompareOptions,
): Promise<Compared> {
  const base = { headers: [], aclChange: null, md5: null, eTag: listed.eTag, headRefused: false }
  const both = { local: 'file', remote: 'object' } as const
  if (file.identity.sizeBytes !== listed.sizeBytes)
    return { ...base, decision: decide({ ...both, size: 'differs' }) }

  const known = options.heads?.find(listed) ?? null
  const asked = known === null ? await headListed(session, listed, options) : null
  const answer = known ?? asked
  if (answer === null) return { ...base, eTag: null, decision: decide({ local: 'file', remote: 'none' }) }
  // What HEAD says is newer than the listing.
  const object = answer === 'refused' ? null : answer
  const eTag = object?.eTag ?? listed.eTag
  if (object !== null && object.sizeBytes !== file.identity.sizeBytes)
    return { ...base, eTag, decision: decide({ ...both, size: 'differs' }) }

  const refused = { headRefused: answer === 'refused', eTag }
  const digests = digestsOf(object, eTag)
  const read = isComparable(digests)
    ? await options.reader.hash(file, {
        parts: digests.eTagIsOpaque ? null : partsOfETag(eTag),
        ...(options.signal ? { signal: options.signal } : {}),
      })
    : null
  const byDigest = read === null ? 'unverified' : compareContent(read, digests)
  const byChecksum =
    byDigest === 'unverified' && object !== null
      ? await compareChecksum(session, file, { listed, asked: asked === 'refused' ? null : asked }, options)
      : null
  const content = byChecksum?.content ?? byDigest
  const changes = content === 'same' ? await changesOf(listed, object, known, options) : noChanges
  return {
    decision: decide({
      ...both,
      size: 'same',
      content,
      headers: changes.headers.length > 0 ? 'differ' : 'same',
    }),
    ...changes,
    md5: byChecksum?.md5 ?? read?.md5 ?? null,
    ...refused,
  }
}

/**
 * As {@link compareFile}, of a file whose digests are known and an object whose headers are remembered, and which have the
 * same content: nearly all, once they have been sent. Null where something has to be asked, read or looked at more closely.
 */
export function compareKnown(
  file: LocalFile,
  listed: ListedObject,
  options: Pick<CompareOptions, 'reader' | 'heads' | 'unknownAcls'> & {
    readonly wanted: (file: LocalFile) => ObjectHeaders
    readonly visibility: (file: LocalFile) => WantedVisibility
  },
): Compared | null {
  const { sizeBytes } = file.identity
  if (sizeBytes !== listed.sizeBytes || options.reader.known === undefined) return null
  const known = options.heads?.find(listed) ?? null
  if (known === null || known.sizeBytes !== sizeBytes) return null
  const digests = digestsOf(known, known.eTag)
  if (!isComparable(digests)) return null
  const read = options.reader.known(file, digests.eTagIsOpaque ? null : partsOfETag(known.eTag))
  if (read === null || compareContent(read, digests) !== 'same') return null
  const visibility = options.visibility(file)
  if (aclChangeOf(known.acl, visibility) !== null) return null
  if (hasToAsk(known.acl, visibility, options.unknownAcls)) return null
  const headers = headerChanges(known, options.wanted(file))
  const differs = headers.length > 0 ? 'differ' : 'same'
  return {
    decision: decide({ local: 'file', remote: 'object', size: 'same', content: 'same', headers: differs }),
    headers,
    aclChange: null,
    md5: read.md5,
    eTag: known.eTag,
    headRefused: false,
  }
}

function digestsOf(object: KnownHead | null, eTag: string | null): RemoteDigests {
  return {
    eTag,
    eTagIsOpaque: hidesContent(object),
    ownMd5: object?.metadata[md5Metadata] ?? null,
  }
}

/**
 * Compares a file by the checksum of an object that has no digest which tells: encrypted by KMS, or uploaded in parts by
 * somebody else. Null when it has no checksum either. What turns out the same is remembered by its MD5, so that the next
 * plan neither asks nor reads.
 */
async function compareChecksum(
  session: S3Session,
  file: LocalFile,
  { listed, asked }: { readonly listed: ListedObject; readonly asked: HeadedObject | null },
  options: CompareOptions,
): Promise<{ readonly content: 'same' | 'differs'; readonly md5: string } | null> {
  const { signal } = options
  const head = asked ?? (await headListed(session, listed, options))
  if (head === null || head === 'refused') return null
  if (bareETag(head.eTag ?? '') !== bareETag(listed.eTag ?? '')) return null
  const isSame = await hasChecksum(file, head.checksum, signal)
  if (isSame === null) return null
  const { md5 } = await options.reader.hash(file, { parts: null, ...(signal ? { signal } : {}) })
  if (isSame) options.heads?.noteContent(listed, md5)
  return { content: isSame ? 'same' : 'differs', md5 }
}

/** Nothing to change. */
export const noChanges: Pick<Compared, 'headers' | 'aclChange'> = { headers: [], aclChange: null }

/**
 * What would have to change about an object besides its content. `known` is what is remembered of it. Where its ACL is not,
 * and may leave open what is to be private, it is asked for.
 */
export async function changesOf(
  listed: ListedObject,
  object: KnownHead | null,
  known: RememberedHead | null,
  options: Pick<CompareOptions, 'wanted' | 'visibility' | 'aclsDisabled' | 'unknownAcls'>,
): Promise<Pick<Compared, 'headers' | 'aclChange'>> {
  const headers = object === null ? [] : headerChanges(object, options.wanted)
  const { visibility, unknownAcls } = options
  const remembered = known?.acl ?? null
  const acl = hasToAsk(remembered, visibility, unknownAcls) ? await unknownAcls.ask(listed) : remembered
  const change = aclChangeOf(acl, visibility)
  if (change === null || (await options.aclsDisabled())) return { headers, aclChange: null }
  return { headers: [...headers, { header: 'Visibility', ...change }], aclChange: change }
}

/** The change of an ACL that is known, where the bucket takes any; null for none. */
function aclChangeOf(acl: RememberedAcl | null, visibility: WantedVisibility): AclChange | null {
  if (acl === null || acl === 'other') return null
  const from = acl === 'public-read' ? 'public' : 'private'
  return from === visibility ? null : { from, to: visibility }
}

/**
 * Whether an ACL has to be asked for, which takes one request for an object, once. Not where it is to be public: then what
 * is not known can only be too private, which shows, and asking for each would be in vain for nearly all.
 */
function hasToAsk(
  acl: RememberedAcl | null,
  visibility: WantedVisibility,
  { mayCount }: Pick<UnknownAcls, 'mayCount'>,
): boolean {
  return acl === null && visibility === 'private' && mayCount
}

/** HEAD of an object that was listed, remembered; `refused` when the service does not answer it, null when it is gone. */
export async function headListed(
  session: S3Session,
  listed: ListedObject,
  options: CompareOptions,
): Promise<HeadedObject | 'refused' | null> {
  const { key } = listed
  const serverNowMs = session.clockMeasured() ? Date.now() + session.clockOffsetMs() : null
  try {
    const answer = await headObject(session, {
      bucket: options.bucket,
      key,
      ...(options.signal ? { signal: options.signal } : {}),
    })
    if (answer !== null) options.heads?.note(listed, answer, serverNowMs)
    return answer
  } catch (error) {
    // SSE-C answers 400 to whoever does not have the key.
    const refusals = ['access-denied', 'invalid-argument']
    if (error instanceof Failure && refusals.includes(error.error.code)) return 'refused'
    throw error
  }
}

/** Whether the encryption makes the ETag no digest of the content. */
export function hidesContent(object: KnownHead | null): boolean {
  return (object?.serverSideEncryption ?? '').startsWith('aws:kms')
}

/** Whether there is anything that the file could be compared with: else there is no need to read it. */
function isComparable({ eTag, eTagIsOpaque, ownMd5 }: RemoteDigests): boolean {
  return ownMd5 !== null || (!eTagIsOpaque && eTag !== null)
}
