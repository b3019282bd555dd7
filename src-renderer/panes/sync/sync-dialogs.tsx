import { useEffect } from 'react'
import { jobOf } from '../../stores/sync-store.ts'
import type { SyncQuestion } from '../../stores/view-store.ts'
import { useFrom, useWindow } from '../window-context.ts'
import { ConfirmSyncDialog } from './confirm-sync-dialog.tsx'
import { UndoDialog } from './undo-dialog.tsx'
import { WatchDialog } from './watch-line.tsx'

/** The question about a destination's sync, from wherever in the window it was asked. */
export function SyncDialogs() {
  const { stores } = useWindow()
  const question = useFrom(
    (all) => all.view,
    (state) => state.syncQuestion,
  )
  const close = stores.view.getState().closeSyncQuestion
  switch (question?.kind) {
    case 'confirm-sync':
      return <ConfirmQuestion question={question} onClose={close} />
    case 'undo-sync':
      return (
        <UndoDialog
          key={question.release.id}
          destination={question.destination}
          release={question.release}
          onClose={close}
        />
      )
    case 'watch':
      return <WatchDialog destination={question.destination} onClose={close} />
    default:
      return null
  }
}

interface ConfirmQuestionProps {
  readonly question: Extract<SyncQuestion, { kind: 'confirm-sync' }>
  readonly onClose: () => void
}

/** Asks about the plan that there is, and no longer than that. */
function ConfirmQuestion({ question: { destination, plan }, onClose }: ConfirmQuestionProps) {
  const { stores } = useWindow()
  const isThere = useFrom(
    (all) => all.sync,
    (state) => jobOf(state, destination.id).plan?.planId === plan.planId,
  )
  useEffect(() => {
    if (!isThere) onClose()
  }, [isThere, onClose])
  if (!isThere) return null
  return (
    <ConfirmSyncDialog
      destination={destination}
      plan={plan}
      onClose={onClose}
      onConfirm={() => {
        onClose()
        void stores.sync.getState().apply(destination.id)
      }}
    />
  )
}
