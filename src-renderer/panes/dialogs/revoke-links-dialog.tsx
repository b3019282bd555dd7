import { useEffect, useRef, useState } from 'react'
import type { ObjectRef } from '../../../src-preload/contract/api.ts'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { RevocationPlan } from '../../../src-preload/contract/revocation.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { Note } from '../../components/note.tsx'
import { knownLinksText } from '../../text/link-text.ts'
import { lastSegment, visibleName } from '../../text/visible-name.ts'
import { ErrorHere } from '../error-here.tsx'
import { useWindow } from '../window-context.ts'

interface RevokeLinksDialogProps {
  target: ObjectRef
  /** That of the link in the ledger that it is about. */
  service: string | null
  onClose: () => void
}

/** The second step of ending links: names what else ends with them, then moves the object away from under them. */
export function RevokeLinksDialog({ target, service, onClose }: RevokeLinksDialogProps) {
  const { commands } = useWindow()
  const { plan, error: planError } = usePlan(target, service)
  const [newKey, setNewKey] = useState<string | null>(null)
  const [error, setError] = useState<AppError | null>(null)
  const [busy, setBusy] = useState(false)
  const safe = useRef<HTMLButtonElement>(null)
  const key = newKey ?? plan?.newKey ?? ''
  const problem =
    plan === null
      ? null
      : key === ''
        ? 'The object needs a key.'
        : key === plan.key
          ? 'This is its key now.'
          : null
  const revoke = async () => {
    if (plan === null || problem !== null || busy) return
    setBusy(true)
    const failed = await commands.revokeLinks(target, plan, key)
    setBusy(false)
    if (failed === null) onClose()
    else setError(failed)
  }
  return (
    <Dialog
      title={`End all links to ${visibleName(lastSegment(target.key))}?`}
      description="The object gets another key. Links are made for a key, and lead nowhere once nothing is there."
      initialFocus={safe}
      onClose={onClose}
      onSubmit={() => void revoke()}
      footer={
        <>
          <Button ref={safe} onClick={onClose}>
            Cancel
          </Button>
          <Button kind="danger" type="submit" disabled={plan === null || problem !== null || busy}>
            {busy ? 'Moving…' : 'Move and end links'}
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
            problem={problem}
            hint="Nobody can guess the one that is proposed."
          />
          <Note kind="warning" title="What else happens">
            <ul className="bullets">
              {plan.consequences.map((sentence) => (
                <li key={sentence}>{visibleName(sentence)}</li>
              ))}
            </ul>
          </Note>
        </>
      )}
      <ErrorHere error={error ?? planError} />
    </Dialog>
  )
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
