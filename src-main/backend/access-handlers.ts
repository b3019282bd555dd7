import type { ProviderId } from '../../src-preload/contract/provider-presets.ts'
import { reportBucketAccess } from '../visibility/access-report.ts'
import type { HandlersOf } from './call.ts'
import type { Sessions } from './sessions.ts'

/** What public and private can mean in a bucket. `providerOf` answers what a profile says of its service. */
export function accessHandlers(
  sessions: Sessions,
  providerOf: (profileId: string) => ProviderId,
): HandlersOf<'getBucketAccess'> {
  return {
    async getBucketAccess({ profileId, bucket }) {
      return reportBucketAccess(await sessions.open(profileId), { bucket, provider: providerOf(profileId) })
    },
  }
}
