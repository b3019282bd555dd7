import { Button } from '../../components/button.tsx'
import { Switch } from '../../components/choice-fields.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Note } from '../../components/note.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { isOpened, type PendingUpload } from '../../stores/upload-store.ts'
import { formatBytes, formatCount } from '../../text/format.ts'
import { cacheText, privateText } from '../../text/upload-text.ts'
import { lastSegment, splitExtension, visibleName } from '../../text/visible-name.ts'
import { useFrom, useWindow } from '../window-context.ts'
import { OpenedPlace, UploadError } from './opened-place.tsx'
import { SelectionProblems } from './selection-problems.tsx'
import { StayingMetadata } from './staying-metadata.tsx'
import './upload.css'

/** One file takes the place of an object, under its key; what caches make of that is said before. */
export function ReplaceSheet({ pending, replaceKey }: { pending: PendingUpload; replaceKey: string }) {
  const { stores, commands } = useWindow()
  const { selection, visibility, target, step, error, plan } = pending
  const uploads = stores.uploads.getState()
  const shown = useFrom(
    (all) => all.details,
    (state) => (state.details?.key === replaceKey ? state.details.cacheControl : undefined),
  )
  const name = selection.names[0] ?? ''
  const isOne = selection.files === 1
  // What is wrong with the file is told before it can be sent.
  const isHeld = visibility === 'private' && plan !== null && isOpened(plan)
  const isLooking = plan === null && error === null
  const [row] = plan?.rows ?? []
  return (
    <Dialog
      title={`Replace ${visibleName(lastSegment(replaceKey))}?`}
      onClose={uploads.cancel}
      onSubmit={() => void uploads.confirm(commands.linkExpiry())}
      trouble={<UploadError pending={pending} />}
      footer={
        <>
          <Button onClick={uploads.cancel}>Cancel</Button>
          <Button kind="danger" type="submit" disabled={!isOne || step === 'starting' || isLooking || isHeld}>
            Replace
          </Button>
        </>
      }
    >
      {isOne ? (
        <>
          <dl className="facts">
            <dt>Replaced</dt>
            <dd>
              <VisibleName name={`${target.bucket}/${replaceKey}`} splitsExtension={false} />
            </dd>
            <dt>With</dt>
            <dd>
              <VisibleName name={name} />, {formatBytes(selection.sizeBytes)}
            </dd>
          </dl>
          {extensionOf(name) === extensionOf(replaceKey) ? null : (
            <Note kind="warning" title="It is another kind of file">
              The name stays, and browsers take the file for what the name says.
            </Note>
          )}
          <Note kind="info" title="The old file may be seen for a while">
            {cacheText(shown)} An upload under a new name is seen at once.
          </Note>
          <Switch
            label="Private"
            checked={visibility === 'private'}
            onChecked={(checked) => void uploads.setVisibility(checked ? 'private' : 'public')}
            hint={visibility === 'private' ? privateText(plan, 1) : 'Anyone who has the URL can read it.'}
          />
          <OpenedPlace pending={pending} />
          {(plan?.stripped ?? 0) > 0 ? (
            <p className="muted">Location and other metadata will be removed from it.</p>
          ) : null}
          {selection.sizeBytes === 0 ? (
            <Note kind="warning" title="It is empty">
              The object will have no content.
            </Note>
          ) : null}
          {plan === null ? null : <StayingMetadata plan={plan} reason={row?.reason ?? null} />}
        </>
      ) : (
        <Note kind="warning" title="Choose one file">
          One object is replaced with one file. {formatCount(selection.files, 'file')} were chosen.
        </Note>
      )}
      <SelectionProblems problems={selection.problems} />
    </Dialog>
  )
}

function extensionOf(name: string): string {
  return splitExtension(lastSegment(name)).extension.toLowerCase()
}
