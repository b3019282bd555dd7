import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { AppError } from '../../src-preload/contract/app-error.ts'
import { errorText } from '../text/error-text.ts'
import { visibleName } from '../text/visible-name.ts'
import { Button } from './button.tsx'
import './note.css'

const icons = { info: Info, warning: TriangleAlert, danger: CircleAlert, ok: CircleCheck }

interface NoteProps {
  kind: keyof typeof icons
  title?: string
  children?: ReactNode
  actions?: ReactNode
}

/** A remark where it belongs. */
export function Note({ kind, title, children, actions }: NoteProps) {
  const Icon = icons[kind]
  return (
    <div className={`note note-${kind}`} role={kind === 'danger' ? 'alert' : 'status'}>
      <Icon size={16} aria-hidden />
      <div className="note-words">
        {title === undefined ? null : <strong>{title}</strong>}
        {children === undefined ? null : <div className="selectable">{children}</div>}
        {actions === undefined ? null : <div className="row note-actions">{actions}</div>}
      </div>
    </div>
  )
}

interface ErrorNoteProps {
  error: AppError
  onCopyDetails: () => void
  onRetry?: () => void
  actions?: ReactNode
}

/** An error: what happened, what it means, what to do; S3's own code in small print. */
export function ErrorNote({ error, onCopyDetails, onRetry, actions }: ErrorNoteProps) {
  const text = errorText(error.code)
  // What was refused is said by the message alone; the other sentences hold for every refusal.
  const isReason = error.code === 'safety-refused'
  return (
    <Note
      kind="danger"
      title={text.happened}
      actions={
        <>
          {actions}
          {onRetry === undefined ? null : <Button onClick={onRetry}>Try again</Button>}
          <Button kind="quiet" onClick={onCopyDetails}>
            Copy details
          </Button>
        </>
      }
    >
      {isReason ? <p>{visibleName(error.message)}</p> : null}
      <p>{text.means}</p>
      <p>{text.next}</p>
      {isReason ? null : (
        <p className="note-print">
          {visibleName(error.message)}
          {error.s3Code === undefined ? '' : ` (${error.s3Code})`}
        </p>
      )}
    </Note>
  )
}
