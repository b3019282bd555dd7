import { Dialog as Base } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import type { FormEvent, ReactNode, RefObject } from 'react'
import { useRef } from 'react'
import { IconButton } from './button.tsx'
import './dialog.css'

interface DialogProps {
  title: string
  /** One or two sentences under the title. */
  description?: ReactNode
  children?: ReactNode
  /** What went wrong with the buttons' action: beside them, never scrolled away with the body. */
  trouble?: ReactNode
  /** The buttons, the safe one first. */
  footer?: ReactNode
  width?: 'narrow' | 'normal' | 'wide'
  /** What has the focus at first; by default the first field, else the main button. */
  initialFocus?: RefObject<HTMLElement | null>
  onClose: () => void
  /** Something runs that a button of the dialog stops: until then nothing else closes it. */
  held?: boolean
  /** Makes the body a form: Enter submits it. Gets its element. */
  onSubmit?: (form: HTMLFormElement) => void
}

/** A modal dialog that is open as long as it is rendered; Escape closes it and the focus goes back. */
export function Dialog({
  title,
  description,
  children,
  trouble,
  footer,
  width = 'normal',
  initialFocus,
  onClose,
  held = false,
  onSubmit,
}: DialogProps) {
  const popup = useRef<HTMLDivElement>(null)
  const firstOf = () =>
    popup.current?.querySelector<HTMLElement>('.dialog-body .input') ??
    popup.current?.querySelector<HTMLElement>('.dialog-footer .button-primary, .dialog-footer .button') ??
    true
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    // A dialog that is asked from within another one's form must not submit that, too: React lets events through portals.
    event.stopPropagation()
    onSubmit?.(event.currentTarget)
  }
  const body = (
    <>
      {children === undefined ? null : <div className="dialog-body">{children}</div>}
      {/* Empty it has no place: what is in it decides itself whether it has something to say. */}
      {trouble === undefined ? null : <div className="dialog-trouble">{trouble}</div>}
      {footer === undefined ? null : <div className="dialog-footer">{footer}</div>}
    </>
  )
  return (
    <Base.Root open onOpenChange={(open) => (open || held ? undefined : onClose())} disablePointerDismissal>
      <Base.Portal>
        <Base.Backdrop className="dialog-backdrop" />
        <Base.Viewport className="dialog-viewport">
          <Base.Popup className={`dialog dialog-${width}`} ref={popup} initialFocus={initialFocus ?? firstOf}>
            <header className="dialog-header">
              <Base.Title className="dialog-title">{title}</Base.Title>
              <IconButton icon={X} label="Close" disabled={held} onClick={onClose} />
            </header>
            {description === undefined ? null : (
              <Base.Description className="dialog-description" render={<div />}>
                {description}
              </Base.Description>
            )}
            {onSubmit === undefined ? (
              <div className="dialog-form">{body}</div>
            ) : (
              <form className="dialog-form" onSubmit={submit} autoComplete="off" noValidate>
                {body}
              </form>
            )}
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
    </Base.Root>
  )
}
