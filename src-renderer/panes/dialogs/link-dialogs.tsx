import { useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { NameList } from '../../components/name-list.tsx'
import { Note } from '../../components/note.tsx'
import { allLinks } from '../../stores/link-store.ts'
import { formatCount, formatDateTime } from '../../text/format.ts'
import { ErrorHere } from '../error-here.tsx'
import { useFrom, useWindow } from '../window-context.ts'

/** What a note on a link is for. */
export const noteHint = 'Optional. It is shown under Links, on this computer only.'

interface LinkNoteDialogProps {
  linkIds: readonly string[]
  note: string
  onClose: () => void
}

/** Whom links are for, in the person's own words. */
export function LinkNoteDialog({ linkIds, note, onClose }: LinkNoteDialogProps) {
  const { stores } = useWindow()
  const [text, setText] = useState(note)
  const [error, setError] = useState<AppError | null>(null)
  const save = async () => {
    const failed = await stores.links.getState().setNote(linkIds, text.trim())
    if (failed === null) onClose()
    else setError(failed)
  }
  return (
    <Dialog
      title={linkIds.length === 1 ? 'Who the link is for' : `Who the ${linkIds.length} links are for`}
      width="narrow"
      onClose={onClose}
      onSubmit={() => void save()}
      trouble={<ErrorHere error={error} />}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit">
            Save
          </Button>
        </>
      }
    >
      <TextField label="Who it is for" value={text} onValue={setText} maxLength={500} hint={noteHint} />
    </Dialog>
  )
}

/** Which links die with which key, and what rotating one does. */
export function SigningKeysDialog({ onClose }: { onClose: () => void }) {
  const { stores } = useWindow()
  const uses = useFrom(
    (all) => all.links,
    (state) => state.list?.signingKeys ?? [],
  )
  const show = (signingKeyId: string) => {
    void stores.links.getState().setFilter({ ...allLinks, signingKeyId })
    onClose()
  }
  return (
    <Dialog
      title="What dies with a key"
      description="A link that expires is only as good as the access key that signed it. Where that key is deactivated or deleted, every link it has signed dies at once, whoever has it."
      onClose={onClose}
      footer={<Button onClick={onClose}>Done</Button>}
    >
      {uses.length === 0 ? (
        <p className="muted">No live link was signed with a key that is known here.</p>
      ) : (
        <NameList label="Keys">
          {uses.map(({ key, live, lastEndsAt }) => (
            <li key={key.id} className="row">
              <span className="mono">{key.hint}</span>
              <span className="grow">
                {formatCount(live, 'live link')}, the last until {formatDateTime(lastEndsAt)}
                {key.isTemporary ? ', with temporary keys' : ''}
              </span>
              <Button kind="quiet" onClick={() => show(key.id)}>
                Show
              </Button>
            </li>
          ))}
        </NameList>
      )}
      <Note kind="info" title="To end all links of a key">
        <p>
          Make a new access key at your provider, enter it in the profile, and deactivate the old one.
          Everything else that uses the old key stops as well: look for it in your servers and scripts first.
        </p>
        <p>
          Temporary keys cannot be deactivated: their links end with them, or when the role’s sessions are
          revoked. Public URLs are signed with no key.
        </p>
      </Note>
    </Dialog>
  )
}
