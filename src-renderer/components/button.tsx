import { Tooltip } from '@base-ui/react/tooltip'
import type { LucideIcon } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'
import { shortcutText } from '../text/shortcut.ts'
import './button.css'

/** How much a button asks to be pressed. */
export type ButtonKind = 'primary' | 'normal' | 'quiet' | 'danger'

interface ButtonProps extends ComponentProps<'button'> {
  kind?: ButtonKind
  icon?: LucideIcon
  children: ReactNode
}

/** A button with a word on it. */
export function Button({ kind = 'normal', icon: Icon, children, className, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={['button', `button-${kind}`, className].filter(Boolean).join(' ')}
    >
      {Icon === undefined ? null : <Icon size={15} aria-hidden />}
      <span>{children}</span>
    </button>
  )
}

interface IconButtonProps extends ComponentProps<'button'> {
  icon: LucideIcon
  /** The accessible name, shown as a tooltip too. */
  label: string
  /** A shortcut to show beside the name. */
  shortcut?: string
}

/** An {@link IconButton} for rows that come and go by the hundred: the system shows its name, which costs nothing. */
export function RowButton({ icon: Icon, label, className, ...rest }: Omit<IconButtonProps, 'shortcut'>) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={['icon-button', className].filter(Boolean).join(' ')}
    >
      <Icon size={16} aria-hidden />
    </button>
  )
}

/** A button with only an icon: its name is told to assistive technology and shown on hover and focus. */
export function IconButton({ icon: Icon, label, shortcut, className, ...rest }: IconButtonProps) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger
        render={
          <button
            type="button"
            aria-label={label}
            {...rest}
            className={['icon-button', className].filter(Boolean).join(' ')}
          />
        }
      >
        <Icon size={16} aria-hidden />
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Positioner sideOffset={6} className="tooltip-positioner">
          <Tooltip.Popup className="tooltip">
            {label}
            {shortcut === undefined ? null : <kbd>{shortcutText(shortcut)}</kbd>}
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  )
}
