import { failure } from '../../src-preload/contract/failure.ts'
import { createLink } from '../links/create-link.ts'
import { createUploadRequest } from '../links/create-upload-request.ts'
import type { LinkLedger } from '../links/ledger.ts'
import type { Clipboard } from './backend-parts.ts'
import type { HandlersOf } from './call.ts'
import { checkBaseUrl } from './destination-handlers.ts'
import type { Sessions } from './sessions.ts'

/** Links to objects: made, put on the clipboard, and remembered without their signature (S41). */
export function linkHandlers(
  sessions: Sessions,
  ledger: LinkLedger,
  clipboard: Clipboard | null,
): HandlersOf<'createLink' | 'listLinks' | 'createUploadRequest' | 'copyText'> {
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
      copy,
    }) {
      checkBaseUrl(baseUrl)
      const link = await createLink(await sessions.open(profileId), {
        bucket,
        key,
        kind,
        expiresInSeconds,
        downloadAs,
        baseUrl,
        servedPrefix,
      })
      if (copy) {
        if (clipboard === null) throw failure('not-supported', 'There is no clipboard here.')
        await clipboard.writeText(link.url)
      }
      await ledger.add({ profileId, bucket, key, kind: link.kind, endsAt: link.endsAt })
      return link
    },
    listLinks: () => ledger.list(),
    async createUploadRequest({ profileId, ...wanted }) {
      const request = await createUploadRequest(await sessions.open(profileId), wanted)
      const { key, endsAt } = request
      await ledger.add({ profileId, bucket: wanted.bucket, key, kind: 'upload', endsAt })
      return request
    },
    async copyText({ text }) {
      if (clipboard === null) throw failure('not-supported', 'There is no clipboard here.')
      await clipboard.writeText(text)
      return {}
    },
  }
}
