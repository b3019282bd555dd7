const macSigns: Readonly<Record<string, string>> = { Ctrl: '⌘', Shift: '⇧', Alt: '⌥', Del: '⌦' }
const macOrder = '⌥⇧⌘'

/** A shortcut such as `Ctrl+Shift+G` as the platform writes it: `⇧⌘G` on a Mac. */
export function shortcutText(keys: string, mac: boolean = /Mac/.test(navigator.userAgent)): string {
  if (!mac) return keys
  const parts = keys.split('+').map((part) => macSigns[part] ?? part)
  const key = parts.at(-1) ?? ''
  // The command sign comes last before the key.
  const modifiers = parts.slice(0, -1).sort((a, b) => macOrder.indexOf(a) - macOrder.indexOf(b))
  return [...modifiers, key].join('')
}
