import { useEffect, useRef, useState } from 'react'
import type { ObjectRef } from '../../../src-preload/contract/call.ts'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { RevocationPlan } from '../../../src-preload/contract/revocation.ts'
import type { SyncProgress } from '../../../src-preload/contract/sync-plan.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { Note } from '../../components/note.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { knownLinksText, movingText } from '../../text/link-text.ts'
import { lastSegment, visibleName } from '../../text/visible-name.ts'
import { ErrorHere } from '../error-here.tsx'
import { useWindow } from '../window-context.ts'
import { OpensThere } from './opens-there.tsx'

interface RevokeLinksDialogProps {
  target: ObjectRef
  /** That of the link in the ledger that it is about. */
  service: string | null
  onClose: () => void
}

/** The second step of ending links: names what else ends with them, then moves the object away from under them. */
export function RevokeLinksDialog({ target, service, onClose }: RevokeLinksDialogProps) {
  const { commands, stores } = useWindow()
  const { plan, error: planError } = usePlan(target, service)
  const [newKey, setNewKey] = useState<string | null>(null)
  const [error, setError] = useState<AppError | null>(null)
  const [busy, setBusy] = useState(false)
  const [cancelling, setCancelling] = useState(false)
  const safe = useRef<HTMLButtonElement>(null)
  const progress = useProgress(busy ? (plan?.planId ?? null) : null)
  const key = newKey ?? plan?.newKey ?? ''
  const problem =
    plan === null
      ? null
      : key === ''
        ? 'The object needs a key.'
        : key === plan.key
          ? 'This is its key now.'
          : null
  // The second step of a move to where everybody can read it, for this key only.
  const opens = error?.code === 'safety-refused' && error.key === key
  const revoke = async () => {
    if (plan === null || problem !== null || busy) return
    setBusy(true)
    setError(null)
    // The button that was pressed can be pressed no more.
    safe.current?.focus()
    const failed = await commands.revokeLinks(target, plan, key, opens)
    setBusy(false)
    setCancelling(false)
    if (failed === null) onClose()
    else setError(failed)
  }
  const cancel = () => {
    if (plan === null || cancelling) return
    setCancelling(true)
    void stores.objects.cancelSync({ planId: plan.planId })
  }
  return (
    <Dialog
      title={`End all links to ${visibleName(lastSegment(target.key))}?`}
      description="The object gets another key. Links are made for a key, and lead nowhere once nothing is there."
      initialFocus={safe}
      // While it moves, closing is cancelling: the dialog tells what came of it.
      onClose={busy ? cancel : onClose}
      onSubmit={() => void revoke()}
      trouble={<ErrorHere error={opens ? planError : (error ?? planError)} />}
      footer={
        <>
          <Button ref={safe} onClick={busy ? cancel : onClose} disabled={cancelling}>
            {cancelling ? 'Cancelling…' : 'Cancel'}
          </Button>
          <Button kind="danger" type="submit" disabled={plan === null || problem !== null || busy}>
            {busy ? 'Moving…' : opens ? 'Move and make public' : 'Move and end links'}
          </Button>
        </>
      }
    >
      {plan === null && planError === null ? <p className="muted">Looking at the object…</p> : null}
      {plan === null ? null : (
        <>
          <p>{knownLinksText(plan)}</p>
          <TextField
            label="New key"
            className="input mono"
            value={key}
            onValue={setNewKey}
            maxLength={1024}
            disabled={busy}
            problem={problem}
            hint="Nobody can guess the one that is proposed."
          />
          {opens && !busy ? <OpensThere bucket={target.bucket} newKey={key} /> : null}
          {busy ? (
            <MovingNote sizeBytes={plan.sizeBytes} progress={progress} />
          ) : (
            <Note kind="warning" title="What else happens">
              <ul className="bullets">
                {plan.consequences.map((sentence) => (
                  <li key={sentence}>{visibleName(sentence)}</li>
                ))}
              </ul>
            </Note>
          )}
        </>
      )}
      {error?.code === 'cancelled' ? <Note kind="info">{visibleName(error.message)}</Note> : null}
    </Dialog>
  )
}

/** How far the service is with the copy; of one that it makes at once it tells nothing. */
function MovingNote({ sizeBytes, progress }: { sizeBytes: number; progress: SyncProgress | null }) {
  const copied = progress?.bytesDone ?? 0
  return (
    <>
      <ProgressBar
        label="Moving the object"
        fraction={copied === 0 || sizeBytes === 0 ? null : copied / sizeBytes}
      />
      <output className="muted">{movingText(sizeBytes, progress)}</output>
    </>
  )
}

/** What the last event told of a plan that is being applied. */
function useProgress(planId: string | null): SyncProgress | null {
  const { stores } = useWindow()
  const [progress, setProgress] = useState<SyncProgress | null>(null)
  useEffect(() => {
    if (planId === null) return
    return stores.objects.onSyncProgress((moment) => {
      if (moment.planId === planId) setProgress(moment)
    })
  }, [stores, planId])
  // What an attempt before it has ended with is nothing of this one.
  return progress?.state === 'running' ? progress : null
}

function usePlan(
  target: ObjectRef,
  service: string | null,
): { plan: RevocationPlan | null; error: AppError | null } {
  const { stores } = useWindow()
  const [answer, setAnswer] = useState<{ plan: RevocationPlan | null; error: AppError | null }>({
    plan: null,
    error: null,
  })
  useEffect(() => {
    let here = true
    void stores.objects.planRevocation({ ...target, service }).then((result) => {
      if (here)
        setAnswer(result.ok ? { plan: result.value, error: null } : { plan: null, error: result.error })
    })
    return () => {
      here = false
    }
  }, [stores, target, service])
  return answer
}
