import { Note } from '../../components/note.tsx'
import { destinationOfKey } from '../../stores/destination-store.ts'
import { useFrom, useWindow } from '../window-context.ts'

/** What becomes public is not uploaded anew: where uploads lose their location, that is said of what keeps it. */
export function MetadataNote({ bucket, keys }: { bucket: string; keys: readonly string[] }) {
  const { stores } = useWindow()
  const destinations = useFrom(
    (all) => all.destinations,
    (state) => state.destinations,
  )
  const profileId = stores.profiles.getState().selectedId ?? ''
  const strips = keys.some((key) => {
    const destination = destinationOfKey(destinations, profileId, bucket, key)
    return destination?.kind === 'media' && destination.stripMetadata === true
  })
  if (!strips) return null
  return (
    <Note kind="warning" title="Pictures become public as they are">
      Location and other metadata are removed from pictures that are uploaded as public, not from those that
      are there already. Upload a picture anew to have them removed.
    </Note>
  )
}
