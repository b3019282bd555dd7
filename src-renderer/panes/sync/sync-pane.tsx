import { FolderOpen, FolderSync, Pencil } from 'lucide-react'
import { useState } from 'react'
import type { Destination } from '../../../src-preload/contract/destination.ts'
import { recommendedRules } from '../../../src-preload/contract/recommended-rules.ts'
import type { SyncOptions } from '../../../src-preload/contract/sync-plan.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { PaneHeader } from '../../components/pane-header.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { defaultCacheControl, patternsOf } from '../../stores/destination-form.ts'
import type { SyncJob } from '../../stores/sync-store.ts'
import { jobOf } from '../../stores/sync-store.ts'
import { formatBytes, formatTimeLeft } from '../../text/format.ts'
import { hasChanges } from '../../text/sync-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { ErrorHere } from '../error-here.tsx'
import { useFrom, useWindow } from '../window-context.ts'
import { ConfirmDeletesDialog } from './confirm-deletes-dialog.tsx'
import { PlanView } from './plan-view.tsx'
import type { OptionTexts } from './sync-options.tsx'
import { SyncOptionsForm } from './sync-options.tsx'
import { SyncResult } from './sync-result.tsx'
import './sync.css'

/** Publishes a folder: options, plan, apply. */
export function SyncPane() {
  const { stores } = useWindow()
  const destinationId = useFrom(
    (all) => all.view,
    (state) => state.destinationId,
  )
  const bucket = useFrom(
    (all) => all.view,
    (state) => state.bucket,
  )
  const destination = useFrom(
    (all) => all.destinations,
    (state) => state.destinations.find((each) => each.id === destinationId && each.kind === 'static') ?? null,
  )
  if (destination !== null) return <SyncDestination key={destination.id} destination={destination} />
  return (
    <>
      <PaneHeader>
        <h1>Sync</h1>
      </PaneHeader>
      <EmptyState
        icon={FolderSync}
        title="No static destination yet"
        action={
          bucket === null ? undefined : (
            <Button
              kind="primary"
              onClick={() =>
                stores.view
                  .getState()
                  .openDialog({ kind: 'destination', destination: null, preset: 'static' })
              }
            >
              New static destination
            </Button>
          )
        }
      >
        {bucket === null
          ? 'Choose a bucket first. A static destination publishes a folder of this computer in it.'
          : 'It publishes a folder of this computer in the bucket: only what has changed is sent.'}
      </EmptyState>
    </>
  )
}

function SyncDestination({ destination }: { destination: Destination }) {
  const { stores, commands } = useWindow()
  const job = useFrom(
    (all) => all.sync,
    (state) => jobOf(state, destination.id),
  )
  const [options, setOptions] = useState<OptionTexts>(() => ({
    cacheControl: destination.cacheControl ?? defaultCacheControl,
    longCache: destination.longCache ?? false,
    exclude: destination.exclude.join('\n'),
    removeRemoteOnly: false,
  }))
  const [confirming, setConfirming] = useState(false)
  const sync = stores.sync.getState()

  const plan = async (removeRemoteOnly = options.removeRemoteOnly) => {
    const wanted: SyncOptions = {
      cacheControl: options.cacheControl.trim(),
      rules: [...(destination.rules ?? []), ...(options.longCache ? recommendedRules : [])].slice(0, 100),
      exclude: patternsOf(options.exclude),
      removeRemoteOnly,
      removeForeign: false,
      manifestInBucket: destination.manifestInBucket ?? false,
      maxDelete: null,
      visibility: destination.visibility,
    }
    await remember(destination, wanted)
    await sync.plan(destination, wanted)
  }
  const remember = async (before: Destination, wanted: SyncOptions) => {
    const { id, folder, ...input } = before
    const same =
      wanted.cacheControl === (input.cacheControl ?? defaultCacheControl) &&
      options.longCache === (input.longCache ?? false) &&
      wanted.exclude.join('\n') === input.exclude.join('\n')
    if (same || folder === null) return
    const result = await stores.destinations.getState().update(id, {
      ...input,
      cacheControl: wanted.cacheControl === '' ? null : wanted.cacheControl,
      exclude: wanted.exclude,
      longCache: options.longCache,
    })
    if (!result.ok) commands.fail(result.error)
  }
  const apply = () => {
    if ((job.plan?.counts.delete ?? 0) > 0) setConfirming(true)
    else void sync.apply(destination.id)
  }
  const refused = job.plan !== null && job.plan.deleteRefusal !== null && job.plan.counts.delete > 0
  const canApply = job.phase === 'planned' && job.plan !== null && hasChanges(job.plan.counts) && !refused

  return (
    <>
      <PaneHeader
        actions={
          <>
            <IconButton
              icon={FolderOpen}
              label="Browse files"
              onClick={() => stores.view.getState().openBucket(destination.bucket, destination.prefix)}
            />
            <IconButton
              icon={Pencil}
              label="Edit destination"
              onClick={() =>
                stores.view.getState().openDialog({ kind: 'destination', destination, preset: 'static' })
              }
            />
            {job.phase === 'planned' || job.phase === 'done' ? (
              <Button onClick={() => sync.reset(destination.id)}>Change options</Button>
            ) : null}
            {job.phase === 'planned' ? <Button onClick={() => void plan()}>Plan again</Button> : null}
          </>
        }
        primary={
          job.phase === 'idle' || job.phase === 'done' ? (
            <Button kind="primary" disabled={destination.folderId === null} onClick={() => void plan()}>
              Plan sync
            </Button>
          ) : job.phase === 'planned' ? (
            <Button kind="primary" disabled={!canApply} onClick={apply}>
              Apply
            </Button>
          ) : (
            <Button onClick={() => void sync.cancel(destination.id).then(commands.fail)}>Stop</Button>
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
      {job.error === null ? null : (
        <div className="sync-block">
          <ErrorHere error={job.error} onRetry={() => void plan()} />
        </div>
      )}
      {job.phase === 'idle' ? (
        <SyncOptionsForm destination={destination} options={options} onOptions={setOptions} />
      ) : null}
      {job.phase === 'planning' || job.phase === 'applying' ? <RunningLine job={job} /> : null}
      {job.outcome === null ? null : <SyncResult outcome={job.outcome} />}
      {job.plan !== null && job.phase !== 'done' ? (
        <PlanView
          destinationId={destination.id}
          job={job}
          plan={job.plan}
          onPlanWithoutRemoving={() => {
            setOptions({ ...options, removeRemoteOnly: false })
            void plan(false)
          }}
        />
      ) : null}
      {confirming && job.plan !== null ? (
        <ConfirmDeletesDialog
          destination={destination}
          plan={job.plan}
          onClose={() => setConfirming(false)}
          onConfirm={() => {
            setConfirming(false)
            void sync.apply(destination.id)
          }}
        />
      ) : null}
    </>
  )
}

function RunningLine({ job }: { job: SyncJob }) {
  const { progress } = job
  const applying = job.phase === 'applying'
  const fraction =
    !applying || progress === null
      ? null
      : progress.bytesTotal > 0
        ? progress.bytesDone / progress.bytesTotal
        : progress.filesTotal > 0
          ? progress.filesDone / progress.filesTotal
          : null
  return (
    <div className="sync-block sync-running" aria-live="polite">
      <div className="row">
        <strong>{applying ? 'Publishing' : 'Comparing the folder with the bucket'}</strong>
        {progress === null ? null : (
          <span className="muted numeric">
            {progress.filesDone.toLocaleString()}
            {applying ? ` of ${progress.filesTotal.toLocaleString()}` : ''} files
            {applying && progress.bytesTotal > 0
              ? ` · ${formatBytes(progress.bytesDone)} of ${formatBytes(progress.bytesTotal)}`
              : ''}
            {progress.bytesPerSecond > 0 ? ` · ${formatBytes(progress.bytesPerSecond)}/s` : ''}
            {progress.secondsLeft === null ? '' : ` · ${formatTimeLeft(progress.secondsLeft)}`}
          </span>
        )}
      </div>
      <ProgressBar label="Sync progress" fraction={fraction} />
      <div className="small truncate">
        <bdi>{progress?.current == null ? ' ' : visibleName(progress.current)}</bdi>
      </div>
    </div>
  )
}
