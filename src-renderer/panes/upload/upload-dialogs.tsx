import { Button } from '../../components/button.tsx'
import { Switch } from '../../components/choice-fields.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { NameList } from '../../components/name-list.tsx'
import { Note } from '../../components/note.tsx'
import { VisibilityBadge } from '../../components/visibility-badge.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import type { PendingUpload } from '../../stores/upload-store.ts'
import { formatBytes, formatCount } from '../../text/format.ts'
import { expiryLabel } from '../../text/link-text.ts'
import { ErrorHere } from '../error-here.tsx'
import { useFrom, useWindow } from '../window-context.ts'
import './upload.css'

/** The questions of an upload that has not started. */
export function UploadDialogs() {
  const pending = useFrom(
    (all) => all.uploads,
    (state) => state.pending,
  )
  if (pending === null) return null
  if (pending.conflicts !== null) return <ConflictDialog pending={pending} />
  // A drop on a destination starts by itself; nothing flashes by.
  if (pending.unasked && pending.error === null) return null
  return <UploadSheet pending={pending} />
}

function UploadSheet({ pending }: { pending: PendingUpload }) {
  const { stores, commands } = useWindow()
  const { target, selection, visibility, step, error } = pending
  const uploads = stores.uploads.getState()
  const busy = step === 'checking' || step === 'starting'
  const expiry = target.destination?.linkExpirySeconds ?? commands.linkExpiry()
  return (
    <Dialog
      title={`Upload ${formatCount(selection.files, 'file')}`}
      onClose={uploads.cancel}
      onSubmit={() => void uploads.confirm(commands.linkExpiry())}
      footer={
        <>
          <Button onClick={uploads.cancel}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={busy || selection.files === 0}>
            {busy ? 'Starting…' : 'Start upload'}
          </Button>
        </>
      }
    >
      <dl className="facts">
        <dt>To</dt>
        <dd>
          {target.destination === null ? null : `${target.destination.name} · `}
          <VisibleName name={`${target.bucket}/${target.prefix}`} splitsExtension={false} />
        </dd>
        <dt>Size</dt>
        <dd>{formatBytes(selection.sizeBytes)}</dd>
      </dl>
      <NameList label="Files to upload">
        {selection.names.slice(0, 20).map((name) => (
          <li key={name}>
            <VisibleName name={name} />
          </li>
        ))}
        {selection.files > Math.min(20, selection.names.length) ? (
          <li className="muted">
            and {formatCount(selection.files - Math.min(20, selection.names.length), 'other')}
          </li>
        ) : null}
      </NameList>
      <Switch
        label="Private"
        checked={visibility === 'private'}
        onChecked={(checked) => uploads.setVisibility(checked ? 'private' : 'public')}
        hint={
          visibility === 'private'
            ? `Only you can read them. The copied link works for ${expiryLabel(expiry)}.`
            : 'Anyone who has the URL can read them. The copied URL does not expire.'
        }
      />
      {selection.problems.length === 0 ? null : (
        <Note kind="warning" title={`${formatCount(selection.problems.length, 'item')} will not be uploaded`}>
          <ul className="upload-problems">
            {selection.problems.slice(0, 50).map((problem) => (
              <li key={problem.name}>
                <VisibleName name={problem.name} />: {problem.reason}
              </li>
            ))}
          </ul>
        </Note>
      )}
      <ErrorHere error={error} />
    </Dialog>
  )
}

function ConflictDialog({ pending }: { pending: PendingUpload }) {
  const { stores, commands } = useWindow()
  const { conflicts, target, step, error } = pending
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
      <ErrorHere error={error} />
    </Dialog>
  )
}
