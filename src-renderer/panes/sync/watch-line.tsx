import { Eye, TriangleAlert } from 'lucide-react'
import { useRef, useState } from 'react'
import type { StaticDestination } from '../../../src-preload/contract/destination.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TimeText } from '../../components/time-text.tsx'
import type { SyncForm } from '../../stores/sync-form.ts'
import { syncFormProblems, syncOptionsOf } from '../../stores/sync-form.ts'
import { watchOf } from '../../stores/watch-store.ts'
import { visibleName } from '../../text/visible-name.ts'
import { watchCountsText, watchStateText } from '../../text/watch-text.ts'
import { useFrom, useWindow } from '../window-context.ts'

interface WatchSwitchProps {
  destination: StaticDestination
  form: SyncForm
  /** Keeps the options with the destination, and answers it as it is then; null when that failed. */
  remember: (form: SyncForm) => Promise<StaticDestination | null>
}

/** Starts to publish the folder whenever it changes, after saying what that means. */
export function WatchSwitch({ destination, form, remember }: WatchSwitchProps) {
  const { stores, commands } = useWindow()
  const [asking, setAsking] = useState(false)
  const safe = useRef<HTMLButtonElement>(null)
  const watch = useFrom(
    (all) => all.watches,
    (state) => watchOf(state, destination),
  )
  if (watch !== null && watch.state !== 'stopped') return null
  const isWrong = Object.keys(syncFormProblems(form)).length > 0
  const start = async () => {
    setAsking(false)
    const kept = await remember(form)
    if (kept === null) return
    // What others put there, and more than the usual number, is removed by hand only.
    const options = { ...syncOptionsOf(form, kept), removeForeign: false, maxDelete: null }
    commands.fail(await stores.watches.getState().start(kept, options, options.removeRemoteOnly))
  }
  return (
    <>
      <Button icon={Eye} disabled={destination.folderId === null || isWrong} onClick={() => setAsking(true)}>
        Watch
      </Button>
      {asking ? (
        <Dialog
          title={`Publish ${destination.folder === null ? 'the folder' : visibleName(destination.folder.name)} whenever it changes?`}
          description="Until you stop it or close Pail, every change in the folder goes to the bucket at once, without a plan to look at. The command before a sync is not run."
          width="narrow"
          initialFocus={safe}
          onClose={() => setAsking(false)}
          footer={
            <>
              <Button ref={safe} onClick={() => setAsking(false)}>
                Cancel
              </Button>
              <Button kind={form.removeRemoteOnly ? 'danger' : 'primary'} onClick={() => void start()}>
                {form.removeRemoteOnly ? 'Watch, and remove too' : 'Start watching'}
              </Button>
            </>
          }
        >
          {form.removeRemoteOnly ? (
            <p>
              Files that go away in the folder are removed from {destination.bucket}/{destination.prefix} too:
              at most 50 objects, or a tenth of them, at a time.
            </p>
          ) : (
            <p>Nothing is removed from the bucket.</p>
          )}
        </Dialog>
      ) : null}
    </>
  )
}

/** What the watch of a destination is doing. */
export function WatchLine({ destination }: { destination: StaticDestination }) {
  const { stores, commands } = useWindow()
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
      {watch.state === 'stopped' ? null : (
        <Button onClick={() => void stores.watches.getState().stop(watch.watchId).then(commands.fail)}>
          Stop watching
        </Button>
      )}
    </section>
  )
}
