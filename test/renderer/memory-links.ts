import type { Api } from '../../src-preload/contract/api.ts'
import type { LinkRecord } from '../../src-preload/contract/presigned-url.ts'
import type { Result } from '../../src-preload/contract/result.ts'
import type { Memory } from './memory-api.ts'

type Answer = <T>(method: string, input: unknown, make: () => T | Promise<T>) => Promise<Result<T>>

/** A link of the sample's access key, without an end unless one is given. */
export function linkRecord(more: Partial<LinkRecord> & Pick<LinkRecord, 'id' | 'key'>): LinkRecord {
  const endsAt = more.endsAt ?? null
  return {
    profileId: 'p1',
    service: 'aws',
    bucket: 'example-assets',
    kind: endsAt === null ? 'public' : 'presigned',
    note: '',
    madeAt: new Date().toISOString(),
    endsAt,
    signingKey: endsAt === null ? null : sampleKey,
    revokedAt: null,
    movedTo: null,
    ...more,
  }
}

const sampleKey = { id: 'k1', hint: 'AKIA…W7QX', isTemporary: false, endsAt: null }

const isLive = ({ endsAt, revokedAt }: LinkRecord) =>
  revokedAt === null && (endsAt === null || Date.parse(endsAt) > Date.now())

/** The ledger of links of a memory. */
export function memoryLinks(
  memory: Memory,
  answer: Answer,
  id: (kind: string) => string,
): Pick<Api<File>, 'createLink' | 'createUploadRequest' | 'listLinks' | 'setLinkNote'> {
  return {
    createLink: (input) =>
      answer('createLink', input, () => {
        const { profileId, bucket, key, kind, expiresInSeconds, baseUrl, note = '' } = input
        const url =
          kind === 'public'
            ? `${baseUrl ?? `https://${bucket}.s3.amazonaws.com`}/${key}`
            : `https://${bucket}.s3.amazonaws.com/${key}?X-Amz-Expires=${expiresInSeconds}`
        const endsAt = kind === 'public' ? null : new Date(Date.now() + expiresInSeconds * 1000).toISOString()
        const record = linkRecord({ id: id('link'), profileId, bucket, key, endsAt, note })
        const { signingKey } = record
        const test = input.selfTest === true ? memory.linkTest : null
        const link = { url, kind, endsAt, limitedBy: null, insecure: false, signingKey, test }
        if (test?.outcome === 'failed') return { ...link, recordId: null }
        if (input.copy) memory.clipboard = url
        memory.links.unshift(record)
        return { ...link, recordId: record.id }
      }),
    createUploadRequest: (input) =>
      answer('createUploadRequest', input, () => {
        const { profileId, bucket } = input
        const key = `${input.prefix}${input.name}`
        const endsAt = new Date(Date.now() + input.expiresInSeconds * 1000).toISOString()
        memory.links.unshift(linkRecord({ id: id('link'), profileId, bucket, key, kind: 'upload', endsAt }))
        return {
          url: `https://${bucket}.s3.amazonaws.com/${key}?X-Amz-Expires=${input.expiresInSeconds}`,
          key,
          headers: [
            { name: 'Content-Type', value: input.type ?? 'image/jpeg' },
            ...(input.mustNotReplace ? [{ name: 'If-None-Match', value: '*' }] : []),
          ],
          endsAt,
          limitedBy: null,
          insecure: false,
          exists: 'no',
          overwriteGuard: input.mustNotReplace ? 'by-service' : null,
        }
      }),
    listLinks: (input) =>
      answer('listLinks', input, () => {
        const found = memory.links.filter(
          ({ key, bucket, note, signingKey }) =>
            (input.bucket === null || bucket === input.bucket) &&
            (input.signingKeyId === null || signingKey?.id === input.signingKeyId) &&
            `${key} ${bucket} ${note}`.toLowerCase().includes(input.search.toLowerCase()),
        )
        const live = found.filter(isLive)
        const links = [...live, ...(input.includeEnded ? found.filter((each) => !isLive(each)) : [])]
        const signed = memory.links.filter((each) => each.signingKey !== null && isLive(each))
        return {
          links,
          total: links.length,
          live: live.length,
          buckets: [...new Set(memory.links.map(({ bucket }) => bucket))].toSorted(),
          signingKeys:
            signed.length === 0
              ? []
              : [{ key: sampleKey, live: signed.length, lastEndsAt: signed[0]?.endsAt ?? '' }],
        }
      }),
    setLinkNote: (input) =>
      answer('setLinkNote', input, () => {
        memory.links = memory.links.map((each) =>
          input.linkIds.includes(each.id) ? { ...each, note: input.note } : each,
        )
        return {}
      }),
  }
}
