import type {
  LinkChange,
  LinkFilter,
  LinkList,
  LinkRecord,
  SigningKeyUse,
} from '../../src-preload/contract/presigned-url.ts'

/** A bucket of a service, as the ledger names it. */
export interface LinkPlace {
  readonly profileId: string
  /** See {@link serviceName}. */
  readonly service: string
  readonly bucket: string
}

/** So many links are listed at once; the filter finds the others. */
const mostListed = 1000

/** What stands for a service in the ledger: its name or its host, no URL. */
export function serviceName({ service }: { readonly service: string }): string {
  return service.replace(/^https?:\/\//, '')
}

/** The lines of a ledger in their order, as what they say of each link in the end. */
export function foldLinks(lines: readonly (LinkRecord | LinkChange)[]): LinkRecord[] {
  const records = new Map<string, LinkRecord>()
  const byObject = new Map<string, string[]>()
  const objectOf = ({ bucket, key }: { bucket: string; key: string }) => `${bucket}/${key}`
  for (const line of lines) {
    if (!('change' in line)) {
      records.set(line.id, line)
      const others = byObject.get(objectOf(line))
      if (others === undefined) byObject.set(objectOf(line), [line.id])
      else others.push(line.id)
    } else if (line.change === 'note') {
      const record = records.get(line.linkId)
      if (record !== undefined) records.set(record.id, { ...record, note: line.note })
    } else {
      const at = new Date(line.at)
      for (const id of byObject.get(objectOf(line)) ?? []) {
        const record = records.get(id)
        if (record === undefined || !isIn(record, line)) continue
        if (line.change === 'revived') {
          if (isDead(record, at)) records.set(id, { ...record, revokedAt: null, movedTo: null })
          // A link to upload with goes on working: it makes a new object at the old key.
        } else if (record.kind !== 'upload' && isLive(record, at)) {
          records.set(id, { ...record, revokedAt: line.at, movedTo: line.movedTo })
        }
      }
    }
  }
  return [...records.values()]
}

/** Whether a link works at a time, as far as the ledger knows. */
export function isLive({ endsAt, revokedAt }: LinkRecord, at: Date): boolean {
  return revokedAt === null && (endsAt === null || Date.parse(endsAt) > at.getTime())
}

/** Whether a link leads nowhere at a time although it has not ended. */
function isDead(record: LinkRecord, at: Date): boolean {
  return record.revokedAt !== null && isLive({ ...record, revokedAt: null }, at)
}

/** The links of a bucket that were revoked and have not ended. */
export function deadLinksIn(records: readonly LinkRecord[], place: LinkPlace, at: Date): LinkRecord[] {
  return records.filter(
    (record) => record.bucket === place.bucket && isIn(record, place) && isDead(record, at),
  )
}

/** The live links of a bucket. */
export function liveLinksIn(records: readonly LinkRecord[], place: LinkPlace, at: Date): LinkRecord[] {
  return records.filter(
    (record) => record.bucket === place.bucket && isIn(record, place) && isLive(record, at),
  )
}

/** The links of a service to upload with, for which a size was asked, newest first. */
export function sizedUploadsIn(
  records: readonly LinkRecord[],
  place: Omit<LinkPlace, 'bucket'>,
): LinkRecord[] {
  return records
    .filter((record) => record.kind === 'upload' && record.size !== null && isIn(record, place))
    .toReversed()
}

/** One service may be reached with several profiles; of what earlier versions kept only the profile is known. */
function isIn(record: LinkRecord, place: { profileId: string; service: string | null }): boolean {
  return record.service === null || place.service === null
    ? record.profileId === place.profileId
    : record.service === place.service
}

/** What a filter leaves of a ledger. `records` are in the order in which they were made. */
export function listLinks(records: readonly LinkRecord[], filter: LinkFilter, at: Date): LinkList {
  const search = filter.search.toLowerCase()
  const found = records
    .toReversed()
    .filter(
      (record) =>
        (filter.bucket === null || record.bucket === filter.bucket) &&
        (filter.signingKeyId === null || record.signingKey?.id === filter.signingKeyId) &&
        (search === '' ||
          [record.key, record.bucket, record.note].some((text) => text.toLowerCase().includes(search))),
    )
  const live = found.filter((record) => isLive(record, at))
  const ended = filter.includeEnded ? found.filter((record) => !isLive(record, at)) : []
  return {
    links: [...live, ...ended].slice(0, mostListed),
    total: live.length + ended.length,
    live: live.length,
    buckets: [...new Set(records.map(({ bucket }) => bucket))].toSorted().slice(0, 1000),
    signingKeys: signingKeysOf(records.filter((record) => isLive(record, at))),
  }
}

function signingKeysOf(live: readonly LinkRecord[]): SigningKeyUse[] {
  const uses = new Map<string, SigningKeyUse>()
  for (const { signingKey, endsAt } of live) {
    if (signingKey === null || endsAt === null) continue
    const known = uses.get(signingKey.id)
    uses.set(signingKey.id, {
      key: signingKey,
      live: (known?.live ?? 0) + 1,
      lastEndsAt: known !== undefined && known.lastEndsAt > endsAt ? known.lastEndsAt : endsAt,
    })
  }
  return [...uses.values()].toSorted((a, b) => b.live - a.live).slice(0, 100)
}
