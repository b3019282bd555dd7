import { normalisedPrefix } from '../../src-preload/contract/destination-overlap.ts'
import { Failure } from '../../src-preload/contract/failure.ts'
import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import { reportBucketAccess } from '../visibility/access-report.ts'
import type { HandlersOf } from './call.ts'
import type { FindOpeningBelow } from './policy-reader.ts'
import type { Sessions } from './sessions.ts'

/** What public and private can mean in a bucket. `providerOf` answers what a profile says of its service. */
export function accessHandlers(
  sessions: Sessions,
  providerOf: (profileId: string) => ProviderId,
  openingBelowOf: (profileId: string) => FindOpeningBelow,
): HandlersOf<'getBucketAccess' | 'findPlaceOpening'> {
  return {
    async getBucketAccess({ profileId, bucket }) {
      return reportBucketAccess(await sessions.open(profileId), { bucket, provider: providerOf(profileId) })
    },
    async findPlaceOpening({ profileId, bucket, prefix }) {
      try {
        return { opening: await openingBelowOf(profileId)(bucket, normalisedPrefix(prefix)) }
      } catch (error) {
        // Without keys, or of a bucket that is not there yet, nothing is known.
        if (error instanceof Failure) return {}
        throw error
      }
    },
  }
}
