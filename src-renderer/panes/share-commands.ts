import type { ObjectRef } from '../../src-preload/contract/call.ts'
import { checkId } from '../stores/check-store.ts'
import type { Stores } from '../stores/create-stores.ts'
import { destinationOfKey } from '../stores/destination-store.ts'
import type { UploadTarget } from '../stores/upload-rules.ts'

interface ShareParts {
  readonly stores: Pick<Stores, 'app' | 'checks' | 'destinations' | 'view'>
  readonly refs: (keys?: readonly string[]) => readonly ObjectRef[]
  readonly uploadTarget: (folder?: string) => UploadTarget | null
}

/** Handing something out: a link as a picture or in a letter, and a link to upload to. */
export function createShareCommands({ stores, refs, uploadTarget }: ShareParts) {
  const { app, checks, destinations, view } = stores
  return {
    /** Shows the link of one object, of the kind that works for it: what was seen to be private has one that ends. */
    shareLink: (keys?: readonly string[]) => {
      const [target, ...others] = refs(keys)
      if (target === undefined || others.length > 0) return
      const seen = checks.getState().checks[checkId(target)]?.visibility
      const { profileId, bucket, key } = target
      const destination = destinationOfKey(destinations.getState().destinations, profileId, bucket, key)
      const visibility = seen === 'public' || seen === 'private' ? seen : destination?.visibility
      view.getState().openDialog({
        kind: 'share-link',
        target,
        linkKind: visibility === 'public' ? 'public' : 'presigned',
        expiresInSeconds:
          destination?.linkExpirySeconds ?? app.getState().info?.preferences.linkExpirySeconds ?? 3600,
      })
    },
    /** Asks what an upload by somebody else is to be, here or in a folder. */
    requestUpload: (folder?: string) => {
      const target = uploadTarget(folder)
      if (target !== null) view.getState().openDialog({ kind: 'request-upload', target })
    },
  }
}
