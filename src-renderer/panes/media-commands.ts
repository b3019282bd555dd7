import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { ObjectRef } from '../../src-preload/contract/api.ts'
import type { Destination } from '../../src-preload/contract/destination.ts'
import type { LinkFormat } from '../../src-preload/contract/naming.ts'
import type { Stores } from '../stores/create-stores.ts'
import { checkId } from '../stores/check-store.ts'
import { destinationOfKey } from '../stores/destination-store.ts'
import { defaultVisibility } from '../stores/upload-store.ts'
import { formatCount } from '../text/format.ts'
import { copiedLinkText } from '../text/link-text.ts'
import { announceDone } from './announce.ts'

interface MediaParts {
  readonly stores: Pick<Stores, 'app' | 'checks' | 'destinations' | 'links' | 'uploads'>
  readonly fail: (error: AppError | null) => boolean
  /** The objects behind keys of the pane in front; without keys, the selected ones. */
  readonly refs: (keys?: readonly string[]) => readonly ObjectRef[]
}

/** What a media destination adds to the commands on objects. */
export function createMediaCommands({ stores, fail, refs }: MediaParts) {
  const { app, checks, destinations, links, uploads } = stores
  return {
    /** Links of the kind that a destination gives out, in a format. */
    copyFormatted: async (destination: Destination, format: LinkFormat, keys?: readonly string[]) => {
      const wanted = refs(keys)
      if (wanted.length === 0) return
      const kind = destination.visibility === 'public' ? 'public' : 'presigned'
      const all = destinations.getState().destinations
      const expiresInSeconds = destination.linkExpirySeconds
      const result = await links.getState().copy(wanted, { kind, expiresInSeconds, format }, all)
      if (result.ok) announceDone(copiedLinkText(result.value))
      else fail(result.error)
    },
    /** The keys as a database stores them: relative to the destination, one a line. */
    copyDatabaseValues: async (keys?: readonly string[]) => {
      const wanted = refs(keys)
      if (wanted.length === 0) return
      const all = destinations.getState().destinations
      const values = wanted.map(({ profileId, bucket, key }) =>
        key.slice((destinationOfKey(all, profileId, bucket, key)?.prefix ?? '').length),
      )
      if (fail(await app.getState().copyText(values.join('\n')))) return
      announceDone({
        title: values.length === 1 ? 'Value copied' : `${formatCount(values.length, 'value')} copied`,
        body: 'The name below the destination’s folder, as a FileField of Django stores it.',
      })
    },
    /** Chooses the file that takes the place of an object. */
    replace: async (key: string) => {
      const [ref] = refs([key])
      if (ref === undefined) return
      const { profileId, bucket } = ref
      const destination = destinationOfKey(destinations.getState().destinations, profileId, bucket, key)
      const target = { profileId, bucket, prefix: destination?.prefix ?? '', destination }
      // What is known to be private does not become public by being replaced, nor the other way round.
      const seen = checks.getState().checks[checkId(ref)]?.visibility
      const visibility = seen === 'public' || seen === 'private' ? seen : defaultVisibility(target)
      fail(await uploads.getState().replace(key, target, visibility))
    },
  }
}
