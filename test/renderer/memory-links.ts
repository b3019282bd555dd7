import type { Api, InputOf } from '../../src-preload/contract/api.ts'
import { formatLinks } from '../../src-preload/contract/format-links.ts'
import type { LinkRecord } from '../../src-preload/contract/presigned-url.ts'
import { Failure } from '../../src-preload/contract/failure.ts'
import type { Answer } from './memory-answer.ts'
import { appError, type Memory } from './memory-api.ts'

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
    size: null,
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
): Pick<
  Api<File>,
  | 'createLink'
  | 'copyLinks'
  | 'createUploadRequest'
  | 'listArrivals'
  | 'listLeftCopies'
  | 'removeLeftCopy'
  | 'listLinks'
  | 'setLinkNote'
  | 'planRevocation'
  | 'applyRevocation'
> {
  const planned = new Map<string, { readonly bucket: string; readonly key: string }>()
  const linksTo = ({ bucket, key }: { readonly bucket: string; readonly key: string }) =>
    memory.links.filter((each) => each.bucket === bucket && each.key === key)
  const linkTo = (
    { profileId, bucket, kind, expiresInSeconds, note = '' }: InputOf<'copyLinks'>,
    { key, baseUrl }: { readonly key: string; readonly baseUrl: string | null },
  ) => {
    const url =
      kind === 'public'
        ? `${baseUrl ?? `https://${bucket}.s3.amazonaws.com`}/${key}`
        : `https://${bucket}.s3.amazonaws.com/${key}?X-Amz-Expires=${expiresInSeconds}`
    const endsAt = kind === 'public' ? null : new Date(Date.now() + expiresInSeconds * 1000).toISOString()
    const record = linkRecord({ id: id('link'), profileId, bucket, key, endsAt, note })
    const { signingKey } = record
    return { record, link: { url, kind, endsAt, limitedBy: null, insecure: false, signingKey } }
  }
  return {
    createLink: ({ copy, ...input }) =>
      answer('createLink', input, () => {
        const { record, link } = linkTo({ ...input, links: [], format: 'url' }, input)
        const test = input.selfTest === true ? memory.linkTest : null
        if (test?.outcome === 'failed') return { ...link, test, recordId: null }
        if (copy) memory.clipboard = link.url
        memory.links.unshift(record)
        return { ...link, test, recordId: record.id }
      }),
    copyLinks: (input) =>
      answer('copyLinks', input, () => {
        const made = input.links.map((wanted) => linkTo(input, wanted))
        memory.whileCopying(input.planId ?? '')
        const tests = input.links.map(({ key }) =>
          input.selfTest === true ? (memory.linkTests.get(key) ?? memory.linkTest) : null,
        )
        const first = { ...made[0]!.link, test: tests[0] ?? null }
        const dead = tests.flatMap((test, index) =>
          test?.outcome === 'failed' && test.problem !== null
            ? [{ key: input.links[index]!.key, ...test.problem }]
            : [],
        )
        const untested = null
        if (dead.length > 0)
          return {
            first: { ...first, recordId: null },
            dead,
            untested,
            count: 0,
            endsAt: null,
            recordIds: [],
          }
        memory.clipboard = formatLinks(
          made.map(({ link: { url } }, index) => {
            const { key, pixels = null } = input.links[index]!
            return { url, name: key.slice(key.lastIndexOf('/') + 1), pixels }
          }),
          input.format,
        )
        const recordIds = made.map(({ record }) => record.id)
        for (const { record } of made) memory.links.unshift(record)
        return {
          first: { ...first, recordId: recordIds[0]! },
          dead,
          untested,
          count: made.length,
          endsAt: first.endsAt,
          recordIds,
        }
      }),
    createUploadRequest: (input) =>
      answer('createUploadRequest', input, () => {
        const { profileId, bucket } = input
        const key = `${input.prefix}${input.name}`
        const endsAt = new Date(Date.now() + input.expiresInSeconds * 1000).toISOString()
        const record = linkRecord({ id: id('link'), profileId, bucket, key, kind: 'upload', endsAt })
        memory.links.unshift(record)
        return {
          url: `https://${bucket}.s3.amazonaws.com/${key}?X-Amz-Expires=${input.expiresInSeconds}`,
          key,
          headers: [
            { name: 'Content-Type', value: input.type ?? 'image/jpeg' },
            ...(input.mustNotReplace ? [{ name: 'If-None-Match', value: '*' }] : []),
          ],
          size: input.size ?? null,
          endsAt,
          limitedBy: null,
          insecure: false,
          exists: 'no',
          overwriteGuard: input.mustNotReplace ? 'by-service' : null,
          recordId: record.id,
        }
      }),
    listArrivals: (input) => answer('listArrivals', input, () => []),
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
    planRevocation: (input) =>
      answer('planRevocation', input, () => {
        const { bucket, key } = input
        const live = linksTo(input).filter(isLive)
        planned.set(`plan-${planned.size + 1}`, { bucket, key })
        return {
          planId: `plan-${planned.size}`,
          bucket,
          key,
          newKey: key.replace(/(\.[^.]*)?$/, '_Ab3dE5f$1'),
          sizeBytes: 48_213,
          links: live.length,
          lastEndsAt: live.flatMap(({ endsAt }) => endsAt ?? []).at(0) ?? null,
          uploadLinks: 0,
          versioned: 'no',
          visibility: {
            visibility: 'private',
            checkedAt: new Date().toISOString(),
            status: 403,
            url: `https://${bucket}.s3.amazonaws.com/${key}`,
          },
          consequences: [
            'Every link to this key ends at once, whoever made it and wherever: one link alone cannot be ended.',
            'Pages, databases and programs that know the object by its key do not find it any more.',
            'What was downloaded already stays where it is.',
          ],
        }
      }),
    applyRevocation: (input) =>
      answer('applyRevocation', input, () => {
        const place = planned.get(input.planId)
        if (place === undefined) throw new Failure(appError('not-found'))
        const { bucket, key } = place
        const { newKey } = input
        const revokedAt = new Date().toISOString()
        const dying = new Set(linksTo(place).filter(isLive))
        memory.links = memory.links.map((each) =>
          dying.has(each) ? { ...each, revokedAt, movedTo: newKey } : each,
        )
        const objects = memory.objects.get(bucket) ?? []
        for (const object of objects) if (object.key === key) Object.assign(object, { key: newKey })
        return {
          bucket,
          key,
          newKey,
          revokedAt,
          links: dying.size,
          oldLink: {
            outcome: 'failed',
            status: 404,
            problem: { code: 'no-such-key', message: 'The object does not exist (any more).' },
          },
          oldUrl: { visibility: 'unknown', checkedAt: revokedAt, status: 404, url: `https://x/${key}` },
        }
      }),
    listLeftCopies: (input) => answer('listLeftCopies', input, () => [...memory.leftCopies]),
    removeLeftCopy: (input) =>
      answer('removeLeftCopy', input, () => {
        memory.leftCopies = memory.leftCopies.filter(({ id: each }) => each !== input.id)
        return { outcome: 'removed' }
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
