import { useEffect, useRef, useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { IncompleteUpload, SweepPlan } from '../../../src-preload/contract/sweep.ts'
import { Button } from '../../components/button.tsx'
import { CheckBox } from '../../components/choice-fields.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Note } from '../../components/note.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { formatBytes, formatCount, formatDateTime, formatDuration } from '../../text/format.ts'
import { sweepCostText, sweepOutcomeText, sweepTotalsText, uploadOwnerText } from '../../text/sweep-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { announceDone } from '../announce.ts'
import { ErrorHere } from '../error-here.tsx'
import { useFrom, useWindow } from '../window-context.ts'
import { LifecycleOffer } from './lifecycle-offer.tsx'
import './uploads-dialog.css'

/** Somebody may well be sending an upload that is younger than this, in seconds. */
const youngSeconds = 86_400

/** Uploads that were begun and never completed: what they are, what they cost, and taking them back. */
export function UploadsDialog({ bucket, onClose }: { bucket: string; onClose: () => void }) {
  const { stores } = useWindow()
  const profileId = useFrom(
    (all) => all.profiles,
    (state) => state.selectedId,
  )
  const [plan, setPlan] = useState<SweepPlan | null>(null)
  const [error, setError] = useState<AppError | null>(null)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [confirming, setConfirming] = useState(false)
  const [busy, setBusy] = useState(false)
  const [failures, setFailures] = useState<readonly AppError[]>([])
  /** Counts up to have the uploads listed again. */
  const [looks, setLooks] = useState(0)

  useEffect(() => {
    if (profileId === null) return undefined
    let wanted = true
    void stores.objects
      .planSweep({ profileId, bucket, prefix: '', olderThanSeconds: null })
      .then((result) => {
        if (!wanted) return
        setError(result.ok ? null : result.error)
        if (!result.ok) return
        const { uploads } = result.value
        setPlan(result.value)
        // What is ours and lost is what a person comes for; what others have begun is for them to choose.
        setChosen(
          new Set(uploads.filter(({ whose }) => whose === 'abandoned').map(({ uploadId }) => uploadId)),
        )
      })
    return () => {
      wanted = false
    }
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- a further look is asked for by counting up
  }, [stores, profileId, bucket, looks])

  const selected = plan?.uploads.filter(({ uploadId }) => chosen.has(uploadId)) ?? []
  const abort = async (planId: string) => {
    setBusy(true)
    const result = await stores.objects.applySweep({
      planId,
      choice: selected.map(({ uploadId }) => uploadId),
      confirmed: selected.length,
    })
    if (result.ok) {
      setFailures(result.value.failed)
      announceDone({
        title: result.value.failedTotal === 0 ? 'Uploads aborted' : 'Not all uploads could be aborted',
        body: sweepOutcomeText(result.value),
      })
    } else setError(result.error)
    setConfirming(false)
    setLooks((before) => before + 1)
    setBusy(false)
  }
  return (
    <Dialog
      title="Incomplete uploads"
      description={`Parts of files whose upload to ${bucket} was begun and never completed. They are in no listing, and are paid for like files.`}
      width="wide"
      onClose={onClose}
      footer={
        confirming && plan !== null ? (
          <ConfirmButtons
            count={selected.length}
            busy={busy}
            onBack={() => setConfirming(false)}
            onAbort={() => void abort(plan.planId)}
          />
        ) : (
          <ListButtons count={selected.length} onClose={onClose} onAbort={() => setConfirming(true)} />
        )
      }
    >
      <ErrorHere error={error} onRetry={() => setLooks((before) => before + 1)} />
      {plan === null && error === null ? (
        <>
          <p className="muted">Listing the uploads and their parts</p>
          <ProgressBar label="Listing incomplete uploads" fraction={null} />
        </>
      ) : null}
      {failures.length === 0 ? null : (
        <Note kind="warning">
          <ul>
            {failures.slice(0, 20).map(({ key, message }) => (
              <li key={key ?? message}>
                {key === undefined ? null : <VisibleName name={key} />} {message}
              </li>
            ))}
          </ul>
        </Note>
      )}
      {plan === null ? null : confirming ? (
        <Confirmation uploads={selected} />
      ) : (
        <>
          <Totals plan={plan} />
          {plan.uploads.length === 0 ? null : (
            <UploadTable uploads={plan.uploads} chosen={chosen} onChosen={setChosen} />
          )}
          {profileId === null ? null : <LifecycleOffer profileId={profileId} bucket={bucket} />}
        </>
      )}
    </Dialog>
  )
}

/** The safe button has the focus when its step begins: the button that was pressed is gone. */
function useFirstFocus() {
  const first = useRef<HTMLButtonElement>(null)
  useEffect(() => first.current?.focus(), [])
  return first
}

interface ListButtonsProps {
  count: number
  onClose: () => void
  onAbort: () => void
}

function ListButtons({ count, onClose, onAbort }: ListButtonsProps) {
  const first = useFirstFocus()
  return (
    <>
      <Button ref={first} onClick={onClose}>
        Close
      </Button>
      <Button disabled={count === 0} onClick={onAbort}>
        Abort selected…
      </Button>
    </>
  )
}

interface ConfirmButtonsProps {
  count: number
  busy: boolean
  onBack: () => void
  onAbort: () => void
}

function ConfirmButtons({ count, busy, onBack, onAbort }: ConfirmButtonsProps) {
  const first = useFirstFocus()
  return (
    <>
      <Button ref={first} onClick={onBack} disabled={busy}>
        Back
      </Button>
      <Button kind="danger" disabled={busy} onClick={onAbort}>
        {busy ? 'Aborting…' : `Abort ${formatCount(count, 'upload')}`}
      </Button>
    </>
  )
}

function Totals({ plan }: { plan: SweepPlan }) {
  const cost = sweepCostText(plan.totals)
  if (plan.totals.uploads === 0) return <p>Every upload to this bucket was completed.</p>
  return (
    <>
      <p>
        <strong>{sweepTotalsText(plan.totals)}.</strong> {cost}
      </p>
      {plan.totals.uploads > plan.uploads.length || plan.isCut ? (
        <p className="muted">The oldest {plan.uploads.length.toLocaleString()} are shown.</p>
      ) : null}
      {plan.warnings.map((warning) => (
        <Note key={warning} kind="warning">
          {visibleName(warning)}
        </Note>
      ))}
    </>
  )
}

/** What will be gone, and what to think of before. */
function Confirmation({ uploads }: { uploads: readonly IncompleteUpload[] }) {
  const bytes = uploads.reduce((sum, upload) => sum + (upload.bytes ?? 0), 0)
  const others = uploads.filter(({ whose }) => whose === 'unknown')
  const young = others.filter(({ ageSeconds }) => ageSeconds === null || ageSeconds < youngSeconds)
  return (
    <>
      <p>
        <strong>
          {formatCount(uploads.length, 'upload')} with {formatBytes(bytes)} will be aborted.
        </strong>{' '}
        Their parts are removed for good; files that are in the bucket stay.
      </p>
      {others.length === 0 ? null : (
        <Note kind="warning">
          {formatCount(others.length, 'of them is', 'of them are')} somebody else’s: another program or
          another computer began {others.length === 1 ? 'it' : 'them'}.
          {young.length === 0
            ? ''
            : ` ${formatCount(young.length, 'was', 'were')} begun within the last day, and may still be being sent.`}
        </Note>
      )}
    </>
  )
}

interface UploadTableProps {
  uploads: readonly IncompleteUpload[]
  chosen: ReadonlySet<string>
  onChosen: (chosen: ReadonlySet<string>) => void
}

function UploadTable({ uploads, chosen, onChosen }: UploadTableProps) {
  const free = uploads.filter(({ whose }) => whose !== 'wanted')
  const all = free.length > 0 && free.every(({ uploadId }) => chosen.has(uploadId))
  const toggle = (uploadId: string, on: boolean) => {
    const next = new Set(chosen)
    if (on) next.add(uploadId)
    else next.delete(uploadId)
    onChosen(next)
  }
  return (
    <div className="uploads-scroll">
      <table className="uploads" aria-label="Incomplete uploads">
        <thead>
          <tr>
            <th scope="col">
              <CheckBox
                label="Select all"
                checked={all}
                disabled={free.length === 0}
                onChecked={(on) => onChosen(new Set(on ? free.map(({ uploadId }) => uploadId) : []))}
              />
            </th>
            <th scope="col">Name</th>
            <th scope="col">Age</th>
            <th scope="col" className="uploads-number">
              Size
            </th>
            <th scope="col">Whose</th>
          </tr>
        </thead>
        <tbody>
          {uploads.map(({ key, uploadId, ageSeconds, initiatedAt, bytes, parts, whose }) => (
            <tr key={uploadId}>
              <td>
                <CheckBox
                  label={`Select ${visibleName(key)}`}
                  checked={chosen.has(uploadId)}
                  disabled={whose === 'wanted'}
                  onChecked={(on) => toggle(uploadId, on)}
                />
              </td>
              <td className="uploads-name">
                <VisibleName name={key} />
              </td>
              <td title={formatDateTime(initiatedAt)}>
                {ageSeconds === null ? 'Unknown' : formatDuration(ageSeconds)}
              </td>
              <td
                className="uploads-number"
                title={parts === null ? 'Its parts may not be listed' : formatCount(parts, 'part')}
              >
                {bytes === null ? 'Unknown' : formatBytes(bytes)}
              </td>
              <td className={whose === 'abandoned' ? '' : 'muted'}>{uploadOwnerText[whose]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
