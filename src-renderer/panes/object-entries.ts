import {
  Download,
  FileUp,
  FolderOpen,
  Globe,
  Link,
  Link2,
  Link2Off,
  LockKeyhole,
  Pencil,
  Share2,
  Trash2,
} from 'lucide-react'
import { linkExpiryChoices } from '../../src-preload/contract/link-expiry.ts'
import type { MenuEntry } from '../components/menu.tsx'
import type { Stores } from '../stores/create-stores.ts'
import { expiryLabel } from '../text/link-text.ts'
import type { Commands } from './commands.ts'

/** The menu of the selected objects, the same wherever they are listed. `onOpen` is for a single folder, `copying` for what else can be copied. */
export function objectEntries(
  stores: Stores,
  commands: Commands,
  onOpen: (() => void) | null,
  copying: readonly MenuEntry[] = [],
): readonly MenuEntry[] {
  const items = commands.selectedItems()
  if (items === null || items.keys.length + items.prefixes.length === 0) {
    return [
      { kind: 'item', label: 'Upload files…', onSelect: () => void commands.upload('files') },
      { kind: 'item', label: 'Upload folder…', onSelect: () => void commands.upload('folder') },
      { kind: 'item', label: 'Request an upload…', onSelect: () => commands.requestUpload() },
      {
        kind: 'item',
        label: 'New folder',
        onSelect: () => stores.view.getState().openDialog({ kind: 'new-folder' }),
      },
      { kind: 'separator' },
      { kind: 'item', label: 'Refresh', shortcut: 'F5', onSelect: () => void commands.refresh() },
    ]
  }
  const { keys, prefixes } = items
  const onlyObjects = keys.length > 0 && prefixes.length === 0
  return [
    ...(onOpen === null
      ? []
      : [{ kind: 'item' as const, label: 'Open', icon: FolderOpen, onSelect: onOpen }]),
    ...(onlyObjects
      ? [
          {
            kind: 'item' as const,
            label: keys.length === 1 ? 'Copy link' : 'Copy links',
            icon: Link2,
            shortcut: 'Ctrl+L',
            onSelect: () => void commands.copyLinks(),
          },
          {
            kind: 'item' as const,
            label: keys.length === 1 ? 'Copy URL' : 'Copy URLs',
            icon: Link,
            onSelect: () => void commands.copyUrls(),
          },
          ...(keys.length === 1
            ? [
                {
                  kind: 'item' as const,
                  label: 'Share link…',
                  icon: Share2,
                  onSelect: () => commands.shareLink(),
                },
                {
                  kind: 'item' as const,
                  label: 'End all links…',
                  icon: Link2Off,
                  onSelect: () =>
                    stores.view.getState().openDialog({
                      kind: 'revoke-links',
                      target: { profileId: items.profileId, bucket: items.bucket, key: keys[0] ?? '' },
                      service: null,
                    }),
                },
              ]
            : []),
          ...copying,
          { kind: 'separator' as const },
        ]
      : []),
    ...(prefixes.length === 1 && keys.length === 0
      ? [
          {
            kind: 'item' as const,
            label: 'Request an upload…',
            icon: FileUp,
            onSelect: () => commands.requestUpload(prefixes[0]),
          },
        ]
      : []),
    { kind: 'item', label: 'Download', icon: Download, onSelect: () => void commands.download() },
    ...(onlyObjects && keys.length === 1
      ? [
          {
            kind: 'item' as const,
            label: 'Rename',
            icon: Pencil,
            shortcut: 'F2',
            onSelect: commands.renameSelected,
          },
        ]
      : []),
    {
      kind: 'item',
      label: 'Make public…',
      icon: Globe,
      onSelect: () => commands.makePublic(keys, prefixes),
    },
    {
      kind: 'item',
      label: onlyObjects ? 'Make private' : 'Make private…',
      icon: LockKeyhole,
      onSelect: () => void commands.makePrivate(keys, prefixes),
    },
    { kind: 'separator' },
    {
      kind: 'item',
      label: 'Delete',
      icon: Trash2,
      shortcut: 'Del',
      danger: true,
      onSelect: commands.deleteSelected,
    },
  ]
}

/** The menu beside "Copy link": how long the link lives; the last choice is remembered. */
export function expiryEntries(
  stores: Stores,
  commands: Commands,
  keys: readonly string[],
  current: number,
): readonly MenuEntry[] {
  const known = linkExpiryChoices.some((choice) => choice.seconds === current)
  return [
    { kind: 'label', label: 'The link works for' },
    ...linkExpiryChoices.map((choice): MenuEntry => ({
      kind: 'item',
      label: choice.label,
      checked: choice.seconds === current,
      onSelect: () => void commands.copyLinks(choice.seconds, keys),
    })),
    {
      kind: 'item',
      label: known ? 'Custom…' : `Custom… (${expiryLabel(current)})`,
      checked: !known,
      onSelect: () => stores.view.getState().openDialog({ kind: 'custom-expiry', keys }),
    },
    { kind: 'separator' },
    { kind: 'item', label: 'Copy public URL', icon: Link, onSelect: () => void commands.copyUrls(keys) },
  ]
}
