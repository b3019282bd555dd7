import { Eye } from 'lucide-react'
import type { Destination } from '../../../src-preload/contract/destination.ts'
import { fractionOf, jobOf } from '../../stores/sync-store.ts'
import { isWatching, watchOf } from '../../stores/watch-store.ts'
import { useFrom } from '../window-context.ts'

/** What goes on at a destination, wherever in the window somebody is: a sync with how far it is, or a watch. */
export function DestinationWork({ destination }: { destination: Destination }) {
  const phase = useFrom(
    (all) => all.sync,
    (state) => jobOf(state, destination.id).phase,
  )
  const percent = useFrom(
    (all) => all.sync,
    (state) => Math.floor((fractionOf(jobOf(state, destination.id)) ?? 0) * 100),
  )
  const isWatched = useFrom(
    (all) => all.watches,
    (state) => isWatching(watchOf(state, destination)),
  )
  if (phase === 'applying')
    return (
      <span className="side-work numeric">
        <span className="sr-only">, publishing, </span>
        {percent} %
      </span>
    )
  if (phase === 'planning')
    return (
      <span className="side-work">
        <span className="sr-only">, comparing</span>
        <span aria-hidden>…</span>
      </span>
    )
  return isWatched ? (
    <span className="side-work">
      <span className="sr-only">, watched</span>
      <Eye size={14} aria-hidden />
    </span>
  ) : null
}
