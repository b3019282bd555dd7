import { Button } from '../../components/button.tsx'
import { Switch } from '../../components/choice-fields.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { NameList } from '../../components/name-list.tsx'
import { Note } from '../../components/note.tsx'
import { VisibilityBadge } from '../../components/visibility-badge.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import type { UploadPlan } from '../../../src-preload/contract/upload-plan.ts'
import { isOpened, type PendingUpload } from '../../stores/upload-store.ts'
import { formatBytes, formatCount } from '../../text/format.ts'
import { expiryLabel } from '../../text/link-text.ts'
import { planTitle, privateText, strippedText, troubleLabels } from '../../text/upload-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { useFrom, useWindow } from '../window-context.ts'
import { OpenedPlace, UploadError } from './opened-place.tsx'
import { PlannedName } from './planned-name.tsx'
import { ReplaceSheet } from './replace-sheet.tsx'
import { SelectionProblems } from './selection-problems.tsx'
import { StayingMetadata } from './staying-metadata.tsx'
import './upload.css'

/** The questions of an upload that has not started. */
export function UploadDialogs() {
  const pending = useFrom(
    (all) => all.uploads,
    (state) => state.pending,
  )
  if (pending === null) return null
  if (pending.conflicts !== null) return <ConflictDialog pending={pending} />
  // A drop on a destination starts by itself; its card says what and where.
  if (pending.unasked && pending.error === null) return null
  if (pending.replaceKey !== null) return <ReplaceSheet pending={pending} replaceKey={pending.replaceKey} />
  return <UploadSheet pending={pending} />
}

function UploadSheet({ pending }: { pending: PendingUpload }) {
  const { stores, commands } = useWindow()
  const { target, selection, visibility, step, plan, from } = pending
  const files = plan?.files ?? selection.files
  const uploads = stores.uploads.getState()
  const busy = step === 'checking' || step === 'starting'
  const stripped = plan === null ? null : strippedText(plan)
  const isHeld = visibility === 'private' && plan !== null && isOpened(plan)
  const expiry = target.destination?.linkExpirySeconds ?? commands.linkExpiry()
  return (
    <Dialog
      title={`Upload ${formatCount(files, 'file')}`}
      width="wide"
      onClose={uploads.cancel}
      onSubmit={() => void uploads.confirm(commands.linkExpiry())}
      trouble={<UploadError pending={pending} />}
      footer={
        <>
          <Button onClick={uploads.cancel}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={busy || files === 0 || isHeld}>
            {busy ? 'Starting…' : 'Start upload'}
          </Button>
        </>
      }
    >
      <dl className="facts">
        {from === null ? null : (
          <>
            <dt>From</dt>
            <dd>
              <VisibleName name={from} splitsExtension={false} />
            </dd>
          </>
        )}
        <dt>To</dt>
        <dd>
          {target.destination === null ? null : `${target.destination.name} · `}
          <VisibleName name={`${target.bucket}/${target.prefix}`} splitsExtension={false} />
        </dd>
        <dt>Size</dt>
        <dd>{formatBytes(plan?.sizeBytes ?? selection.sizeBytes)}</dd>
        {stripped === null ? null : (
          <>
            <dt>Pictures</dt>
            <dd>{stripped}</dd>
          </>
        )}
      </dl>
      {plan === null ? (
        <NameList label="Files to upload">
          {selection.names.slice(0, 20).map((name) => (
            <li key={name}>
              <VisibleName name={name} />
            </li>
          ))}
        </NameList>
      ) : (
        <>
          <PlannedFiles plan={plan} prefix={target.prefix} />
          <PlanTrouble plan={plan} pending={pending} />
          <StayingMetadata plan={plan} />
        </>
      )}
      <Switch
        label="Private"
        checked={visibility === 'private'}
        onChecked={(checked) => void uploads.setVisibility(checked ? 'private' : 'public')}
        hint={
          visibility === 'private'
            ? `${privateText(plan, files)} The copied link works for ${expiryLabel(expiry)}.`
            : 'Anyone who has the URL can read them. The copied URL does not expire.'
        }
      />
      <OpenedPlace pending={pending} />
      <SelectionProblems problems={selection.problems} />
    </Dialog>
  )
}

/** The files with the keys that they will have, and what is wrong with each; those with trouble come first. */
function PlannedFiles({ plan, prefix }: { plan: UploadPlan; prefix: string }) {
  return (
    <NameList label="Files to upload">
      {plan.rows.map((row, index) => {
        const key = row.key.startsWith(prefix) ? row.key.slice(prefix.length) : row.key
        return (
          // Two rows may have one name and one key: that is a trouble of its own.
          <li key={`${row.name} ${index}`} className="planned-file">
            <PlannedName name={row.name} keyBelow={key} />
            {row.troubles.map((kind) => (
              <span key={kind} className={kind === 'no-key' ? 'trouble trouble-bad' : 'trouble'}>
                {troubleLabels[kind]}
              </span>
            ))}
            {row.reason === null ? null : (
              <span
                className={row.troubles.includes('no-key') ? 'planned-reason trouble-bad' : 'planned-reason'}
              >
                {row.reason}
              </span>
            )}
          </li>
        )
      })}
      {plan.files > plan.rows.length ? (
        <li className="muted">and {formatCount(plan.files - plan.rows.length, 'other')}</li>
      ) : null}
    </NameList>
  )
}

function PlanTrouble({ plan, pending }: { plan: UploadPlan; pending: PendingUpload }) {
  const { stores } = useWindow()
  const uploads = stores.uploads.getState()
  const title = planTitle(plan)
  const empty = plan.counts.empty ?? 0
  if (title === null && !pending.leaveOutEmpty) return null
  return (
    <Note
      kind="warning"
      title={title ?? 'Empty files are left out'}
      actions={
        <>
          {plan.fixable ? <Button onClick={() => void uploads.tidyNames()}>Clean the names</Button> : null}
          {empty > 0 ? (
            <Button onClick={() => void uploads.setLeaveOutEmpty(true)}>Leave out empty files</Button>
          ) : null}
          {pending.leaveOutEmpty ? (
            <Button onClick={() => void uploads.setLeaveOutEmpty(false)}>Send them, too</Button>
          ) : null}
        </>
      }
    >
      {plan.warnings.length === 0 ? undefined : (
        <ul className="upload-problems">
          {plan.warnings.map((warning) => (
            <li key={warning}>{visibleName(warning)}</li>
          ))}
        </ul>
      )}
    </Note>
  )
}

function ConflictDialog({ pending }: { pending: PendingUpload }) {
  const { stores, commands } = useWindow()
  const { conflicts, target, step } = pending
  const uploads = stores.uploads.getState()
  const busy = step === 'starting'
  const expiry = commands.linkExpiry()
  const total = conflicts?.total ?? 0
  return (
    <Dialog
      title={`${formatCount(total, 'name')} ${total === 1 ? 'is' : 'are'} there already`}
      description="Nothing is overwritten unless you say so."
      onClose={uploads.cancel}
      onSubmit={() => void uploads.resolve('keep-both', expiry)}
      trouble={<UploadError pending={pending} />}
      footer={
        <>
          <Button className="push" onClick={uploads.cancel}>
            Cancel
          </Button>
          <Button disabled={busy} onClick={() => void uploads.resolve('overwrite', expiry)}>
            Replace
          </Button>
          <Button disabled={busy} onClick={() => void uploads.resolve('skip', expiry)}>
            Skip
          </Button>
          <Button kind="primary" type="submit" disabled={busy}>
            Keep both
          </Button>
        </>
      }
    >
      <NameList label="Names that exist">
        {(conflicts?.keys ?? []).slice(0, 50).map((key) => (
          <li key={key}>
            <VisibleName name={key.slice(target.prefix.length)} />
          </li>
        ))}
        {total > 50 ? <li className="muted">and {formatCount(total - 50, 'other')}</li> : null}
      </NameList>
      <p className="muted">
        Keep both gives the new file another name. Skip leaves these out. Replace overwrites what is there
        {pending.visibility === 'public' ? ' with a file that anyone can read' : ''}.
      </p>
      <VisibilityBadge visibility={pending.visibility} />
    </Dialog>
  )
}
