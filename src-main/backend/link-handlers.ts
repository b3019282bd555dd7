import { formatLinks } from '../../src-preload/contract/format-links.ts'
import { failure } from '../../src-preload/contract/failure.ts'
import { mailtoUrl } from '../../src-preload/contract/mailto.ts'
import { type CloudFrontSigner, createLink, earliestEnd } from '../links/create-link.ts'
import { createUploadRequest } from '../links/create-upload-request.ts'
import { serviceName } from '../links/fold-links.ts'
import type { LinkLedger } from '../links/ledger.ts'
import { findArrivals } from '../links/find-arrivals.ts'
import { testLink } from '../links/test-link.ts'
import { inParallel } from '../s3/in-parallel.ts'
import type { BackendParts } from './backend-parts.ts'
import type { HandlersOf } from './call.ts'
import { checkBaseUrl } from './destination-handlers.ts'
import type { Sessions } from './sessions.ts'

/** Links to objects: made, put on the clipboard, and remembered without their signature (S41). */
export function linkHandlers(
  sessions: Sessions,
  ledger: LinkLedger,
  { clipboard, openMail }: Pick<BackendParts, 'clipboard' | 'openMail'>,
  signerFor: (keyPairId: string | null) => CloudFrontSigner | null = () => null,
): HandlersOf<
  | 'createLink'
  | 'copyLinks'
  | 'listLinks'
  | 'setLinkNote'
  | 'createUploadRequest'
  | 'listArrivals'
  | 'copyText'
  | 'composeMail'
> {
  return {
    async createLink({
      profileId,
      bucket,
      key,
      kind,
      expiresInSeconds,
      downloadAs,
      baseUrl,
      servedPrefix,
      keyPairId = null,
      copy,
      note = '',
      selfTest = false,
    }) {
      checkBaseUrl(baseUrl)
      const session = await sessions.open(profileId)
      const link = await createLink(session, {
        bucket,
        key,
        kind,
        expiresInSeconds,
        downloadAs,
        baseUrl,
        servedPrefix,
        cloudFront: signerFor(keyPairId),
      })
      const test = selfTest ? await testLink(link, { findProxy: session.findProxy }) : null
      if (test?.outcome === 'failed') return { ...link, test, recordId: null }
      if (copy) {
        if (clipboard === null) throw failure('not-supported', 'There is no clipboard here.')
        await clipboard.writeText(link.url)
      }
      const records = await ledger.add([
        {
          profileId,
          service: serviceName(session),
          bucket,
          key,
          kind: link.kind,
          note,
          endsAt: link.endsAt,
          signingKey: link.signingKey,
        },
      ])
      return { ...link, test, recordId: records?.[0]?.id ?? null }
    },
    async copyLinks({
      profileId,
      bucket,
      kind,
      expiresInSeconds,
      links,
      format,
      note = '',
      selfTest = false,
    }) {
      for (const { baseUrl } of links) checkBaseUrl(baseUrl)
      if (clipboard === null) throw failure('not-supported', 'There is no clipboard here.')
      const session = await sessions.open(profileId)
      const make = ({ key, baseUrl, servedPrefix, keyPairId = null }: (typeof links)[number]) =>
        createLink(session, {
          bucket,
          key,
          kind,
          expiresInSeconds,
          downloadAs: null,
          baseUrl,
          servedPrefix,
          cloudFront: signerFor(keyPairId),
        })
      const made = [await make(links[0]!)]
      const test = selfTest ? await testLink(made[0]!, { findProxy: session.findProxy }) : null
      if (test?.outcome === 'failed')
        return { first: { ...made[0]!, test, recordId: null }, count: 0, endsAt: null, recordIds: [] }
      await inParallel(links.slice(1), 16, async (wanted, index) => {
        made[index + 1] = await make(wanted)
      })
      const text = formatLinks(
        made.map(({ url }, index) => {
          const { key, pixels = null } = links[index]!
          return { url, name: key.slice(key.lastIndexOf('/') + 1), pixels }
        }),
        format,
      )
      await clipboard.writeText(text)
      // Only now are they handed out, all of them.
      const service = serviceName(session)
      const records = await ledger.add(
        made.map((link, index) => ({
          profileId,
          service,
          bucket,
          key: links[index]!.key,
          kind: link.kind,
          note,
          endsAt: link.endsAt,
          signingKey: link.signingKey,
        })),
      )
      return {
        first: { ...made[0]!, test, recordId: records?.[0]?.id ?? null },
        count: made.length,
        endsAt: earliestEnd(made),
        recordIds: records?.map(({ id }) => id) ?? [],
      }
    },
    listLinks: (filter) => ledger.list(filter),
    async setLinkNote({ linkIds, note }) {
      await ledger.setNote(linkIds, note)
      return {}
    },
    async createUploadRequest({ profileId, ...wanted }) {
      const session = await sessions.open(profileId)
      const { signingKey, ...request } = await createUploadRequest(session, wanted)
      const { bucket } = wanted
      const { key, endsAt, size } = request
      const service = serviceName(session)
      const records = await ledger.add([
        { profileId, service, bucket, key, kind: 'upload', note: '', endsAt, signingKey, size },
      ])
      return { ...request, recordId: records?.[0]?.id ?? null }
    },
    async listArrivals({ profileId }) {
      const session = await sessions.open(profileId)
      const links = await ledger.sizedUploads({ profileId, service: serviceName(session) }, 100)
      return findArrivals(session, links)
    },
    async copyText({ text }) {
      if (clipboard === null) throw failure('not-supported', 'There is no clipboard here.')
      await clipboard.writeText(text)
      return {}
    },
    async composeMail({ subject, body }) {
      if (openMail === undefined)
        throw failure('not-supported', 'There is no mail program to open from here.')
      await openMail(mailtoUrl(subject, body))
      return {}
    },
  }
}
