import { jobOf } from '../../stores/sync-store.ts'
import { useFrom, useWindow } from '../window-context.ts'
import { ConfirmSyncDialog } from './confirm-sync-dialog.tsx'
import { UndoDialog } from './undo-dialog.tsx'
import { WatchDialog } from './watch-line.tsx'

/** The questions of a destination's sync, from wherever in the window they were asked. */
export function SyncDialogs() {
  const { stores } = useWindow()
  const dialog = useFrom(
    (all) => all.view,
    (state) => state.dialog,
  )
  const plannedId = useFrom(
    (all) => all.sync,
    (state) =>
      dialog?.kind === 'confirm-sync' ? (jobOf(state, dialog.destination.id).plan?.planId ?? null) : null,
  )
  const close = stores.view.getState().closeDialog
  switch (dialog?.kind) {
    case 'confirm-sync': {
      const { destination, plan } = dialog
      // What was asked about is there no longer.
      if (plannedId !== plan.planId) return null
      return (
        <ConfirmSyncDialog
          destination={destination}
          plan={plan}
          onClose={close}
          onConfirm={() => {
            close()
            void stores.sync.getState().apply(destination.id)
          }}
        />
      )
    }
    case 'undo-sync':
      return <UndoDialog destination={dialog.destination} release={dialog.release} onClose={close} />
    case 'watch':
      return <WatchDialog destination={dialog.destination} onClose={close} />
    default:
      return null
  }
}
