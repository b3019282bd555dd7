import { useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { LeftCopy } from '../../../src-preload/contract/revocation.ts'
import { Button } from '../../components/button.tsx'
import { Note } from '../../components/note.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { leftCopyText } from '../../text/link-text.ts'
import { announceDone } from '../announce.ts'
import { ErrorHere } from '../error-here.tsx'
import { useFrom, useWindow } from '../window-context.ts'

/** The copies that moves may have left, each to be removed. */
export function LeftCopies() {
  const copies = useFrom(
    (all) => all.links,
    (state) => state.leftCopies,
  )
  return copies.length === 0 ? null : (
    <div className="pane-aside">
      {copies.map((copy) => (
        <LeftCopyNote key={copy.id} copy={copy} />
      ))}
    </div>
  )
}

function LeftCopyNote({ copy }: { copy: LeftCopy }) {
  const { stores } = useWindow()
  const [error, setError] = useState<AppError | null>(null)
  const [busy, setBusy] = useState(false)
  const { id, bucket, key, newKey } = copy
  const remove = async () => {
    const { profiles, selectedId } = stores.profiles.getState()
    // What the command line moved belongs to no profile: the one in front is tried.
    const own = (profiles ?? []).find((each) => each.id === copy.profileId)
    const profileId = own?.id ?? selectedId
    if (profileId === null) return
    setBusy(true)
    setError(null)
    const result = await stores.links.getState().removeLeftCopy(id, profileId)
    setBusy(false)
    if (result.ok) announceDone(leftCopyText(result.value.outcome, key))
    else setError(result.error)
  }
  return (
    <Note
      kind="warning"
      title="A move may have left a copy"
      actions={
        <Button disabled={busy} onClick={() => void remove()}>
          {busy ? 'Removing…' : 'Remove the copy'}
        </Button>
      }
    >
      <p>
        <VisibleName name={`${bucket}/${newKey}`} /> may be a copy of{' '}
        <VisibleName name={`${bucket}/${key}`} />, which is still there.
      </p>
      <ErrorHere error={error} />
    </Note>
  )
}
