import { useRef, useState } from 'react'
import { Button } from '../../components/button.tsx'
import { NameList } from '../../components/name-list.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { formatCount } from '../../text/format.ts'
import { useFrom, useWindow } from '../window-context.ts'

interface MakePublicDialogProps {
  keys: readonly string[]
  onClose: () => void
}

/** The second step of going public: names what becomes public; several at once need the bucket's name typed (S44). */
export function MakePublicDialog({ keys, onClose }: MakePublicDialogProps) {
  const { commands } = useWindow()
  const bucket =
    useFrom(
      (all) => all.view,
      (state) => state.bucket,
    ) ?? ''
  const details = useFrom(
    (all) => all.details,
    (state) => state.details,
  )
  const [typed, setTyped] = useState('')
  const safe = useRef<HTMLButtonElement>(null)
  const many = keys.length > 1
  const url = !many && details !== null && details.key === keys[0] ? details.publicUrl : null
  return (
    <Dialog
      title={many ? `Make ${formatCount(keys.length, 'object')} public?` : 'Make this object public?'}
      description="Anybody who has the URL can then read it, without signing in. Search engines may find it."
      {...(many ? {} : { initialFocus: safe })}
      onClose={onClose}
      onSubmit={() => {
        if (many && typed !== bucket) return
        onClose()
        void commands.setVisibility(keys, 'public')
      }}
      footer={
        <>
          <Button ref={safe} onClick={onClose}>
            Cancel
          </Button>
          <Button kind="danger" type="submit" disabled={many && typed !== bucket}>
            Make public
          </Button>
        </>
      }
    >
      <NameList label="What becomes public">
        {keys.slice(0, 50).map((key) => (
          <li key={key}>
            <VisibleName name={`${bucket}/${key}`} />
          </li>
        ))}
        {keys.length > 50 ? <li className="muted">and {formatCount(keys.length - 50, 'other')}</li> : null}
      </NameList>
      {url === null ? null : <p className="mono selectable">{url}</p>}
      {many ? (
        <TextField
          label="Type the bucket name to confirm"
          value={typed}
          onValue={setTyped}
          placeholder={bucket}
        />
      ) : null}
    </Dialog>
  )
}
