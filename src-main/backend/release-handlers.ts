import { listReleaseRecords, releaseDirectory } from '../releases/release-store.ts'
import type { HandlersOf } from './call.ts'
import { normalisedPrefix } from './destination-handlers.ts'
import type { Sessions } from './sessions.ts'

/** The history of syncs. */
export function releaseHandlers(sessions: Sessions, releasesDirectory: string): HandlersOf<'listReleases'> {
  return {
    async listReleases({ profileId, bucket, prefix }) {
      const place = { bucket, prefix: normalisedPrefix(prefix) }
      const directory = releaseDirectory(releasesDirectory, await sessions.open(profileId), place)
      return (await listReleaseRecords(directory)).slice(0, 100)
    },
  }
}
