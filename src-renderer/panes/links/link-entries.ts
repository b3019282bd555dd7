import { FolderOpen, StickyNote } from 'lucide-react'
import type { LinkRecord } from '../../../src-preload/contract/presigned-url.ts'
import type { MenuEntry } from '../../components/menu.tsx'
import type { Stores } from '../../stores/create-stores.ts'

/** The menu of the selected links. */
export function linkEntries(
  stores: Stores,
  selected: readonly LinkRecord[],
  editNote: () => void,
): readonly MenuEntry[] {
  const only = selected.length === 1 ? selected[0] : undefined
  const known = stores.profiles.getState().profiles ?? []
  const isHere = only !== undefined && known.some(({ id }) => id === only.profileId)
  return [
    {
      kind: 'item',
      label: 'Who it is for…',
      icon: StickyNote,
      shortcut: 'F2',
      disabled: selected.length === 0,
      onSelect: editNote,
    },
    {
      kind: 'item',
      label: 'Show the file',
      icon: FolderOpen,
      disabled: !isHere,
      onSelect: () => {
        if (only === undefined) return
        const { profiles, view } = stores
        profiles.getState().select(only.profileId)
        const key = only.movedTo ?? only.key
        view.getState().openBucket(only.bucket, key.slice(0, key.lastIndexOf('/') + 1))
      },
    },
  ]
}
