import { Dialog as Base } from '@base-ui/react/dialog'
import { Command } from 'cmdk'
import { useRef, useState } from 'react'
import { fittingCommands } from '../../text/command-score.ts'
import { shortcutText } from '../../text/shortcut.ts'
import { useFrom, useWindow } from '../window-context.ts'
import { paletteCommands } from './palette-commands.ts'
import './palette.css'

/** Every command by name, on Ctrl/⌘+K. */
export function Palette() {
  const open = useFrom(
    (all) => all.view,
    (state) => state.paletteOpen,
  )
  return open ? <OpenPalette /> : null
}

function OpenPalette() {
  const { stores, commands } = useWindow()
  const [typed, setTyped] = useState('')
  const close = () => stores.view.getState().setPaletteOpen(false)
  const input = useRef<HTMLInputElement>(null)
  const groups = fittingCommands(paletteCommands(stores, commands), typed)
  return (
    <Base.Root open onOpenChange={(next) => (next ? undefined : close())}>
      <Base.Portal>
        <Base.Backdrop className="dialog-backdrop" />
        <Base.Popup className="palette" aria-label="Commands" initialFocus={input}>
          {/* It would order the commands of each group, but not the groups. */}
          <Command label="Commands" loop shouldFilter={false}>
            <Command.Input
              className="palette-input"
              placeholder="Type a command, a bucket or a destination"
              ref={input}
              value={typed}
              onValueChange={setTyped}
            />
            <Command.List className="palette-list" label="Commands">
              {groups.map((group) => (
                <Command.Group key={group.name} heading={group.name}>
                  {group.commands.map((command) => (
                    <Command.Item
                      key={command.id}
                      value={`${command.name} ${command.id}`}
                      className="palette-item"
                      onSelect={() => {
                        close()
                        command.run()
                      }}
                    >
                      <span className="grow truncate">{command.name}</span>
                      {command.shortcut === undefined ? null : <kbd>{shortcutText(command.shortcut)}</kbd>}
                    </Command.Item>
                  ))}
                </Command.Group>
              ))}
            </Command.List>
            <Command.Empty className="palette-empty">No command matches.</Command.Empty>
          </Command>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
