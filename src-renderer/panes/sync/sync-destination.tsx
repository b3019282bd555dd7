import { type MouseEvent, useEffect, useRef } from 'react'
import type { StaticDestination } from '../../../src-preload/contract/destination.ts'
import { Button } from '../../components/button.tsx'
import { useKeptFocus } from '../../components/kept-focus.ts'
import { Note } from '../../components/note.tsx'
import { PaneHeader } from '../../components/pane-header.tsx'
import { commandOf } from '../../stores/command-store.ts'
import type { SyncForm } from '../../stores/sync-form.ts'
import { draftOf, formWith } from '../../stores/sync-form.ts'
import { isOutdated, jobOf } from '../../stores/sync-store.ts'
import { isWatching, watchOf } from '../../stores/watch-store.ts'
import { visibleName } from '../../text/visible-name.ts'
import { DestinationActions } from '../destination-actions.tsx'
import { ErrorHere } from '../error-here.tsx'
import { useFrom, useWindow } from '../window-context.ts'
import { CommandView } from './command-view.tsx'
import { PlanView } from './plan-view.tsx'
import { RunningLine } from './running-line.tsx'
import { SyncHome } from './sync-home.tsx'
import { SyncResult } from './sync-result.tsx'
import { WatchLine, WatchSwitch } from './watch-line.tsx'

/** One static destination: its options and past syncs, the plan, its application, and the result. */
export function SyncDestination({ destination }: { destination: StaticDestination }) {
  const { stores, commands } = useWindow()
  const { id } = destination
  const job = useFrom(
    (all) => all.sync,
    (state) => jobOf(state, id),
  )
  const command = useFrom(
    (all) => all.commands,
    (state) => commandOf(state, id),
  )
  const draft = useFrom(
    (all) => all.sync,
    (state) => state.drafts[id],
  )
  const isWatched = useFrom(
    (all) => all.watches,
    (state) => isWatching(watchOf(state, destination)),
  )
  const form = formWith(destination, draft)
  const sync = stores.sync.getState()
  const setForm = (next: SyncForm) => sync.setDraft(id, draftOf(next, destination))
  const preparing = command.asking || command.run?.state === 'running'

  useEffect(() => {
    void stores.commands.getState().load(id)
  }, [stores, id])

  const plan = () => void commands.planSync(destination)
  const main = useRef<HTMLButtonElement>(null)
  useKeptFocus(main, `${job.phase} ${isWatched} ${command.run?.state}`)
  const isStill = job.phase === 'idle' || job.phase === 'done'

  return (
    <>
      <PaneHeader
        actions={
          <>
            <DestinationActions destination={destination} preset="static" />
            {isStill && !isWatched ? <WatchSwitch destination={destination} form={form} /> : null}
            {job.phase === 'planned' || job.phase === 'done' ? (
              <Button onClick={() => sync.reset(id)}>Options</Button>
            ) : null}
            {job.phase === 'planned' ? <Button onClick={plan}>Plan again</Button> : null}
          </>
        }
        primary={
          isStill ? (
            <Button
              ref={main}
              kind="primary"
              disabled={destination.folderId === null || preparing}
              onClick={plan}
            >
              Plan sync
            </Button>
          ) : job.phase === 'planned' ? (
            <Button
              ref={main}
              kind="primary"
              disabled={!commands.canApply(destination)}
              onClick={once(() => commands.applySync(destination))}
            >
              Apply
            </Button>
          ) : (
            <Button ref={main} onClick={once(() => void commands.stopSync(destination))}>
              Stop
            </Button>
          )
        }
      >
        <h1>{destination.name}</h1>
        <span className="muted truncate">
          {destination.folder === null ? 'No folder' : visibleName(destination.folder.name)} →{' '}
          <bdi>
            {destination.bucket}/{destination.prefix}
          </bdi>
        </span>
      </PaneHeader>
      <WatchLine destination={destination} />
      {job.error === null ? null : (
        <div className="sync-block">
          <ErrorHere error={job.error} onRetry={plan} />
        </div>
      )}
      {isOutdated(job, destination) ? (
        <div className="sync-block">
          <Note kind="warning" title="This plan is out of date">
            The destination has been changed since it was made. Plan again to see what would happen now.
          </Note>
        </div>
      ) : null}
      {command.run === null && command.error === null && !command.asking ? null : (
        <CommandView destination={destination} job={command} onRetry={plan} />
      )}
      {job.phase === 'idle' ? <SyncHome destination={destination} form={form} onForm={setForm} /> : null}
      {job.phase === 'planning' || job.phase === 'applying' ? <RunningLine job={job} /> : null}
      {job.outcome === null ? null : <SyncResult destination={destination} outcome={job.outcome} />}
      {job.plan !== null && job.phase !== 'done' ? (
        <PlanView
          destinationId={id}
          job={job}
          plan={job.plan}
          onPlanWithoutRemoving={() => void commands.planWithoutRemoving(destination)}
        />
      ) : null}
    </>
  )
}

/** Each button takes the place of the one before: the second half of a double click is not meant for it. */
function once(act: () => void): (event: MouseEvent) => void {
  return ({ detail }) => {
    if (detail < 2) act()
  }
}
