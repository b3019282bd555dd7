import { useEffect, useRef, useState } from 'react'
import type { StaticDestination } from '../../../src-preload/contract/destination.ts'
import type { SyncPlan } from '../../../src-preload/contract/sync-plan.ts'
import { needsBucketName } from '../../../src-preload/contract/told-opens.ts'
import { BecomesPublic } from '../../components/becomes-public.tsx'
import { BucketNameField } from '../../components/bucket-name-field.tsx'
import { Button } from '../../components/button.tsx'
import { NameList } from '../../components/name-list.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { formatCount } from '../../text/format.ts'
import { applyText, confirmSyncText, syncOpensText } from '../../text/sync-text.ts'
import { useWindow } from '../window-context.ts'

interface ConfirmSyncDialogProps {
  destination: StaticDestination
  plan: SyncPlan
  onClose: () => void
  onConfirm: () => void
}

/** More deletions than this, a whole bucket or what is not ours need the bucket's name typed (S46, S48). */
const typedFrom = 10

/** The second step before a sync removes anything or makes public what is there: names and counts it (S44, S46). */
export function ConfirmSyncDialog({ destination, plan, onClose, onConfirm }: ConfirmSyncDialogProps) {
  const [typed, setTyped] = useState('')
  const safe = useRef<HTMLButtonElement>(null)
  const { foreignDeletes, opens } = plan
  const { delete: deletes } = plan.counts
  const isLargeRemoval = deletes > 0 && (deletes > typedFrom || plan.prefix === '' || foreignDeletes > 0)
  const needsName = isLargeRemoval || needsBucketName(opens)
  return (
    <Dialog
      title={confirmSyncText(plan)}
      description={
        deletes > 0
          ? 'What is removed is not in the folder on this computer. Pages that use it stop finding it.'
          : `${opens.objects === 1 ? 'It is' : 'They are'} in the bucket already, and private as far as Pail knows.`
      }
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
            {applyText(plan)}
          </Button>
        </>
      }
    >
      {deletes > 0 ? <Removed destinationId={destination.id} plan={plan} /> : null}
      {opens.objects > 0 ? (
        <BecomesPublic title={syncOpensText(opens.objects)} bucket={plan.bucket} opens={opens} />
      ) : null}
      {needsName ? <BucketNameField bucket={plan.bucket} typed={typed} onTyped={setTyped} /> : null}
    </Dialog>
  )
}

/** What goes, and how much of it is not ours. */
function Removed({ destinationId, plan }: { destinationId: string; plan: SyncPlan }) {
  const { stores } = useWindow()
  const [keys, setKeys] = useState<readonly string[]>([])
  const { foreignDeletes } = plan
  const { delete: deletes } = plan.counts

  useEffect(() => {
    void stores.sync.getState().listDeletes(destinationId).then(setKeys)
  }, [stores, destinationId])

  return (
    <>
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
    </>
  )
}
