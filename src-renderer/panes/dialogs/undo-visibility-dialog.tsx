import { useRef, useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { VisibilityUndoPlan } from '../../../src-preload/contract/visibility-plan.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { formatCount } from '../../text/format.ts'
import { ErrorHere } from '../error-here.tsx'
import { useWindow } from '../window-context.ts'
import { needsBucketName, OpensList } from './opens-list.tsx'

interface UndoVisibilityDialogProps {
  plan: VisibilityUndoPlan
  /** The profile that made the change. */
  profileId: string | undefined
  onClose: () => void
}

/**
 * The second step of an undo that makes something public again: names and counts it, and needs the bucket's name typed
 * for more than one object (S44).
 */
export function UndoVisibilityDialog({ plan, profileId, onClose }: UndoVisibilityDialogProps) {
  const { commands } = useWindow()
  const [error, setError] = useState<AppError | null>(null)
  const [busy, setBusy] = useState(false)
  const [typed, setTyped] = useState('')
  const safe = useRef<HTMLButtonElement>(null)
  const { bucket, objects, more, switches = [] } = plan
  const isWhole = switches.length > 0
  const needsName = needsBucketName(plan)
  const ready = !needsName || typed === bucket
  const count = `${more ? 'at least ' : ''}${formatCount(objects, 'object')}`
  const undo = async () => {
    if (!ready || busy) return
    setBusy(true)
    const failed = await commands.undoVisibilityAsSeen(plan, profileId)
    setBusy(false)
    if (failed === null) onClose()
    else setError(failed)
  }
  return (
    <Dialog
      title={
        isWhole
          ? `Make the whole bucket (${count}) public again?`
          : needsName
            ? `Make ${count} public again?`
            : 'Make this object public again?'
      }
      description={
        isWhole
          ? 'Anybody who has a URL can then read every object in it, also what was put there since the change.'
          : 'Anybody who has the URL can then read it, as before the change. What was replaced since is left alone.'
      }
      {...(needsName ? {} : { initialFocus: safe })}
      onClose={onClose}
      onSubmit={() => void undo()}
      footer={
        <>
          <Button ref={safe} onClick={onClose}>
            Keep it private
          </Button>
          <Button kind="danger" type="submit" disabled={!ready || busy}>
            {busy ? 'Changing…' : 'Make public again'}
          </Button>
        </>
      }
    >
      <OpensList bucket={bucket} opens={plan} switches={switches} />
      {needsName ? (
        <TextField
          label="Type the bucket name to confirm"
          value={typed}
          onValue={setTyped}
          placeholder={bucket}
        />
      ) : null}
      <ErrorHere error={error} />
    </Dialog>
  )
}
