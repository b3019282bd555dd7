import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type {
  LinkChange,
  LinkFilter,
  LinkList,
  LinkRecord,
} from '../../src-preload/contract/presigned-url.ts'
import { toFailure } from '../s3/map-error.ts'
import {
  deadLinksIn,
  foldLinks,
  type LinkPlace,
  listLinks,
  liveLinksIn,
  sizedUploadsIn,
} from './fold-links.ts'

/** A link that is handed out, as far as the ledger is told. */
export type HandedOutLink = Omit<LinkRecord, 'id' | 'madeAt' | 'revokedAt' | 'movedTo' | 'size'> &
  Partial<Pick<LinkRecord, 'size'>>

/** The links that were given out, without the links themselves: no URL and no signature (S41). */
export interface LinkLedger {
  /**
   * Keeps that links were handed out, in one step; answers their records in the same order. Null when they cannot be kept,
   * as where nothing may be written: a link is worth more than its record.
   */
  add(links: readonly HandedOutLink[]): Promise<LinkRecord[] | null>
  /** Throws `local-file`, as the others do, when the list cannot be read or written. */
  list(filter: LinkFilter): Promise<LinkList>
  /** The latest links to upload with, of a service and with a size that was asked for, newest first. */
  sizedUploads(place: Omit<LinkPlace, 'bucket'>, most: number): Promise<LinkRecord[]>
  /** Says anew whom links are for. Throws `not-found`. */
  setNote(linkIds: readonly string[], note: string): Promise<void>
  /** The links of a key that work, as far as is known, in the order in which they were made. */
  liveLinksOf(place: LinkPlace, key: string): Promise<LinkRecord[]>
  /**
   * Marks all links to keys as dead: their objects were removed, or moved to another key. Answers how many live ones
   * there were; nothing is written where there were none. Links to upload with go on working, and stay.
   */
  revoke(place: LinkPlace, keys: Iterable<string>, movedTo: string | null): Promise<number>
  /** Marks the links to keys as live again that have not ended: something came to the keys. Answers how many. */
  revive(place: LinkPlace, keys: Iterable<string>): Promise<number>
}

/**
 * An append-only file of JSON lines, readable by its owner only. Each change is one write at the end, so that the
 * application and the command line may write at the same time. A line that cannot be read (a torn last one after a power
 * cut) is passed over; the rest stays.
 */
export function createLinkLedger(path: string, now: () => Date = () => new Date()): LinkLedger {
  let writing: Promise<unknown> = Promise.resolve()

  async function write(lines: readonly (LinkRecord | LinkChange)[]): Promise<void> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await open(path, 'a+', 0o600)
    try {
      const { size } = await file.stat()
      const last = Buffer.alloc(1)
      if (size > 0) await file.read(last, 0, 1, size - 1)
      // After a torn line a new one would be lost with it.
      const start = size > 0 && last.toString() !== '\n' ? '\n' : ''
      await file.write(`${start}${lines.map((line) => `${JSON.stringify(line)}\n`).join('')}`)
    } finally {
      await file.close()
    }
  }

  async function append(lines: readonly (LinkRecord | LinkChange)[]): Promise<void> {
    if (lines.length === 0) return
    const run = writing.then(() => write(lines)).catch((error: unknown) => cannot('written', error))
    writing = run.catch(() => undefined)
    await run
  }

  async function read(): Promise<LinkRecord[]> {
    await writing
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      return cannot('read', error)
    }
    if (text === '') return []
    const forms = await loadForms()
    return foldLinks(text.split('\n').flatMap((line) => parseLine(line, forms) ?? []))
  }

  return {
    async add(links) {
      const madeAt = now().toISOString()
      const { linkRecordSchema } = await loadForms()
      const records = links.map((link) =>
        // Named one by one: what else there may be, a URL, is not kept.
        linkRecordSchema.parse({
          id: `link_${randomBytes(12).toString('hex')}`,
          profileId: link.profileId,
          service: link.service,
          bucket: link.bucket,
          key: link.key,
          kind: link.kind,
          note: link.note,
          madeAt,
          endsAt: link.endsAt,
          signingKey: link.signingKey,
          size: link.size ?? null,
        }),
      )
      try {
        await append(records)
      } catch (error) {
        if (error instanceof Failure) return null
        throw error
      }
      return records
    },
    async list(filter) {
      return listLinks(await read(), filter, now())
    },
    async sizedUploads(place, most) {
      return sizedUploadsIn(await read(), place).slice(0, most)
    },
    async setNote(linkIds, note) {
      const known = new Set((await read()).map(({ id }) => id))
      if (!linkIds.every((id) => known.has(id)))
        throw failure('not-found', 'This link is not in the list any more.')
      const at = now().toISOString()
      await append(linkIds.map((linkId) => ({ change: 'note', at, linkId, note })))
    },
    async liveLinksOf(place, key) {
      return liveLinksIn(await read(), place, now()).filter((record) => record.key === key)
    },
    async revoke(place, keys, movedTo) {
      const at = now()
      const dying = ofKeys(
        liveLinksIn(await read(), place, at).filter(({ kind }) => kind !== 'upload'),
        keys,
      )
      const { profileId, service, bucket } = place
      await append(
        [...new Set(dying.map(({ key }) => key))].map((key) => ({
          change: 'revoked' as const,
          at: at.toISOString(),
          profileId,
          service,
          bucket,
          key,
          movedTo,
        })),
      )
      return dying.length
    },
    async revive(place, keys) {
      const at = now()
      const rising = ofKeys(deadLinksIn(await read(), place, at), keys)
      const { profileId, service, bucket } = place
      await append(
        [...new Set(rising.map(({ key }) => key))].map((key) => ({
          change: 'revived' as const,
          at: at.toISOString(),
          profileId,
          service,
          bucket,
          key,
        })),
      )
      return rising.length
    },
  }
}

/** The links of keys, of which there may be far more than links. */
function ofKeys(links: readonly LinkRecord[], keys: Iterable<string>): LinkRecord[] {
  if (links.length === 0) return []
  const linked = new Set(links.map(({ key }) => key))
  const wanted = new Set<string>()
  for (const key of keys) if (linked.has(key)) wanted.add(key)
  return links.filter(({ key }) => wanted.has(key))
}

/** Loaded when there is something to check: most commands have no links. */
const loadForms = () => import('../../src-preload/contract/presigned-url.ts')

function cannot(what: 'read' | 'written', error: unknown): never {
  const { code } = toFailure(error).error
  if (code === 'bug') throw error
  throw failure(
    code === 'disk-full' ? code : 'local-file',
    `The list of links cannot be ${what}: ${(error as NodeJS.ErrnoException).code ?? code}.`,
  )
}

function parseLine(
  line: string,
  { linkChangeSchema, linkRecordSchema }: Awaited<ReturnType<typeof loadForms>>,
): LinkRecord | LinkChange | null {
  if (line === '') return null
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return null
  }
  const isChange = typeof value === 'object' && value !== null && 'change' in value
  return (isChange ? linkChangeSchema : linkRecordSchema).safeParse(value).data ?? null
}
