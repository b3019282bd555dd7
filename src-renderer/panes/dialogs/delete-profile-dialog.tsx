import { useRef, useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { formatCount } from '../../text/format.ts'
import { ErrorHere } from '../error-here.tsx'
import { useFrom, useWindow } from '../window-context.ts'

/** Forgets a profile, its destinations and its keys; nothing in the buckets is touched. */
export function DeleteProfileDialog({ profileId, onClose }: { profileId: string; onClose: () => void }) {
  const { stores } = useWindow()
  const profile = useFrom(
    (all) => all.profiles,
    (state) => state.profiles?.find((each) => each.id === profileId) ?? null,
  )
  const destinations = useFrom(
    (all) => all.destinations,
    (state) => state.destinations.filter((each) => each.profileId === profileId).length,
  )
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<AppError | null>(null)
  const safe = useRef<HTMLButtonElement>(null)
  const remove = async () => {
    setBusy(true)
    const failure = await stores.profiles.getState().remove(profileId)
    setBusy(false)
    if (failure !== null) {
      setError(failure)
      return
    }
    void stores.destinations.getState().load()
    onClose()
  }
  return (
    <Dialog
      title={`Delete the profile ${profile?.name ?? ''}?`}
      width="narrow"
      initialFocus={safe}
      onClose={onClose}
      trouble={<ErrorHere error={error} />}
      footer={
        <>
          <Button ref={safe} onClick={onClose}>
            Cancel
          </Button>
          <Button kind="danger" disabled={busy} onClick={() => void remove()}>
            Delete profile
          </Button>
        </>
      }
    >
      <p>
        Pail forgets its settings{destinations > 0 ? `, ${formatCount(destinations, 'destination')}` : ''} and
        its keys in the keychain. Nothing in the buckets changes.
      </p>
    </Dialog>
  )
}
