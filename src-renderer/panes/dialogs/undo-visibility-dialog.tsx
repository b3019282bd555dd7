import { useRef, useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import { needsBucketName } from '../../../src-preload/contract/told-opens.ts'
import type { VisibilityUndoPlan } from '../../../src-preload/contract/visibility-plan.ts'
import { BucketNameField } from '../../components/bucket-name-field.tsx'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { OpensList } from '../../components/opens-list.tsx'
import { formatCount } from '../../text/format.ts'
import { ErrorHere } from '../error-here.tsx'
import { useWindow } from '../window-context.ts'

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
      trouble={<ErrorHere error={error} />}
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
      <OpensList bucket={bucket} opens={plan} />
      {needsName ? <BucketNameField bucket={bucket} typed={typed} onTyped={setTyped} /> : null}
    </Dialog>
  )
}
