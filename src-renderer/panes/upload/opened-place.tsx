import { Button } from '../../components/button.tsx'
import { Note } from '../../components/note.tsx'
import type { PendingUpload } from '../../stores/upload-store.ts'
import { openedText, openedTitle } from '../../text/upload-text.ts'
import { ErrorHere } from '../error-here.tsx'
import { useFrom, useWindow } from '../window-context.ts'

/** So many other places are offered. */
const mostPlaces = 2

/** What everybody could read though it is to be private, before it is sent; nothing where nothing is known of that. */
export function OpenedPlace({ pending }: { pending: PendingUpload }) {
  const { plan, visibility, error } = pending
  const opened = plan?.opened ?? null
  if (visibility !== 'private' || plan === null || opened === null || isRefused(pending) || error !== null)
    return null
  return (
    <Note kind="warning" title={openedTitle(opened, plan.files)} actions={<WaysOut pending={pending} />}>
      {openedText(opened)}
    </Note>
  )
}

/** What went wrong with an upload; one that was refused because everybody could read it has its ways out beside it. */
export function UploadError({ pending }: { pending: PendingUpload }) {
  return (
    <ErrorHere
      error={pending.error}
      actions={isRefused(pending) ? <WaysOut pending={pending} /> : undefined}
    />
  )
}

function isRefused({ error, visibility }: PendingUpload): boolean {
  return visibility === 'private' && error?.code === 'safety-refused'
}

function WaysOut({ pending }: { pending: PendingUpload }) {
  const { stores } = useWindow()
  const { target, replaceKey, plan } = pending
  const places = useFrom(
    (all) => all.destinations,
    (state) => state.destinations,
  )
  const uploads = stores.uploads.getState()
  const others =
    replaceKey === null && plan?.opened?.isWhole !== true
      ? places.filter(
          (each) =>
            each.profileId === target.profileId &&
            each.bucket === target.bucket &&
            each.visibility === 'private' &&
            each.prefix !== target.prefix,
        )
      : []
  return (
    <>
      {others.slice(0, mostPlaces).map((destination) => (
        <Button
          key={destination.id}
          onClick={() => void uploads.moveTo({ ...target, prefix: destination.prefix, destination })}
        >
          Upload to {destination.name}
        </Button>
      ))}
      <Button onClick={() => void uploads.setVisibility('public')}>Upload as public</Button>
    </>
  )
}
