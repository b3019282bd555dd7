import { useEffect } from 'react'
import { Button } from '../../components/button.tsx'
import type { UploadPlan } from '../../../src-preload/contract/upload-plan.ts'
import type { PendingUpload } from '../../stores/upload-store.ts'
import { mediaRules } from '../../stores/upload-rules.ts'
import { formatBytes, formatCount } from '../../text/format.ts'
import { conflictTexts, strippedText } from '../../text/upload-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { useFrom, useWindow } from '../window-context.ts'
import { PlannedName } from './planned-name.tsx'
import { UploadWords } from './upload-words.tsx'
import './upload.css'

/** So many keys are told before a drop starts by itself; the others are counted. */
const mostNames = 4

/**
 * Takes the overlay's place the moment files are let go: what was counted, where it goes, under which names and for
 * whom, before anything is sent. Escape cancels it.
 */
export function DropCard() {
  const { stores, commands } = useWindow()
  const reading = useFrom(
    (all) => all.uploads,
    (state) => state.reading,
  )
  const pending = useFrom(
    (all) => all.uploads,
    (state) => state.pending,
  )
  const told = pending !== null && isTold(pending) ? pending : null
  const { cancel } = stores.uploads.getState()
  const isShown = reading !== null || told !== null
  useEffect(() => {
    if (!isShown) return
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape') cancel()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [isShown, cancel])

  if (!isShown) return null
  const start = () => void stores.uploads.getState().confirm(commands.linkExpiry())
  return (
    <section className="drop-card" aria-label="About to upload">
      <div className="drop-words" aria-live="polite">
        {told !== null ? (
          <Announced pending={told} />
        ) : reading !== null ? (
          <>
            <UploadWords
              target={reading.target}
              visibility={reading.visibility}
              what={reading.fetchedFrom === null ? formatCount(reading.items, 'item') : 'Picture'}
            />
            <span className="small">
              {reading.fetchedFrom === null
                ? 'Counting…'
                : `Fetching it from ${visibleName(reading.fetchedFrom)}…`}
            </span>
          </>
        ) : null}
        <div className="row drop-actions">
          <Button onClick={cancel}>Cancel</Button>
          <Button kind="primary" disabled={told?.step !== 'announced'} onClick={start}>
            Upload now
          </Button>
        </div>
      </div>
    </section>
  )
}

/** Whether an upload starts by itself, and nothing has come up that is asked in a dialog. */
function isTold({ unasked, error, conflicts }: PendingUpload): boolean {
  return unasked && error === null && conflicts === null
}

function Announced({ pending }: { pending: PendingUpload }) {
  const { target, visibility, selection, plan } = pending
  const what = `${formatCount(plan?.files ?? selection.files, 'file')}, ${formatBytes(plan?.sizeBytes ?? selection.sizeBytes)}`
  const stripped = plan === null ? null : strippedText(plan)
  const rules = mediaRules(target)
  return (
    <>
      <UploadWords
        target={target}
        visibility={visibility}
        policy={plan === null ? undefined : plan.opened === null ? 'closed' : 'unknown'}
        what={what}
      />
      {plan === null ? (
        <span className="small">Looking at the names…</span>
      ) : (
        <Names plan={plan} target={target} />
      )}
      {rules === null ? null : <span className="small">{conflictTexts[rules.onConflict]}</span>}
      {stripped === null ? null : <span className="small">{stripped}</span>}
    </>
  )
}

function Names({ plan, target }: { plan: UploadPlan } & Pick<PendingUpload, 'target'>) {
  const others = plan.files - Math.min(plan.rows.length, mostNames)
  return (
    <ul className="drop-names" aria-label="Names that the files will have">
      {plan.rows.slice(0, mostNames).map((row, index) => (
        <li key={`${row.name} ${index}`} className="planned-file">
          <PlannedName
            name={row.name}
            keyBelow={row.key.startsWith(target.prefix) ? row.key.slice(target.prefix.length) : row.key}
          />
        </li>
      ))}
      {others > 0 ? <li className="muted">and {formatCount(others, 'other')}</li> : null}
    </ul>
  )
}
