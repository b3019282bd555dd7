import { type MouseEvent, useEffect, useState } from 'react'
import type { StaticDestination } from '../../../src-preload/contract/destination.ts'
import { Button } from '../../components/button.tsx'
import { focusProblem } from '../../components/focus-problem.ts'
import { Note } from '../../components/note.tsx'
import { PaneHeader } from '../../components/pane-header.tsx'
import { commandOf } from '../../stores/command-store.ts'
import type { SyncForm } from '../../stores/sync-form.ts'
import {
  destinationWith,
  draftOf,
  formWith,
  syncFormProblems,
  syncOptionsOf,
  unkeptOf,
} from '../../stores/sync-form.ts'
import { jobOf, publishedAs } from '../../stores/sync-store.ts'
import { hasChanges, needsConfirmation } from '../../text/sync-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { DestinationActions } from '../destination-actions.tsx'
import { ErrorHere } from '../error-here.tsx'
import { useFrom, useWindow } from '../window-context.ts'
import { CommandView } from './command-view.tsx'
import { ConfirmSyncDialog } from './confirm-sync-dialog.tsx'
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
  const form = formWith(destination, draft)
  const [confirming, setConfirming] = useState(false)
  const sync = stores.sync.getState()
  const setForm = (next: SyncForm) => sync.setDraft(id, draftOf(next, destination))
  const preparing = command.asking || command.run?.state === 'running'

  useEffect(() => {
    void stores.commands.getState().load(id)
  }, [stores, id])

  /** Keeps the options with the destination. Answers it as it is then; null when that failed, and nothing else happens. */
  const remember = async (wanted: SyncForm): Promise<StaticDestination | null> => {
    const input = destinationWith(wanted, destination)
    let kept = destination
    if (input !== null) {
      const result = await stores.destinations.getState().update(id, input)
      if (!result.ok) {
        commands.fail(result.error)
        return null
      }
      if (result.value.kind === 'static') kept = result.value
    }
    sync.setDraft(id, unkeptOf(wanted))
    return kept
  }
  const plan = async (wanted: SyncForm = form) => {
    if (Object.keys(syncFormProblems(wanted)).length > 0) {
      // It may be out of sight, or behind another plan.
      sync.reset(id)
      focusProblem(document)
      return
    }
    const kept = await remember(wanted)
    if (kept === null) return
    if (kept.runBefore == null) stores.commands.getState().dismiss(id)
    else {
      // What the command builds is not in the plan that there is: nobody may apply that meanwhile, or when it fails.
      sync.reset(id)
      if (!(await stores.commands.getState().run(id))) return
    }
    stores.receipts.getState().reset(id)
    await sync.plan(kept, syncOptionsOf(wanted, kept))
  }
  const apply = () => {
    if (job.plan !== null && needsConfirmation(job.plan)) setConfirming(true)
    else void sync.apply(id)
  }
  const planWithoutRemoving = () => {
    const wanted = { ...form, removeRemoteOnly: false, removeForeign: false }
    setForm(wanted)
    void plan(wanted)
  }
  const refused = job.plan !== null && job.plan.deleteRefusal !== null && job.plan.counts.delete > 0
  const isOutdated = job.phase === 'planned' && job.madeFor !== publishedAs(destination)
  const canApply =
    job.phase === 'planned' && job.plan !== null && hasChanges(job.plan.counts) && !refused && !isOutdated
  const isStill = job.phase === 'idle' || job.phase === 'done'

  return (
    <>
      <PaneHeader
        actions={
          <>
            <DestinationActions destination={destination} preset="static" />
            {isStill ? <WatchSwitch destination={destination} form={form} remember={remember} /> : null}
            {job.phase === 'planned' || job.phase === 'done' ? (
              <Button onClick={() => sync.reset(id)}>Options</Button>
            ) : null}
            {job.phase === 'planned' ? <Button onClick={() => void plan()}>Plan again</Button> : null}
          </>
        }
        primary={
          isStill ? (
            <Button
              kind="primary"
              disabled={destination.folderId === null || preparing}
              onClick={() => void plan()}
            >
              Plan sync
            </Button>
          ) : job.phase === 'planned' ? (
            <Button kind="primary" disabled={!canApply} onClick={once(apply)}>
              Apply
            </Button>
          ) : (
            <Button onClick={once(() => void sync.cancel(id).then(commands.fail))}>Stop</Button>
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
          <ErrorHere error={job.error} onRetry={() => void plan()} />
        </div>
      )}
      {isOutdated ? (
        <div className="sync-block">
          <Note kind="warning" title="This plan is out of date">
            The destination has been changed since it was made. Plan again to see what would happen now.
          </Note>
        </div>
      ) : null}
      {command.run === null && command.error === null && !command.asking ? null : (
        <CommandView destination={destination} job={command} onRetry={() => void plan()} />
      )}
      {job.phase === 'idle' ? <SyncHome destination={destination} form={form} onForm={setForm} /> : null}
      {job.phase === 'planning' || job.phase === 'applying' ? <RunningLine job={job} /> : null}
      {job.outcome === null ? null : <SyncResult destination={destination} outcome={job.outcome} />}
      {job.plan !== null && job.phase !== 'done' ? (
        <PlanView destinationId={id} job={job} plan={job.plan} onPlanWithoutRemoving={planWithoutRemoving} />
      ) : null}
      {confirming && job.plan !== null ? (
        <ConfirmSyncDialog
          destination={destination}
          plan={job.plan}
          onClose={() => setConfirming(false)}
          onConfirm={() => {
            setConfirming(false)
            void sync.apply(id)
          }}
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
