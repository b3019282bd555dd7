import { useEffect, useRef, useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { StaticDestination } from '../../../src-preload/contract/destination.ts'
import type { Release } from '../../../src-preload/contract/release.ts'
import { needsBucketName } from '../../../src-preload/contract/told-opens.ts'
import type { UndoOutcome, UndoPlan } from '../../../src-preload/contract/undo.ts'
import { BecomesPublic } from '../../components/becomes-public.tsx'
import { BucketNameField } from '../../components/bucket-name-field.tsx'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { FailedItems } from '../../components/failed-items.tsx'
import { NameList } from '../../components/name-list.tsx'
import { Note } from '../../components/note.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import type { RunningUndo } from '../../stores/history-store.ts'
import { jobOf } from '../../stores/sync-store.ts'
import { formatDateTime } from '../../text/format.ts'
import {
  type UndoEnd,
  undoActionText,
  undoCountsText,
  undoEnd,
  undoOpensText,
  undoProgressText,
  undoReasonText,
  undoRowsBeside,
} from '../../text/undo-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { announceDone } from '../announce.ts'
import { ErrorHere } from '../error-here.tsx'
import { useFrom, useWindow } from '../window-context.ts'

interface UndoDialogProps {
  destination: StaticDestination
  release: Release
  onClose: () => void
}

/** How an undo ended that has more to tell than that all went well. */
interface Ended {
  readonly end: UndoEnd
  readonly failed: UndoOutcome['failed']
}

/** The way back from a sync: what it would bring back and remove, only then doing it, and what came of it. */
export function UndoDialog({ destination, release, onClose }: UndoDialogProps) {
  const { stores } = useWindow()
  const { plan, error: planError } = useUndoPlan(destination, release.id)
  const [error, setError] = useState<AppError | null>(null)
  const [ended, setEnded] = useState<Ended | null>(null)
  const [typed, setTyped] = useState('')
  const safe = useRef<HTMLButtonElement>(null)
  const here = useRef(true)
  const running = useFrom(
    (all) => all.history,
    (state) => (plan !== null && state.running?.planId === plan.planId ? state.running : null),
  )

  useEffect(() => {
    here.current = true
    return () => {
      here.current = false
    }
  }, [])

  const opens = plan?.opens.objects ?? 0
  const needsName = plan !== null && needsBucketName(plan.opens)
  const changes = plan === null ? 0 : plan.counts.restore + plan.counts.restoreHeaders + plan.counts.remove
  const isQuestion = running === null && ended === null
  const ready = plan !== null && changes > 0 && isQuestion && (!needsName || typed === plan.bucket)

  /** What the pane tells of the sync is no longer what is in the bucket. */
  const leaveUndone = () => {
    const sync = stores.sync.getState()
    if (jobOf(sync, destination.id).outcome?.releaseId === release.id) sync.reset(destination.id)
    onClose()
  }
  const apply = async (planned: UndoPlan) => {
    setError(null)
    // The button that was pressed goes; this one is there until the end.
    safe.current?.focus()
    const result = await stores.history.getState().applyUndo(destination, planned)
    if (!result.ok) {
      setError(result.error)
      return
    }
    const end = undoEnd(result.value, planned.counts)
    if (end.isWhole || !here.current) announceDone({ title: end.title, body: end.sentences.join(' ') })
    if (end.isWhole) leaveUndone()
    else setEnded({ end, failed: result.value.failed })
  }
  const stop = async () => setError(await stores.history.getState().stopUndo())
  return (
    <Dialog
      title={`${running === null ? 'Undo' : 'Undoing'} the sync of ${formatDateTime(release.startedAt)}${isQuestion ? '?' : ''}`}
      description={
        ended === null
          ? 'What it replaced or removed comes back, and what it added goes. What somebody has changed since is left alone.'
          : undefined
      }
      width="wide"
      initialFocus={safe}
      onClose={ended === null ? onClose : leaveUndone}
      held={running !== null}
      onSubmit={() => (plan !== null && ready ? void apply(plan) : undefined)}
      trouble={<ErrorHere error={error ?? planError} />}
      footer={
        <>
          <Button
            ref={safe}
            onClick={running !== null ? () => void stop() : ended === null ? onClose : leaveUndone}
          >
            {running === null
              ? ended === null
                ? 'Cancel'
                : 'Close'
              : running.stopping
                ? 'Stopping…'
                : 'Stop'}
          </Button>
          {isQuestion ? (
            <Button kind="danger" type="submit" disabled={!ready}>
              {opens > 0 ? 'Undo and make public' : 'Undo the sync'}
            </Button>
          ) : null}
        </>
      }
    >
      {plan === null && planError === null ? (
        <>
          <p className="muted">Looking at what is in the bucket now</p>
          <ProgressBar label="Undo" fraction={null} />
        </>
      ) : null}
      {running === null ? null : <UndoProgress running={running} />}
      {ended === null ? null : <EndedNote {...ended} />}
      {isQuestion && error?.code === 'cancelled' ? (
        <Note kind="info" title="The undo was stopped">
          Nothing was changed.
        </Note>
      ) : null}
      {plan !== null && isQuestion ? (
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
        </>
      ) : null}
      {plan === null || ended !== null ? null : <UndoRows plan={plan} />}
    </Dialog>
  )
}

/** What undoing would do, looked up once; and why that cannot be told. */
function useUndoPlan(
  destination: StaticDestination,
  releaseId: string,
): { plan: UndoPlan | null; error: AppError | null } {
  const { stores } = useWindow()
  // That of the beginning: read again while the undo runs, the list of destinations must not make another plan.
  const [place] = useState(destination)
  const [answer, setAnswer] = useState<{ plan: UndoPlan | null; error: AppError | null }>({
    plan: null,
    error: null,
  })
  useEffect(() => {
    let wanted = true
    void stores.history
      .getState()
      .planUndo(place, releaseId)
      .then((result) => {
        if (!wanted) return
        setAnswer(result.ok ? { plan: result.value, error: null } : { plan: null, error: result.error })
      })
    return () => {
      wanted = false
    }
  }, [stores, place, releaseId])
  return answer
}

function UndoProgress({ running: { progress } }: { running: RunningUndo }) {
  const total = progress?.filesTotal ?? 0
  return (
    <>
      <p>
        <strong>Undoing</strong>{' '}
        {progress === null ? null : <span className="muted numeric">{undoProgressText(progress)}</span>}
      </p>
      <ProgressBar
        label="Undo"
        fraction={progress === null || total === 0 ? null : progress.filesDone / total}
      />
      <div className="small truncate">
        <bdi>{progress?.current == null ? ' ' : visibleName(progress.current)}</bdi>
      </div>
    </>
  )
}

function EndedNote({ end, failed }: Ended) {
  return (
    <Note kind="warning" title={end.title}>
      <p>{end.sentences.join(' ')}</p>
      {failed.length === 0 ? null : (
        <NameList label="What failed">
          <FailedItems failed={failed} total={failed.length} />
        </NameList>
      )}
    </Note>
  )
}

/** What is done with which object, except for those that the dialog names as becoming public. */
function UndoRows({ plan }: { plan: UndoPlan }) {
  const { shown, others } = undoRowsBeside(plan)
  if (shown.length === 0) return null
  return (
    <NameList label="What the undo does">
      {shown.map((row) => (
        <li key={row.key}>
          {undoActionText(row)}: <VisibleName name={row.key} />{' '}
          <span className="muted">{undoReasonText(row)}</span>
        </li>
      ))}
      {others > 0 ? <li className="muted">and {others.toLocaleString()} others</li> : null}
    </NameList>
  )
}
