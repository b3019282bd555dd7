import { Globe, Link, Link2, LockKeyhole } from 'lucide-react'
import { useMemo } from 'react'
import { Button } from '../../components/button.tsx'
import { formatBytes, formatCount } from '../../text/format.ts'
import { useFrom, useWindow } from '../window-context.ts'

/** Several selected objects and folders: how many, how large, and what can be done with all of them. */
export function SelectionView({ pane }: { pane: 'browse' | 'media' }) {
  const { commands } = useWindow()
  const { selection, objects } = useFrom(
    (all) => all[pane],
    (state) => state,
  )
  const sizeBytes = useMemo(
    () => objects.reduce((sum, { key, sizeBytes }) => sum + (selection.ids.has(key) ? sizeBytes : 0), 0),
    [objects, selection.ids],
  )
  const { keys = [], prefixes = [] } = commands.selectedItems() ?? {}
  return (
    <div className="inspector-body">
      <p>
        <strong>{formatCount(selection.ids.size, 'item')} selected</strong>
        {keys.length === 0 ? null : <span className="muted"> · {formatBytes(sizeBytes)}</span>}
      </p>
      {keys.length + prefixes.length === 0 ? null : (
        <section className="inspector-section row inspector-wrap" aria-label="Visibility">
          <Button icon={Globe} onClick={() => commands.makePublic(keys, prefixes)}>
            Make public…
          </Button>
          <Button icon={LockKeyhole} onClick={() => void commands.makePrivate(keys, prefixes)}>
            {prefixes.length > 0 ? 'Make private…' : 'Make private'}
          </Button>
        </section>
      )}
      {keys.length === 0 || prefixes.length > 0 ? null : (
        <section className="inspector-section row inspector-wrap" aria-label="Links">
          <Button icon={Link2} onClick={() => void commands.copyLinks()}>
            Copy links
          </Button>
          <Button icon={Link} onClick={() => void commands.copyUrls()}>
            Copy URLs
          </Button>
        </section>
      )}
      <section className="inspector-section row inspector-wrap" aria-label="Actions">
        <Button onClick={() => void commands.download()}>Download</Button>
        <Button onClick={commands.deleteSelected}>Delete</Button>
      </section>
    </div>
  )
}
