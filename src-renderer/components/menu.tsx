import { ContextMenu as BaseContextMenu } from '@base-ui/react/context-menu'
import { Menu as BaseMenu } from '@base-ui/react/menu'
import type { LucideIcon } from 'lucide-react'
import { Check } from 'lucide-react'
import type { ReactElement, ReactNode } from 'react'
import { shortcutText } from '../text/shortcut.ts'
import './menu.css'

/** One line of a menu. */
export type MenuEntry =
  | {
      readonly kind: 'item'
      readonly label: string
      readonly onSelect: () => void
      readonly icon?: LucideIcon
      /** Something small before the label, in the icon's place. */
      readonly mark?: ReactNode
      readonly shortcut?: string
      readonly danger?: boolean
      readonly disabled?: boolean
      /** Shown with a check mark when true; the item is a radio item when this is given. */
      readonly checked?: boolean
    }
  | { readonly kind: 'separator' }
  | { readonly kind: 'label'; readonly label: string }

interface MenuProps {
  /** The button; it gets the menu's behaviour. */
  trigger: ReactElement
  entries: readonly MenuEntry[]
  align?: 'start' | 'end'
}

/** A button that opens a menu. */
export function Menu({ trigger, entries, align = 'start' }: MenuProps) {
  return (
    <BaseMenu.Root>
      <BaseMenu.Trigger render={trigger} />
      <BaseMenu.Portal>
        <BaseMenu.Positioner className="menu-positioner" sideOffset={4} align={align}>
          <BaseMenu.Popup className="menu">
            <Entries entries={entries} />
          </BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  )
}

interface ContextMenuProps {
  children: ReactElement
  entries: readonly MenuEntry[]
}

/** An element with a menu of its own on right click or the menu key. */
export function ContextMenu({ children, entries }: ContextMenuProps) {
  return (
    <BaseContextMenu.Root>
      <BaseContextMenu.Trigger render={children} />
      <BaseContextMenu.Portal>
        <BaseContextMenu.Positioner className="menu-positioner">
          <BaseContextMenu.Popup className="menu">
            <Entries entries={entries} />
          </BaseContextMenu.Popup>
        </BaseContextMenu.Positioner>
      </BaseContextMenu.Portal>
    </BaseContextMenu.Root>
  )
}

function Entries({ entries }: { entries: readonly MenuEntry[] }) {
  return entries.map((entry, index) => {
    // The entries of a menu are fixed while it is open, so that their place can be their key.
    const key = `${index}`
    if (entry.kind === 'separator') return <BaseMenu.Separator key={key} className="menu-separator" />
    if (entry.kind === 'label') {
      return (
        <div key={key} className="menu-label" role="presentation">
          {entry.label}
        </div>
      )
    }
    const Icon = entry.icon
    return (
      <BaseMenu.Item
        key={key}
        className={entry.danger === true ? 'menu-item menu-item-danger' : 'menu-item'}
        disabled={entry.disabled === true}
        onClick={entry.onSelect}
        label={entry.label}
        {...(entry.checked === undefined ? {} : { role: 'menuitemradio', 'aria-checked': entry.checked })}
      >
        <span className="menu-mark">
          {entry.checked === true ? (
            <Check size={14} aria-hidden />
          ) : Icon === undefined ? (
            entry.mark
          ) : (
            <Icon size={14} aria-hidden />
          )}
        </span>
        <span className="menu-text truncate">{entry.label}</span>
        {entry.shortcut === undefined ? null : <kbd aria-hidden>{shortcutText(entry.shortcut)}</kbd>}
      </BaseMenu.Item>
    )
  })
}
