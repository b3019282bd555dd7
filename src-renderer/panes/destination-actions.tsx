import { FolderOpen, Pencil } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Destination } from '../../src-preload/contract/destination.ts'
import { Button, IconButton } from '../components/button.tsx'
import type { BuiltInPresetId } from '../../src-preload/contract/built-in-presets.ts'
import { useWindow } from './window-context.ts'

interface DestinationActionsProps {
  destination: Destination
  preset: BuiltInPresetId
}

/** What the header of a destination's pane offers about the destination itself. */
export function DestinationActions({ destination, preset }: DestinationActionsProps) {
  const { stores } = useWindow()
  return (
    <>
      <IconButton
        icon={FolderOpen}
        label="Browse files"
        onClick={() => stores.view.getState().openBucket(destination.bucket, destination.prefix)}
      />
      <IconButton
        icon={Pencil}
        label="Edit destination"
        onClick={() => stores.view.getState().openDialog({ kind: 'destination', destination, preset })}
      />
    </>
  )
}

/** The next step where there is no destination of a kind yet. */
export function NewDestinationButton({ preset, children }: { preset: BuiltInPresetId; children: ReactNode }) {
  const { stores } = useWindow()
  return (
    <Button
      kind="primary"
      onClick={() => stores.view.getState().openDialog({ kind: 'destination', destination: null, preset })}
    >
      {children}
    </Button>
  )
}
