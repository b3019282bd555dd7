import { useEffect, useRef, useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { StaticDestination } from '../../../src-preload/contract/destination.ts'
import type { Release } from '../../../src-preload/contract/release.ts'
import { needsBucketName } from '../../../src-preload/contract/told-opens.ts'
import type { UndoPlan } from '../../../src-preload/contract/undo.ts'
import { unrecordedUndo } from '../../../src-preload/contract/unrecorded-sync.ts'
import { BecomesPublic } from '../../components/becomes-public.tsx'
import { BucketNameField } from '../../components/bucket-name-field.tsx'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { NameList } from '../../components/name-list.tsx'
import { Note } from '../../components/note.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { formatDateTime } from '../../text/format.ts'
import {
  undoActionText,
  undoCountsText,
  undoOpensText,
  undoOutcomeText,
  undoReasonText,
} from '../../text/undo-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { announceDone } from '../announce.ts'
import { ErrorHere } from '../error-here.tsx'
import { useWindow } from '../window-context.ts'

interface UndoDialogProps {
  destination: StaticDestination
  release: Release
  onClose: () => void
}

/** The way back from a sync: what it would bring back and remove, and only then doing it. */
export function UndoDialog({ destination, release, onClose }: UndoDialogProps) {
  const { stores } = useWindow()
  const [plan, setPlan] = useState<UndoPlan | null>(null)
  const [error, setError] = useState<AppError | null>(null)
  const [busy, setBusy] = useState(false)
  const [typed, setTyped] = useState('')
  const safe = useRef<HTMLButtonElement>(null)

  useEffect(() => {
    let wanted = true
    void stores.history
      .getState()
      .planUndo(destination, release.id)
      .then((result) => {
        if (!wanted) return
        if (result.ok) setPlan(result.value)
        else setError(result.error)
      })
    return () => {
      wanted = false
    }
  }, [stores, destination, release.id])

  const opens = plan?.opens.objects ?? 0
  const needsName = plan !== null && needsBucketName(plan.opens)
  const changes = plan === null ? 0 : plan.counts.restore + plan.counts.restoreHeaders + plan.counts.remove
  const ready = plan !== null && changes > 0 && !busy && (!needsName || typed === plan.bucket)
  const apply = async (planned: UndoPlan) => {
    setBusy(true)
    setError(null)
    const result = await stores.history.getState().applyUndo(destination, planned)
    setBusy(false)
    if (!result.ok) {
      setError(result.error)
      return
    }
    const { failed, removalsWithheld } = result.value
    announceDone({
      title: failed.length === 0 ? 'The sync is undone' : 'The sync is undone in part',
      body: [undoOutcomeText(result.value), removalsWithheld, unrecordedUndo(result.value)]
        .filter((text) => text !== null)
        .join(' '),
    })
    onClose()
  }
  return (
    <Dialog
      title={`Undo the sync of ${formatDateTime(release.startedAt)}?`}
      description="What it replaced or removed comes back, and what it added goes. What somebody has changed since is left alone."
      width="wide"
      initialFocus={safe}
      onClose={onClose}
      trouble={<ErrorHere error={error} />}
      footer={
        <>
          <Button ref={safe} onClick={onClose}>
            Cancel
          </Button>
          <Button
            kind="danger"
            disabled={!ready}
            onClick={() => (plan === null ? undefined : void apply(plan))}
          >
            {opens > 0 ? 'Undo and make public' : 'Undo the sync'}
          </Button>
        </>
      }
    >
      {(plan === null && error === null) || busy ? (
        <>
          <p className="muted">{busy ? 'Undoing' : 'Looking at what is in the bucket now'}</p>
          <ProgressBar label="Undo" fraction={null} />
        </>
      ) : null}
      {plan === null ? null : (
        <>
          <p>
            <strong>{undoCountsText(plan.counts)}</strong>
          </p>
          {plan.warnings.length === 0 ? null : (
            <Note kind="warning">
              <ul>
                {plan.warnings.map((warning) => (
                  <li key={warning}>{visibleName(warning)}</li>
                ))}
              </ul>
            </Note>
          )}
          {opens === 0 ? null : (
            <BecomesPublic title={undoOpensText(opens)} bucket={plan.bucket} opens={plan.opens} />
          )}
          {needsName ? <BucketNameField bucket={plan.bucket} typed={typed} onTyped={setTyped} /> : null}
          <NameList label="What the undo does">
            {plan.rows.slice(0, 200).map((row) => (
              <li key={row.key}>
                {undoActionText(row)}: <VisibleName name={row.key} />{' '}
                <span className="muted">{undoReasonText(row)}</span>
              </li>
            ))}
            {plan.total > 200 ? (
              <li className="muted">and {(plan.total - 200).toLocaleString()} others</li>
            ) : null}
          </NameList>
        </>
      )}
    </Dialog>
  )
}
