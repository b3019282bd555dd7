import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { ObjectRef } from '../../src-preload/contract/call.ts'
import type { Destination } from '../../src-preload/contract/destination.ts'
import type { LinkFormat } from '../../src-preload/contract/naming.ts'
import type { Stores } from '../stores/create-stores.ts'
import { checkId } from '../stores/check-store.ts'
import { destinationOfKey } from '../stores/destination-store.ts'
import { defaultVisibility } from '../stores/upload-rules.ts'
import { formatCount } from '../text/format.ts'
import { announceDone } from './announce.ts'
import type { LinkCommands } from './link-commands.ts'

interface MediaParts {
  readonly stores: Pick<Stores, 'app' | 'checks' | 'destinations' | 'uploads'>
  readonly fail: (error: AppError | null) => boolean
  /** The objects behind keys of the pane in front; without keys, the selected ones. */
  readonly refs: (keys?: readonly string[]) => readonly ObjectRef[]
  readonly handOutLinks: LinkCommands['handOutLinks']
}

/** What a media destination adds to the commands on objects. */
export function createMediaCommands({ stores, fail, refs, handOutLinks }: MediaParts) {
  const { app, checks, destinations, uploads } = stores
  return {
    /** Links of the kind that a destination gives out, in a format. */
    copyFormatted: async (destination: Destination, format: LinkFormat, keys?: readonly string[]) => {
      const kind = destination.visibility === 'public' ? 'public' : 'presigned'
      await handOutLinks(refs(keys), { kind, expiresInSeconds: destination.linkExpirySeconds, format })
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
