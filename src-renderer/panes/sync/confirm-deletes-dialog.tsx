import { useEffect, useRef, useState } from 'react'
import type { Destination } from '../../../src-preload/contract/destination.ts'
import type { SyncPlan } from '../../../src-preload/contract/sync-plan.ts'
import { Button } from '../../components/button.tsx'
import { NameList } from '../../components/name-list.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { formatCount } from '../../text/format.ts'
import { useWindow } from '../window-context.ts'

interface ConfirmDeletesDialogProps {
  destination: Destination
  plan: SyncPlan
  onClose: () => void
  onConfirm: () => void
}

/** More deletions than this, a whole bucket or what is not ours need the bucket's name typed (S46, S48). */
const typedFrom = 10

/** The second step before a sync removes anything: names and counts it. */
export function ConfirmDeletesDialog({ destination, plan, onClose, onConfirm }: ConfirmDeletesDialogProps) {
  const { stores } = useWindow()
  const [keys, setKeys] = useState<readonly string[]>([])
  const [typed, setTyped] = useState('')
  const safe = useRef<HTMLButtonElement>(null)
  const { delete: deletes } = plan.counts
  const { foreignDeletes } = plan
  const needsName = deletes > typedFrom || plan.prefix === '' || foreignDeletes > 0

  useEffect(() => {
    void stores.sync.getState().listDeletes(destination.id).then(setKeys)
  }, [stores, destination.id])

  return (
    <Dialog
      title={`Remove ${formatCount(deletes, 'object')} from ${plan.bucket}?`}
      description="They are not in the folder on this computer. Pages that use them stop finding them."
      {...(needsName ? {} : { initialFocus: safe })}
      onClose={onClose}
      onSubmit={() => {
        if (!needsName || typed === plan.bucket) onConfirm()
      }}
      footer={
        <>
          <Button ref={safe} onClick={onClose}>
            Cancel
          </Button>
          <Button kind="danger" type="submit" disabled={needsName && typed !== plan.bucket}>
            Apply and remove {deletes.toLocaleString()}
          </Button>
        </>
      }
    >
      <NameList label="What is removed">
        {keys.map((key) => (
          <li key={key}>
            <VisibleName name={key} />
          </li>
        ))}
        {deletes > keys.length && keys.length > 0 ? (
          <li className="muted">and {formatCount(deletes - keys.length, 'other')}</li>
        ) : null}
      </NameList>
      {foreignDeletes > 0 ? (
        <p>
          {formatCount(foreignDeletes, 'object')} of these {foreignDeletes === 1 ? 'was' : 'were'} not put
          there by Pail’s syncs.
        </p>
      ) : null}
      {needsName ? (
        <TextField
          label="Type the bucket name to confirm"
          value={typed}
          onValue={setTyped}
          placeholder={plan.bucket}
        />
      ) : null}
    </Dialog>
  )
}
