import { useEffect, useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { BucketAccess, VisibilityMeaning } from '../../../src-preload/contract/bucket-access.ts'
import type { BucketSetup } from '../../../src-preload/contract/bucket-setup.ts'
import type { VisibilityChange } from '../../../src-preload/contract/visibility-plan.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Note } from '../../components/note.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { accessLines, openingText, visibilityChangeText, wayWords } from '../../text/access-text.ts'
import { formatDateTime } from '../../text/format.ts'
import { visibleName } from '../../text/visible-name.ts'
import { ErrorHere } from '../error-here.tsx'
import { useWindow } from '../window-context.ts'
import { PublicAddresses } from './public-addresses.tsx'

/** So many of the changes are listed. */
const shownChanges = 5

interface AccessDialogProps {
  profileId: string
  bucket: string
  onClose: () => void
}

/** The bucket access report: what public and private can mean here, and every setting that decides it. Changes nothing. */
export function AccessDialog({ profileId, bucket, onClose }: AccessDialogProps) {
  const { stores } = useWindow()
  const [access, setAccess] = useState<BucketAccess | null>(null)
  const [error, setError] = useState<AppError | null>(null)
  /** Counts up to have the settings read again. */
  const [reads, setReads] = useState(0)
  useEffect(() => {
    let here = true
    void stores.objects.getBucketAccess({ profileId, bucket }).then((result) => {
      if (!here) return
      if (result.ok) setAccess(result.value)
      else setError(result.error)
    })
    return () => {
      here = false
    }
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- a further reading is asked for by counting up
  }, [stores, profileId, bucket, reads])
  return (
    <Dialog
      title={`Who can read ${bucket}`}
      description="What public and private can mean in this bucket, as far as its settings tell. What an object really is, an unsigned request says."
      onClose={onClose}
      footer={<Button onClick={onClose}>Done</Button>}
    >
      {access === null && error === null ? <p className="muted">Reading the bucket’s settings…</p> : null}
      {access === null ? null : (
        <>
          <Meaning word="Public" meaning={access.public} />
          <Meaning word="Private" meaning={access.private} />
          {access.openings.map((opening, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- statements of one policy, which does not change
            <p key={index} className="selectable">
              {visibleName(openingText(opening))}
            </p>
          ))}
          <dl className="facts">
            {accessLines(access).map(({ name, value, isKnown }) => (
              <Line key={name} name={name} value={value} isKnown={isKnown} />
            ))}
          </dl>
          {access.domains.state === 'read' ? (
            <PublicAddresses profileId={profileId} bucket={bucket} domains={access.domains.value} />
          ) : null}
          <p className="muted">Read {formatDateTime(access.readAt)}</p>
          <ChangesMade
            profileId={profileId}
            bucket={bucket}
            onUndone={() => setReads((before) => before + 1)}
          />
        </>
      )}
      <ErrorHere error={error} />
    </Dialog>
  )
}

interface ChangesMadeProps {
  profileId: string
  bucket: string
  onUndone: () => void
}

/** What was made public or private from this computer, also before Pail was started, and the way back. */
function ChangesMade({ profileId, bucket, onUndone }: ChangesMadeProps) {
  const { stores, commands } = useWindow()
  const [changes, setChanges] = useState<readonly VisibilityChange[]>([])
  const [setup, setSetup] = useState<BucketSetup | null>(null)
  const [error, setError] = useState<AppError | null>(null)
  const [busy, setBusy] = useState(false)
  const [undone, setUndone] = useState(0)
  useEffect(() => {
    let here = true
    void stores.objects.listVisibilityChanges({ profileId, bucket }).then((result) => {
      if (here && result.ok) setChanges(result.value)
    })
    void stores.objects.listBucketSetups({ profileId, bucket }).then((result) => {
      if (here && result.ok) setSetup(result.value[0] ?? null)
    })
    return () => {
      here = false
    }
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- what was undone is listed no more
  }, [stores, profileId, bucket, undone])
  const undo = async (planId: string) => {
    setBusy(true)
    const failure = await commands.undoVisibility(planId)
    setBusy(false)
    setError(failure)
    setUndone((before) => before + 1)
    if (failure === null) onUndone()
  }
  if (changes.length === 0 && setup === null) return <ErrorHere error={error} />
  return (
    <section className="field" aria-label="Changes made from this computer">
      <span className="field-label">Changes made from this computer</span>
      <ul>
        {changes.slice(0, shownChanges).map((change, index) => (
          <li key={change.planId} className="row change-made">
            <span className="grow">
              {visibilityChangeText(change)}{' '}
              <span className="muted">
                <TimeText iso={change.at} relative />
              </span>
            </span>
            {/* An earlier one goes back once those after it have. */}
            {index === 0 ? (
              <Button disabled={busy} onClick={() => void undo(change.planId)}>
                {busy ? 'Undoing…' : 'Undo'}
              </Button>
            ) : null}
          </li>
        ))}
        {setup === null ? null : (
          <li className="row change-made">
            <span className="grow">
              Set up for a website{' '}
              <span className="muted">
                <TimeText iso={setup.at} relative />
              </span>
            </span>
            <Button
              onClick={() =>
                stores.view.getState().openDialog({
                  kind: 'undo-setup',
                  profileId,
                  bucket,
                  setupId: setup.setupId,
                  calls: setup.calls,
                  opens: setup.opens,
                })
              }
            >
              Undo set-up…
            </Button>
          </li>
        )}
      </ul>
      <ErrorHere error={error} />
    </section>
  )
}

function Meaning({ word, meaning }: { word: string; meaning: VisibilityMeaning }) {
  const { way, sure, reasons } = meaning
  return (
    <Note kind={sure ? 'info' : 'warning'} title={`${word}: ${wayWords[way]}${sure ? '' : ' (not certain)'}`}>
      {reasons.map((reason) => (
        <p key={reason}>{visibleName(reason)}</p>
      ))}
    </Note>
  )
}

function Line({ name, value, isKnown }: { name: string; value: string; isKnown: boolean }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className={isKnown ? 'selectable' : 'selectable muted'}>{visibleName(value)}</dd>
    </>
  )
}
