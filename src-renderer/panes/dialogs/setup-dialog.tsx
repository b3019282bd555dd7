import { useEffect, useRef, useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { SetupOutcome, SetupPlan, SetupUndo } from '../../../src-preload/contract/bucket-setup.ts'
import type { Opens } from '../../../src-preload/contract/opens.ts'
import { newPlaces } from '../../../src-preload/contract/setup-destination.ts'
import { confirming, needsBucketName } from '../../../src-preload/contract/told-opens.ts'
import { BecomesPublic } from '../../components/becomes-public.tsx'
import { BucketNameField } from '../../components/bucket-name-field.tsx'
import { Button } from '../../components/button.tsx'
import { CodeText } from '../../components/code-text.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorNote, Note } from '../../components/note.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import type { Stores } from '../../stores/create-stores.ts'
import { destinationsIn } from '../../stores/destination-store.ts'
import { setupOpensText, setupOutcomeText, setupUndoText, setupUndoWords } from '../../text/setup-text.ts'
import { visibilityWords } from '../../text/visibility-text.ts'
import { ErrorHere } from '../error-here.tsx'
import { useWindow } from '../window-context.ts'
import { PlannedSteps, StepLine, type StepMark } from './setup-steps.tsx'
import './setup-dialog.css'

interface SetupDialogProps {
  profileId: string
  plan: SetupPlan
  /** Back to what was asked for, as long as nothing was made. */
  onBack: () => void
  onClose: () => void
}

/** Every call that makes a bucket for a site, before it is made; then what became of each, and the way back. */
export function SetupDialog({ profileId, plan, onBack, onClose }: SetupDialogProps) {
  const { stores, commands } = useWindow()
  const [busy, setBusy] = useState(false)
  const [outcome, setOutcome] = useState<SetupOutcome | null>(null)
  const [undone, setUndone] = useState<SetupUndo | null>(null)
  const [error, setError] = useState<AppError | null>(null)
  const { bucket } = plan
  const isReady = plan.steps.length === 0
  const { opens } = plan
  const [typed, setTyped] = useState('')
  const isConfirmed = opens === undefined || !needsBucketName(opens) || typed === bucket

  const apply = async () => {
    setBusy(true)
    setError(null)
    const result = await stores.objects.applyBucketSetup({
      planId: plan.planId,
      ...confirming(opens),
    })
    if (!result.ok) {
      setBusy(false)
      setError(result.error)
      return
    }
    setOutcome(result.value)
    await stores.buckets.getState().load(profileId)
    if (result.value.isWhole) {
      const there = plan.existing === true ? stores.destinations.getState().destinations : []
      const wanted = newPlaces(plan, profileId, there)
      if (wanted.length > 0) {
        const kept = await stores.objects.saveDjangoProject({
          profile: { profileId },
          destinations: wanted,
        })
        if (!kept.ok) setError(kept.error)
      }
      await stores.destinations.getState().load()
      stores.view.getState().openBucket(bucket)
    }
    setBusy(false)
  }
  const undo = async (setupId: string) => {
    setBusy(true)
    setError(null)
    const result = await stores.objects.undoBucketSetup({ setupId, profileId })
    if (result.ok) {
      setUndone(result.value)
      await afterUndo(stores, profileId, result.value)
    } else setError(result.error)
    setBusy(false)
  }
  const failed = outcome?.steps.find(({ problem }) => problem !== null)
  const states = outcome === null ? null : new Map(outcome.steps.map(({ call, state }) => [call, state]))
  const text = outcome === null ? null : setupOutcomeText(outcome)
  return (
    <Dialog
      title={undone === null ? `Set up ${bucket}` : setupUndoText(undone).title}
      description={
        undone !== null
          ? setupUndoText(undone).body
          : outcome === null
            ? isReady
              ? 'The bucket has all that it needs already. Nothing is sent to it.'
              : 'Every call that is made, in its order. Nothing has been sent yet; each says how it is undone.'
            : undefined
      }
      width="wide"
      // What is being made is seen to its end; when it is undone, only lists are still read again.
      onClose={busy && undone === null ? () => undefined : onClose}
      trouble={<ErrorHere error={error} />}
      footer={
        undone !== null ? (
          <FirstButton onClick={onClose}>Close</FirstButton>
        ) : outcome === null ? (
          <>
            <Button onClick={onBack} disabled={busy}>
              Back
            </Button>
            <Button
              kind={opens === undefined ? 'primary' : 'danger'}
              disabled={busy || !isConfirmed}
              onClick={() => void apply()}
            >
              {busy ? 'Setting up…' : isReady ? 'Add destinations' : 'Set up bucket'}
            </Button>
          </>
        ) : (
          <>
            {outcome.undoable ? (
              <Button className="push" disabled={busy} onClick={() => void undo(outcome.setupId)}>
                {busy ? 'Undoing…' : outcome.isWhole ? 'Undo' : 'Undo what was made'}
              </Button>
            ) : null}
            <FirstButton onClick={onClose}>{outcome.isWhole ? 'Done' : 'Close'}</FirstButton>
          </>
        )
      }
    >
      {busy && outcome === null ? <ProgressBar label={`Setting up ${bucket}`} fraction={null} /> : null}
      {undone !== null ? (
        <UndoneSteps undone={undone} />
      ) : (
        <>
          {text === null ? null : failed?.problem ? (
            <ErrorNote
              error={errorOf(failed.problem)}
              onCopyDetails={() => commands.copyDetails(errorOf(failed.problem!))}
            />
          ) : (
            <Note
              kind={outcome?.steps.some(({ state }) => state === 'not-shown') ? 'warning' : 'ok'}
              title={text.title}
            >
              {text.body}
            </Note>
          )}
          {failed?.problem && text !== null ? <p>{text.body}</p> : null}
          {outcome !== null
            ? null
            : plan.notes.map((note) => (
                <Note key={note} kind="warning">
                  {note}
                </Note>
              ))}
          {outcome !== null || opens === undefined ? null : (
            <ConfirmOpens bucket={bucket} opens={opens} typed={typed} onTyped={setTyped} />
          )}
          <PlannedSteps plan={plan} states={states} />
          <Places plan={plan} />
          <CodeText
            label="policy of the site’s key"
            caption="What the site’s own key has to be allowed, in place of AmazonS3FullAccess."
            text={plan.iamPolicy}
            onCopy={() => void commands.copyText(plan.iamPolicy, 'Policy copied')}
          />
        </>
      )}
    </Dialog>
  )
}

/** What is in the bucket already and becomes public: named and counted, and confirmed by the bucket's name. */
function ConfirmOpens({
  bucket,
  opens,
  typed,
  onTyped,
}: {
  bucket: string
  opens: Opens
  typed: string
  onTyped: (typed: string) => void
}) {
  return (
    <BecomesPublic title={setupOpensText(opens)} bucket={bucket} opens={opens}>
      {needsBucketName(opens) ? <BucketNameField bucket={bucket} typed={typed} onTyped={onTyped} /> : null}
    </BecomesPublic>
  )
}

/** With its bucket a destination is of no use any more. */
async function afterUndo(
  stores: Stores,
  profileId: string,
  { bucket, bucketDeleted }: SetupUndo,
): Promise<void> {
  if (bucketDeleted) {
    const { destinations, remove } = stores.destinations.getState()
    for (const { id } of destinationsIn(destinations, profileId, bucket)) await remove(id)
    if (stores.view.getState().bucket === bucket) stores.view.getState().openBucket(null)
  }
  await stores.buckets.getState().load(profileId)
}

/** The place of each kind of file. */
function Places({ plan }: { plan: SetupPlan }) {
  return (
    <dl className="facts setup-places">
      {plan.places.map(({ name, prefix, visibility }) => (
        <div key={name} className="setup-place">
          <dt>{name}</dt>
          <dd>
            {prefix} · {visibilityWords[visibility]}
          </dd>
        </div>
      ))}
    </dl>
  )
}

const marks: { readonly [State in SetupUndo['steps'][number]['state']]: StepMark } = {
  undone: 'done',
  left: 'warning',
  failed: 'failed',
}

/** What was taken back, and what stays and why. */
function UndoneSteps({ undone }: { undone: SetupUndo }) {
  return (
    <ol className="setup-steps" aria-label="What was undone">
      {undone.steps.map(({ call, state, message }) => (
        <StepLine key={call} call={call} mark={marks[state]} state={setupUndoWords[state]}>
          <p className="muted">{message}</p>
        </StepLine>
      ))}
    </ol>
  )
}

/** Has the focus when its step begins: the button that was pressed is gone. */
function FirstButton({ onClick, children }: { onClick: () => void; children: string }) {
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => button.current?.focus(), [])
  return (
    <Button ref={button} onClick={onClick}>
      {children}
    </Button>
  )
}

function errorOf(problem: NonNullable<SetupOutcome['steps'][number]['problem']>): AppError {
  const { code, message, s3Code } = problem
  return { code, message, retryable: false, ...(s3Code === null ? {} : { s3Code }) }
}

interface SetupUndoDialogProps {
  profileId: string
  bucket: string
  setupId: string
  /** What the set-up made. */
  calls: readonly string[]
  /** What becomes public again. */
  opens: Opens | undefined
  onClose: () => void
}

/** Takes back a set-up of an earlier day. */
export function SetupUndoDialog({ profileId, bucket, setupId, calls, opens, onClose }: SetupUndoDialogProps) {
  const { stores } = useWindow()
  const [busy, setBusy] = useState(false)
  const [undone, setUndone] = useState<SetupUndo | null>(null)
  const [error, setError] = useState<AppError | null>(null)
  const [typed, setTyped] = useState('')
  const isConfirmed = opens === undefined || !needsBucketName(opens) || typed === bucket
  const undo = async () => {
    setBusy(true)
    const result = await stores.objects.undoBucketSetup({
      setupId,
      profileId,
      ...confirming(opens),
    })
    setBusy(false)
    setError(result.ok ? null : result.error)
    if (!result.ok) return
    setUndone(result.value)
    await afterUndo(stores, profileId, result.value)
  }
  return (
    <Dialog
      title={undone === null ? `Undo the set-up of ${bucket}?` : setupUndoText(undone).title}
      description={`Each setting becomes what it was, unless somebody has changed it since.${calls.includes('CreateBucket') ? ' The bucket is deleted only if it is empty, and its destinations with it.' : ''}`}
      onClose={onClose}
      trouble={<ErrorHere error={error} />}
      footer={
        undone === null ? (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button kind="danger" disabled={busy || !isConfirmed} onClick={() => void undo()}>
              {busy ? 'Undoing…' : 'Undo set-up'}
            </Button>
          </>
        ) : (
          <FirstButton onClick={onClose}>Close</FirstButton>
        )
      }
    >
      {undone !== null || opens === undefined ? null : (
        <ConfirmOpens bucket={bucket} opens={opens} typed={typed} onTyped={setTyped} />
      )}
      {undone === null ? (
        <ol className="setup-steps" aria-label="What was made">
          {calls.toReversed().map((call) => (
            <StepLine key={call} call={call} mark="waiting" />
          ))}
        </ol>
      ) : (
        <UndoneSteps undone={undone} />
      )}
    </Dialog>
  )
}
