import { expect, it } from 'vitest'
import { shortcutText } from '../../../src-renderer/text/shortcut.ts'

it('a shortcut is written as the platform writes it', () => {
  expect(shortcutText('Ctrl+L', false)).toBe('Ctrl+L')
  expect(shortcutText('Ctrl+L', true)).toBe('⌘L')
  expect(shortcutText('Ctrl+Shift+G', true)).toBe('⇧⌘G')
  expect(shortcutText('F2', true)).toBe('F2')
})
