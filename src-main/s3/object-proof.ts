import { combineCrc, isCombinable } from './combine-crc.ts'
import { md5OfETag, partsOfETag, bareETag } from './e-tag.ts'
import { headObject } from './head-object.ts'
import type { CompositeChecksum, ObjectFacts } from './object-facts.ts'
import type { ChecksumName, RunningChecksum } from './running-checksum.ts'
import { runningChecksum } from './running-checksum.ts'
import type { S3Session } from './s3-session.ts'

/** What the bytes of an object have to match. */
export interface ObjectProof {
  readonly name: ChecksumName
  /** In base64. */
  readonly expected: string
  /** What is checksummed by itself first: each part of so many bytes (the last has the rest). Null: the whole. */
  readonly partSizeBytes: number | null
  readonly parts: number
  readonly isETag: boolean
}

/** The digest of bytes of an object that follow one another, as far as its proof needs it. */
export interface SectionDigest {
  update(bytes: Uint8Array): void
  /** To be asked for once. */
  end(): Buffer
}

/** A stretch of an object whose digest is known. */
export interface DigestedSection {
  readonly digest: Buffer
  readonly sizeBytes: number
}

type Reference = {
  readonly bucket: string
  readonly key: string
  readonly signal?: AbortSignal | undefined
}

/** More parts are not asked for their sizes. */
const askedParts = 200

/**
 * Finds what an object's bytes can be compared with: a checksum of the whole, else an MD5 ETag, else a checksum or ETag
 * of parts, for which the service is asked how long a part is. Null when there is nothing: they are unverified then.
 */
export async function findProof(
  session: S3Session,
  object: Reference,
  facts: ObjectFacts,
): Promise<ObjectProof | null> {
  if (facts.checksum !== null) {
    const { name, value } = facts.checksum
    return { name, expected: value, partSizeBytes: null, parts: 1, isETag: false }
  }
  const md5 = facts.hidden ? null : md5OfETag(facts.eTag)
  if (md5 !== null) {
    return { name: 'MD5', expected: base64(md5), partSizeBytes: null, parts: 1, isETag: true }
  }
  const composite = facts.composite ?? eTagOfParts(facts)
  if (composite === null) return null
  const partSizeBytes = await partSizeOf(session, object, facts, composite.parts)
  if (partSizeBytes === null) return null
  const { name, value, parts } = composite
  return { name, expected: value, partSizeBytes, parts, isETag: facts.composite === null }
}

function eTagOfParts({ eTag, hidden }: ObjectFacts): CompositeChecksum | null {
  const parts = hidden ? null : partsOfETag(eTag)
  if (parts === null || eTag === null) return null
  return { name: 'MD5', value: base64(bareETag(eTag).slice(0, 32)), parts }
}

/** How long each part but the last is, in bytes; null where the service does not say, or the parts differ. */
async function partSizeOf(
  session: S3Session,
  object: Reference,
  { sizeBytes, eTag }: ObjectFacts,
  parts: number,
): Promise<number | null> {
  if (parts === 1) return Math.max(1, sizeBytes)
  const size = await sizeOfPart(session, object, eTag, 1)
  return size !== null && size > 0 && Math.ceil(sizeBytes / size) === parts ? size : null
}

async function sizeOfPart(
  session: S3Session,
  { bucket, key, signal }: Reference,
  eTag: string | null,
  partNumber: number,
): Promise<number | null> {
  // Where that is not understood or not allowed, nothing is known; that the object was replaced is told by the bytes.
  const head = await headObject(session, { bucket, key, partNumber, ...(signal ? { signal } : {}) }).catch(
    () => null,
  )
  return head === null || head.eTag !== eTag ? null : head.sizeBytes
}

/**
 * Whether bytes that do not match a proof are proved to be wrong: not where parts are of different lengths, which can
 * only be found out by asking for each, nor where the ETag only looks like one of parts.
 */
export async function isConclusive(
  session: S3Session,
  object: Reference,
  facts: ObjectFacts,
  proof: ObjectProof,
): Promise<boolean> {
  if (proof.partSizeBytes === null) return true
  // An ETag of one part is of a form that some services use for what they make up.
  if (proof.parts === 1 && proof.isETag) return false
  for (let number = 2; number < Math.min(proof.parts, askedParts); number++) {
    if ((await sizeOfPart(session, object, facts.eTag, number)) !== proof.partSizeBytes) return false
  }
  return true
}

/** Whether the digests of ranges that begin at multiples of `rangeSizeBytes` tell that of the whole. */
export function isFoldable(proof: ObjectProof, rangeSizeBytes: number): boolean {
  return proof.partSizeBytes === null ? isCombinable(proof.name) : rangeSizeBytes % proof.partSizeBytes === 0
}

/** Starts the digest of bytes that follow one another; of parts, they have to begin with a part. */
export function sectionDigest({ name, partSizeBytes }: ObjectProof): SectionDigest {
  if (partSizeBytes === null) {
    const running = runningChecksum(name)
    return { update: (bytes) => running.update(bytes), end: () => Buffer.from(running.digest(), 'base64') }
  }
  return digestOfParts(name, partSizeBytes)
}

function digestOfParts(name: ChecksumName, partSizeBytes: number): SectionDigest {
  const ended: Buffer[] = []
  let current: RunningChecksum | null = null
  let left = partSizeBytes
  const endPart = () => {
    if (current !== null) ended.push(Buffer.from(current.digest(), 'base64'))
    current = null
    left = partSizeBytes
  }
  return {
    update(bytes) {
      for (let at = 0; at < bytes.byteLength;) {
        const taken = bytes.subarray(at, at + left)
        current ??= runningChecksum(name)
        current.update(taken)
        at += taken.byteLength
        left -= taken.byteLength
        if (left === 0) endPart()
      }
    },
    end() {
      endPart()
      return Buffer.concat(ended)
    },
  }
}

/** Whether sections, which follow one another from the first byte to the last, are what the proof tells. */
export function matches(proof: ObjectProof, sections: readonly DigestedSection[]): boolean {
  return foldSections(proof, sections) === proof.expected
}

function foldSections(proof: ObjectProof, sections: readonly DigestedSection[]): string {
  const { name } = proof
  if (proof.partSizeBytes !== null) {
    const whole = runningChecksum(name)
    for (const { digest } of sections) whole.update(digest)
    return whole.digest()
  }
  const [first, ...others] = sections
  if (first === undefined) return sectionDigest(proof).end().toString('base64')
  let folded = first.digest
  for (const { digest, sizeBytes } of others) {
    if (!isCombinable(name)) throw new TypeError(`sections of ${name} cannot be folded`)
    folded = combineCrc(name, folded, digest, sizeBytes)
  }
  return folded.toString('base64')
}

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64')
}
