import type { HeadedObject } from '../s3/head-object.ts'
import type { ListedObject } from '../s3/list-objects.ts'
import type { S3Session } from '../s3/s3-session.ts'
import {
  changesOf,
  type Compared,
  type CompareOptions,
  headListed,
  hidesContent,
  md5Metadata,
  noChanges,
} from './compare.ts'
import type { CompressedFacts } from './compressed-index.ts'
import type { CompressedSource, Compressor } from './compressor.ts'
import { compareContent, decide } from './decide.ts'
import type { KnownHead } from './head-memory.ts'
import type { LocalFile, SentAs } from './local-file.ts'

/**
 * The metadata under which a compressed object says of what it was made: the coding and the MD5 of the file,
 * `gzip-5d41402abc4b2a76b9719d911017c592`. Other versions of zlib and brotli give other bytes for the same file, and what
 * was published from another computer need not be sent again for that.
 */
export const sourceMetadata = 'pail-source'

/** The value of {@link sourceMetadata}. */
export function sourceText(coding: SentAs['coding'], sourceMd5: string): string {
  return `${coding}-${sourceMd5}`
}

/** What came of comparing; `sizeBytes` is that of the compressed bytes. */
export type ComparedCompressed = Compared & { readonly sizeBytes: number }

/**
 * Compares what becomes of a file by compressing with the object of its key. `not-smaller` when compressing does not pay,
 * so that no such object should be. The file is compressed only where neither the index nor the object tells what would
 * come of it. Throws Failures, but for a refused HEAD.
 */
export async function compareCompressed(
  session: S3Session,
  file: LocalFile & { readonly sentAs: SentAs },
  listed: ListedObject | null,
  options: CompareOptions & { readonly compressor: Compressor },
): Promise<ComparedCompressed | 'not-smaller'> {
  const source: CompressedSource = { ...file, coding: file.sentAs.coding }
  const signal = options.signal ? { signal: options.signal } : {}
  let known = options.compressor.find(source)
  const facts = async (): Promise<CompressedFacts> =>
    (known ??= known === null ? null : await options.compressor.measure(source, options.signal))

  if (known === null) return 'not-smaller'
  const remembered = listed === null ? null : (options.heads?.find(listed) ?? null)
  const answer = listed === null ? null : (remembered ?? (await headListed(session, listed, options)))
  if (listed === null || answer === null) {
    const made = await facts()
    if (made === null) return 'not-smaller'
    const decision = decide({ local: 'file', remote: 'none' })
    return { ...base(null), decision, sizeBytes: made.sizeBytes }
  }
  const object = answer === 'refused' ? null : answer
  const told = { ...base(object?.eTag ?? listed.eTag), headRefused: answer === 'refused' }
  const both = { local: 'file', remote: 'object' } as const

  const made = object?.metadata[sourceMetadata]
  if (made !== undefined) {
    const { md5 } = await options.reader.hash(file, { parts: null, ...signal })
    if (made === sourceText(source.coding, md5)) return decided(object, 'same', object?.sizeBytes ?? 0)
  }
  const ours = await facts()
  if (ours === null) return 'not-smaller'
  if (ours.sizeBytes !== (object ?? listed).sizeBytes)
    return { ...told, decision: decide({ ...both, size: 'differs' }), sizeBytes: ours.sizeBytes }
  const content = compareContent(
    { md5: ours.md5, multipart: new Set() },
    {
      eTag: told.eTag,
      eTagIsOpaque: hidesContent(object),
      ownMd5: object?.metadata[md5Metadata] ?? null,
    },
  )
  return decided(object, content, ours.sizeBytes)

  async function decided(
    head: KnownHead | null,
    found: ReturnType<typeof compareContent>,
    sizeBytes: number,
  ): Promise<ComparedCompressed> {
    const changes =
      found === 'same' && listed !== null ? await changesOf(listed, head, remembered, options) : noChanges
    return {
      ...told,
      decision: decide({
        ...both,
        size: 'same',
        content: found,
        headers: changes.headers.length > 0 ? 'differ' : 'same',
      }),
      ...changes,
      sizeBytes,
    }
  }
}

function base(eTag: HeadedObject['eTag']): Omit<Compared, 'decision'> {
  return { ...noChanges, md5: null, eTag, headRefused: false }
}
