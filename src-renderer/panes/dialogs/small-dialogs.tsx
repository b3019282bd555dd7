import { useState } from 'react'
import { maxLinkExpirySeconds } from '../../../src-preload/contract/link-expiry.ts'
import { Button } from '../../components/button.tsx'
import { SelectField } from '../../components/choice-fields.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { formatDuration } from '../../text/format.ts'
import { useWindow } from '../window-context.ts'
import { noteHint } from './link-dialogs.tsx'

const units = { minutes: 60, hours: 3600, days: 86_400 }

/** A link's life in the person's own number. */
export function CustomExpiryDialog({ keys, onClose }: { keys: readonly string[]; onClose: () => void }) {
  const { commands } = useWindow()
  const [amount, setAmount] = useState('2')
  const [unit, setUnit] = useState<keyof typeof units>('hours')
  const [note, setNote] = useState('')
  const number = Number(amount)
  const seconds = Math.round(number * units[unit])
  const valid = Number.isFinite(number) && seconds >= 1
  const problem = !valid
    ? 'Type a number above zero.'
    : seconds > maxLinkExpirySeconds
      ? 'S3 allows 7 days at most.'
      : null
  return (
    <Dialog
      title="Copy link"
      width="narrow"
      onClose={onClose}
      onSubmit={() => {
        if (problem !== null) return
        onClose()
        void commands.copyLinks(seconds, keys, { note: note.trim() })
      }}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={problem !== null}>
            Copy link
          </Button>
        </>
      }
    >
      <div className="field-grid">
        <TextField
          label="Works for"
          value={amount}
          onValue={setAmount}
          inputMode="decimal"
          problem={problem}
          hint={problem === null ? formatDuration(seconds) : ''}
        />
        <SelectField
          label="Unit"
          options={[
            { value: 'minutes', label: 'minutes' },
            { value: 'hours', label: 'hours' },
            { value: 'days', label: 'days' },
          ]}
          value={unit}
          onValue={setUnit}
        />
      </div>
      <TextField label="Who it is for" value={note} onValue={setNote} maxLength={500} hint={noteHint} />
    </Dialog>
  )
}

const shortcuts: readonly (readonly [string, string])[] = [
  ['Ctrl/⌘ K', 'Every command'],
  ['Ctrl/⌘ 1 … 5', 'Browse, Sync, Media, Links, Transfers'],
  ['Ctrl/⌘ F', 'Filter the list'],
  ['Ctrl/⌘ Shift G', 'Type a path'],
  ['Ctrl/⌘ L', 'Copy an expiring link'],
  ['Ctrl/⌘ A', 'Select everything'],
  ['Ctrl/⌘ I, Space', 'Inspector'],
  ['Enter', 'Open'],
  ['Backspace, Alt ↑', 'Up'],
  ['F2', 'Rename'],
  ['Delete', 'Delete'],
  ['F5', 'Refresh'],
  ['Esc', 'Clear the selection, close'],
]

/** The keys that do something. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog
      title="Keyboard shortcuts"
      width="narrow"
      onClose={onClose}
      footer={<Button onClick={onClose}>Done</Button>}
    >
      <dl className="facts">
        {shortcuts.map(([keys, words]) => (
          <div key={keys} style={{ display: 'contents' }}>
            <dt>{keys}</dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
