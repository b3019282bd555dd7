import { FolderSync } from 'lucide-react'
import { EmptyState } from '../../components/empty-state.tsx'
import { PaneHeader } from '../../components/pane-header.tsx'
import { NewDestinationButton } from '../destination-actions.tsx'
import { isStatic } from '../../stores/destination-store.ts'
import { useFrom } from '../window-context.ts'
import { SyncDestination } from './sync-destination.tsx'
import './sync.css'

/** Publishes a folder: options, plan, apply, and what came of it. */
export function SyncPane() {
  const destinationId = useFrom(
    (all) => all.view,
    (state) => state.destinationId,
  )
  const bucket = useFrom(
    (all) => all.view,
    (state) => state.bucket,
  )
  const destination = useFrom(
    (all) => all.destinations,
    (state) => state.destinations.filter(isStatic).find((each) => each.id === destinationId) ?? null,
  )
  if (destination !== null) return <SyncDestination key={destination.id} destination={destination} />
  return (
    <>
      <PaneHeader>
        <h1>Sync</h1>
      </PaneHeader>
      <EmptyState
        icon={FolderSync}
        title="No static destination yet"
        action={
          bucket === null ? undefined : (
            <NewDestinationButton preset="static">New static destination</NewDestinationButton>
          )
        }
      >
        {bucket === null
          ? 'Choose a bucket first. A static destination publishes a folder of this computer in it.'
          : 'It publishes a folder of this computer in the bucket: only what has changed is sent.'}
      </EmptyState>
    </>
  )
}
