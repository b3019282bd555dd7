import { Eye, TriangleAlert } from 'lucide-react'
import { useRef } from 'react'
import type { StaticDestination } from '../../../src-preload/contract/destination.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TimeText } from '../../components/time-text.tsx'
import type { SyncForm } from '../../stores/sync-form.ts'
import { formWith, syncFormProblems } from '../../stores/sync-form.ts'
import { isWatching, watchOf } from '../../stores/watch-store.ts'
import { visibleName } from '../../text/visible-name.ts'
import { watchCountsText, watchStateText } from '../../text/watch-text.ts'
import { useFrom, useWindow } from '../window-context.ts'

/** Offers to publish the folder whenever it changes; the dialog says what that means. */
export function WatchSwitch({ destination, form }: { destination: StaticDestination; form: SyncForm }) {
  const { stores } = useWindow()
  const isWrong = Object.keys(syncFormProblems(form)).length > 0
  return (
    <Button
      icon={Eye}
      disabled={destination.folderId === null || isWrong}
      onClick={() => stores.view.getState().askAboutSync({ kind: 'watch', destination })}
    >
      Watch
    </Button>
  )
}

/** What it means to publish a folder whenever it changes, before that begins. */
export function WatchDialog({
  destination,
  onClose,
}: {
  destination: StaticDestination
  onClose: () => void
}) {
  const { commands } = useWindow()
  const safe = useRef<HTMLButtonElement>(null)
  const removes = useFrom(
    (all) => all.sync,
    ({ drafts }) => formWith(destination, drafts[destination.id]).removeRemoteOnly,
  )
  return (
    <Dialog
      title={`Publish ${destination.folder === null ? 'the folder' : visibleName(destination.folder.name)} whenever it changes?`}
      description="Until you stop it or close Pail, every change in the folder goes to the bucket at once, without a plan to look at. The command before a sync is not run."
      width="narrow"
      initialFocus={safe}
      onClose={onClose}
      footer={
        <>
          <Button ref={safe} onClick={onClose}>
            Cancel
          </Button>
          <Button
            kind={removes ? 'danger' : 'primary'}
            onClick={() => {
              onClose()
              void commands.startWatch(destination)
            }}
          >
            {removes ? 'Watch, and remove too' : 'Start watching'}
          </Button>
        </>
      }
    >
      {removes ? (
        <p>
          Files that go away in the folder are removed from {destination.bucket}/{destination.prefix} too: at
          most 50 objects, or a tenth of them, at a time.
        </p>
      ) : (
        <p>Nothing is removed from the bucket.</p>
      )}
    </Dialog>
  )
}

/** What the watch of a destination is doing. */
export function WatchLine({ destination }: { destination: StaticDestination }) {
  const { commands } = useWindow()
  const watch = useFrom(
    (all) => all.watches,
    (state) => watchOf(state, destination),
  )
  if (watch === null) return null
  const trouble = watch.state === 'paused' || watch.state === 'stopped' || watch.lastError !== null
  const words = watch.message ?? watch.lastError?.message ?? watch.hintsMessage
  return (
    <section className={trouble ? 'watch-line watch-trouble' : 'watch-line'} aria-label="Watch">
      {trouble ? <TriangleAlert size={15} aria-hidden /> : <Eye size={15} aria-hidden />}
      <output className="watch-state">{watchStateText(watch)}</output>
      <span
        // What is wrong is read whole.
        className={trouble ? 'grow muted' : 'grow truncate muted'}
        title={words === null ? undefined : visibleName(words)}
      >
        {words === null ? (
          watch.lastSync === null ? (
            watch.checkedAt === null ? (
              ''
            ) : (
              <>
                Compared <TimeText iso={watch.checkedAt} relative />, nothing to publish so far
              </>
            )
          ) : (
            <>
              Last <TimeText iso={watch.lastSync.at} relative />: {watchCountsText(watch)}
            </>
          )
        ) : (
          visibleName(words)
        )}
      </span>
      {isWatching(watch) ? (
        <Button onClick={() => void commands.stopWatch(watch.watchId)}>Stop watching</Button>
      ) : null}
    </section>
  )
}
