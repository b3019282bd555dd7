import { isPlainETag } from '../s3/e-tag.ts'
import type { HeadedObject } from '../s3/head-object.ts'
import type { ListedObject } from '../s3/list-objects.ts'
import type { ServerSpan } from '../s3/s3-session.ts'
import type { AclMarks } from './acl-marks.ts'
import { parseRest } from '../tables/index-file.ts'
import { openIndexMap } from '../tables/index-map.ts'
import { isWithin } from './listed-date.ts'

/** What a plan wants to know of an object beside its listing. */
export type KnownHead = Pick<
  HeadedObject,
  | 'sizeBytes'
  | 'eTag'
  | 'contentType'
  | 'cacheControl'
  | 'contentEncoding'
  | 'contentDisposition'
  | 'contentLanguage'
  | 'metadata'
  | 'serverSideEncryption'
>

/** An ACL that means one of the two things that a rule can ask for. */
export type KnownAcl = 'private' | 'public-read'

/**
 * An ACL as it is remembered; `other` for one that was looked at and that no rule speaks of: it lets somebody in particular
 * read, or the bucket took no ACLs then.
 */
export type RememberedAcl = KnownAcl | 'other'

/** An object as it is remembered; `acl` is what we set or saw ourselves, null where that is not known. */
export interface RememberedHead extends KnownHead {
  readonly acl: RememberedAcl | null
}

/**
 * What HEAD told of the objects of one place, so that it need not be asked again. Whoever asks in the order of the keys has
 * it read once, and little of it in memory.
 */
export interface HeadMemory {
  /** What HEAD told, if the listing shows the very same write: the same ETag, size and LastModified; else null. */
  find(listed: ListedObject): RememberedHead | null
  /** Remembers an answer. `serverNowMs` is the server's clock before it was asked, null when that is not known. */
  note(listed: ListedObject, head: HeadedObject, serverNowMs: number | null): void
  /**
   * Remembers what we have written ourselves, which HEAD could only repeat. `writtenIn` is when the service dates it: a
   * listing that shows another time tells of somebody else's write. Nothing is remembered without a time or an ETag.
   * `acl` is null when it is not known.
   */
  noteWritten(key: string, head: KnownHead, writtenIn: readonly ServerSpan[], acl?: KnownAcl | null): void
  /**
   * Remembers the MD5, in hex, of what an object holds whose ETag does not tell it: of the very write that the listing
   * shows, if anything is remembered of that.
   */
  noteContent(listed: ListedObject, md5: string): void
  /**
   * Remembers the ACL of an object of which something is remembered already; null when it is not known any more. Some
   * services (Ceph) date an object anew when its ACL is set: `writtenIn` is when.
   */
  noteAcl(key: string, acl: RememberedAcl | null, writtenIn?: readonly ServerSpan[]): void
  /** What tells whether an ACL was set since it was remembered: until it is given, all that is remembered counts. */
  trust(marks: Pick<AclMarks, 'markOf'>): void
  /** Forgets an object that is about to be changed. */
  forget(key: string): void
  /** Keeps what is known of an object that is still there, though this plan did not ask for it. */
  isThere(key: string): void
  /** Writes what is new and forgets what was neither found, noted nor there when `whole`; false when that failed. */
  save(whole: boolean): Promise<boolean>
  /** Closes its file, which is opened again when something of it is asked for. */
  release(): void
}

interface Entry {
  /** The time that a listing has shown; null for our own write, until a listing shows it. */
  readonly lastModifiedMs: number | null
  /** Other times that a listing may show. */
  readonly writtenIn: readonly ServerSpan[]
  readonly head: RememberedHead
  /** What tells whether the ACL was set since. */
  readonly aclMark: string
}

/**
 * An object that was written less than this before it was asked about could be written again within the same second, with
 * the same content and other headers, and the listing would not show it. Its headers are not remembered. HTTP dates count
 * in seconds, on both sides of the subtraction.
 */
const racyMs = 4000

const noSpans: readonly ServerSpan[] = []
const none: Readonly<Record<string, string>> = Object.freeze({})

/** So many different ones are kept parsed. */
const mostAlike = 256

/** Only the metadata that a plan reads is kept. */
const keptMetadata = ['pail-md5', 'pail-source'] as const

/** Opens the memory of a place: an endpoint or region, a bucket and a prefix, as seen by one profile. */
export function openHeadMemory(directory: string, ...place: readonly string[]): HeadMemory {
  const index = openIndexMap(directory, 'objects', place)
  const entryOf = (key: string): Entry | null => {
    const kept = index.entries.get(key)
    return kept === undefined ? null : parseEntry(kept)
  }
  let markOf: AclMarks['markOf'] = () => ''
  const put = (key: string, entry: Entry) => index.entries.set(key, restOf(entry))
  /** The ACL, if nobody has set it since it was remembered. */
  const aclOf = (key: string, { head: { acl }, aclMark }: Entry): RememberedAcl | null =>
    acl === null || aclMark === markOf(key) ? acl : null
  const keep = (key: string, head: RememberedHead, when: Omit<Entry, 'head' | 'aclMark'>) => {
    const { sizeBytes, eTag, contentType, cacheControl, contentEncoding, contentDisposition } = head
    const { contentLanguage, metadata, serverSideEncryption, acl } = head
    const headers = { contentType, cacheControl, contentEncoding, contentDisposition, contentLanguage }
    const kept = { sizeBytes, eTag, ...headers, metadata, serverSideEncryption, acl }
    put(key, { ...when, head: kept, aclMark: markOf(key) })
  }
  /** Much was written in the same moment. */
  let dated = Number.NaN
  let date = ''
  const textOf = (ms: number): string => {
    if (ms !== dated) {
      date = String(ms)
      dated = ms
    }
    return date
  }
  /** Most objects of a place have the headers of many others: by what entries say of them. */
  const alike = new Map<string, Entry>()
  return {
    find(listed) {
      const lastModifiedMs = listed.lastModified?.getTime()
      const kept = index.entries.get(listed.key)
      if (kept === undefined || lastModifiedMs === undefined) return null
      const { sizeBytes, eTag } = listed
      const known = `${sizeBytes},${jsonOf(eTag)},`
      const begin = `${textOf(lastModifiedMs)},${known}`
      let headers = kept.startsWith(begin) ? kept.slice(begin.length) : null
      const own = headers === null ? ownWrite(kept, known) : null
      // It stays as it is: nobody else can write in a time that is over, and to note the date of each would be to write all anew.
      if (own !== null && isWithin(own.fromMs, own.toMs, lastModifiedMs)) headers = own.headers
      const found = headers === null ? undefined : alike.get(headers)
      if (found !== undefined) {
        index.entries.mark(listed.key)
        return withListed(found.head, listed, aclOf(listed.key, found))
      }
      const entry = parseEntry(own === null || headers === null ? kept : begin + headers)
      if (entry === null) return null
      if (listed.eTag !== entry.head.eTag || listed.sizeBytes !== entry.head.sizeBytes) return null
      if (entry.lastModifiedMs !== lastModifiedMs) {
        if (!isOf(entry, lastModifiedMs)) return null
        put(listed.key, { ...entry, lastModifiedMs, writtenIn: noSpans })
      }
      index.entries.mark(listed.key)
      if (headers !== null) {
        if (alike.size >= mostAlike) alike.clear()
        alike.set(headers, entry)
      }
      return { ...entry.head, acl: aclOf(listed.key, entry) }
    },
    note(listed, head, serverNowMs) {
      const lastModifiedMs = listed.lastModified?.getTime()
      if (lastModifiedMs === undefined || serverNowMs === null || listed.eTag === null) return
      if (lastModifiedMs > serverNowMs - racyMs || !isOneWrite(listed, head)) return
      // HEAD tells no ACL. Of another write than the one that is remembered it is not known.
      const before = entryOf(listed.key)
      const isKnown = before !== null && isOf(before, lastModifiedMs) && before.head.eTag === head.eTag
      keep(
        listed.key,
        { ...head, acl: isKnown ? aclOf(listed.key, before) : null },
        { lastModifiedMs, writtenIn: noSpans },
      )
    },
    noteWritten(key, head, writtenIn, acl = null) {
      if (writtenIn.length > 0 && head.eTag !== null)
        keep(key, { ...head, acl }, { lastModifiedMs: null, writtenIn })
    },
    noteContent(listed, md5) {
      const entry = entryOf(listed.key)
      if (entry === null || entry.head.eTag !== listed.eTag) return
      if (!isOf(entry, listed.lastModified?.getTime())) return
      put(listed.key, {
        ...entry,
        head: { ...entry.head, metadata: { ...entry.head.metadata, 'pail-md5': md5 } },
      })
    },
    noteAcl(key, acl, writtenIn = []) {
      const entry = entryOf(key)
      if (entry === null) return
      const spans = [...entry.writtenIn, ...writtenIn]
      put(key, {
        writtenIn: spans,
        lastModifiedMs: entry.lastModifiedMs,
        head: { ...entry.head, acl },
        aclMark: markOf(key),
      })
    },
    trust(marks) {
      markOf = (key) => marks.markOf(key)
    },
    forget(key) {
      index.entries.drop(key)
    },
    isThere(key) {
      index.entries.mark(key)
    },
    async save(whole) {
      try {
        if (whole) for (const key of index.entries.unmarked()) index.entries.delete(key)
      } catch {
        return false
      }
      return index.save()
    },
    release: () => index.release(),
  }
}

/** The same of a listed object: member by member, which takes a fraction of what copying them all at once does. */
function withListed(
  head: RememberedHead,
  { sizeBytes, eTag }: Pick<ListedObject, 'sizeBytes' | 'eTag'>,
  acl: RememberedAcl | null,
): RememberedHead {
  return {
    sizeBytes,
    eTag,
    contentType: head.contentType,
    cacheControl: head.cacheControl,
    contentEncoding: head.contentEncoding,
    contentDisposition: head.contentDisposition,
    contentLanguage: head.contentLanguage,
    metadata: head.metadata,
    serverSideEncryption: head.serverSideEncryption,
    acl,
  }
}

/** How an entry of our own write ends: with the one span of time in which it was. */
const oneSpan = /^,(\d+(?:\.\d+)?),(\d+(?:\.\d+)?)\]$/

/**
 * What nearly all entries are that no listing has shown yet, without parsing them: a write of ours in one span of time, of
 * a size and ETag as in `known`. `headers` is the rest of the entry, as it is without the span.
 */
function ownWrite(kept: string, known: string): (ServerSpan & { readonly headers: string }) | null {
  const begin = 5 + known.length
  if (!kept.startsWith('null,') || !kept.startsWith(known, 5)) return null
  // From the end: what is before it is long.
  const at = kept.lastIndexOf(',', kept.lastIndexOf(',') - 1)
  const [end = '', fromMs, toMs] = oneSpan.exec(kept.slice(at)) ?? []
  const headers = kept.slice(begin, at)
  // A second span would be in the place of what has to be a text or nothing.
  if (end === '' || !/(?:"|null)$/.test(headers)) return null
  return { fromMs: Number(fromMs), toMs: Number(toMs), headers: `${headers}]` }
}

/** An ETag as JSON has it. */
function jsonOf(eTag: string | null): string {
  return eTag !== null && isPlainETag(eTag) ? `"\\"${eTag.slice(1, -1)}\\""` : JSON.stringify(eTag)
}

/** A header as JSON has it: nearly all are letters that stay as they are, and JSON asks of each. */
function jsonText(text: string | null): string {
  if (text === null) return 'null'
  return /^[ !#-[\]-~]*$/.test(text) ? `"${text}"` : JSON.stringify(text)
}

/** Whether a date of the listing is that of an entry's write, or in the time of one of ours. */
function isOf({ lastModifiedMs, writtenIn }: Entry, listedMs: number | undefined): boolean {
  if (listedMs === undefined) return false
  return lastModifiedMs === listedMs || writtenIn.some(({ fromMs, toMs }) => isWithin(fromMs, toMs, listedMs))
}

/** Whether HEAD answered for the object that was listed. The header has no fractions of a second. */
function isOneWrite(listed: ListedObject, head: HeadedObject): boolean {
  return (
    head.eTag === listed.eTag &&
    head.sizeBytes === listed.sizeBytes &&
    Math.floor((head.lastModified?.getTime() ?? -1) / 1000) ===
      Math.floor((listed.lastModified?.getTime() ?? -2) / 1000)
  )
}

/** An entry as its line in the file has it behind the key: the rest of an array, as JSON. */
function restOf({ lastModifiedMs, writtenIn, head, aclMark }: Entry): string {
  const { metadata, acl, contentLanguage } = head
  let text = `${lastModifiedMs ?? 'null'},${head.sizeBytes},${jsonOf(head.eTag)},${jsonText(head.contentType)}`
  text += `,${jsonText(head.cacheControl)},${jsonText(head.contentEncoding)},${jsonText(head.contentDisposition)}`
  for (const name of keptMetadata) text += `,${jsonText(metadata[name] ?? null)}`
  text += `,${jsonText(head.serverSideEncryption)}`
  text += `,${jsonText(acl === null || aclMark === '' ? acl : `${acl} ${aclMark}`)}`
  // Hardly any object has one: only then there is a text more.
  if (contentLanguage !== null) text += `,${jsonText(contentLanguage)}`
  for (const { fromMs, toMs } of writtenIn) text += `,${fromMs},${toMs}`
  return `${text}]`
}

/** Undoes {@link restOf}; null for anything else. */
function parseEntry(rest: string): Entry | null {
  const value = parseRest(rest)
  if (value === null || value.length < 11) return null
  const [lastModifiedMs, sizeBytes] = value
  const texts = value.slice(2, 11)
  const contentLanguage = typeof value[11] === 'string' ? value[11] : null
  const writtenIn = parseSpans(value.slice(contentLanguage === null ? 11 : 12))
  if (typeof sizeBytes !== 'number' || writtenIn === null) return null
  if (lastModifiedMs === null ? writtenIn.length === 0 : typeof lastModifiedMs !== 'number') return null
  if (!texts.every((text) => text === null || typeof text === 'string')) return null
  const [eTag, contentType, cacheControl, contentEncoding, contentDisposition, ...more] = texts as (
    string | null
  )[]
  const [md5, source, serverSideEncryption, markedAcl] = more
  const [acl = null, aclMark = ''] = markedAcl?.split(' ') ?? []
  if (acl !== null && acl !== 'private' && acl !== 'public-read' && acl !== 'other') return null
  return {
    lastModifiedMs: lastModifiedMs as number | null,
    writtenIn,
    aclMark,
    head: {
      sizeBytes,
      eTag: eTag ?? null,
      contentType: contentType ?? null,
      cacheControl: cacheControl ?? null,
      contentEncoding: contentEncoding ?? null,
      contentDisposition: contentDisposition ?? null,
      contentLanguage,
      metadata: md5 == null && source == null ? none : keptOf({ 'pail-md5': md5, 'pail-source': source }),
      serverSideEncryption: serverSideEncryption ?? null,
      acl,
    },
  }
}

/** The metadata that is kept, without what is not there. */
function keptOf(metadata: Readonly<Record<string, string | null | undefined>>): Record<string, string> {
  return Object.fromEntries(
    keptMetadata.flatMap((name) => {
      const value = metadata[name]
      return value == null ? [] : [[name, value]]
    }),
  )
}

/** Pairs of numbers, as {@link lines} writes them; null for anything else. */
function parseSpans(values: unknown[]): readonly ServerSpan[] | null {
  if (values.length === 0) return noSpans
  if (values.length % 2 !== 0 || !values.every((one) => typeof one === 'number')) return null
  const numbers = values as number[]
  const spans: ServerSpan[] = []
  for (let at = 0; at < numbers.length; at += 2)
    spans.push({ fromMs: numbers[at] ?? 0, toMs: numbers[at + 1] ?? 0 })
  return spans
}
